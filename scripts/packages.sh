# System packages that the other scripts need. Source this file; don't run it.
# shellcheck shell=bash disable=SC2034  # the scripts that source this file read the lists

# libc6-dev is named because gcc only recommends it, and recommended packages are not installed.
BUILD_PACKAGES=(gcc libc6-dev pkg-config)

# The program opens these with dlopen, so the linker does not report a missing one: the program starts and finds no
# window system.
RUN_PACKAGES=(
    libx11-6 libx11-xcb1 libxcb1 libxcursor1 libxi6 libxrender1 libxkbcommon0 libxkbcommon-x11-0
    libwayland-client0 libwayland-egl1 libgl1 libegl1 libgl1-mesa-dri libfontconfig1 libdbus-1-3
)

# For the Debian package: dpkg-shlibdeps.
DEB_PACKAGES=(dpkg-dev python3)

# A virtual display, a window manager for it, and tools to send input and take screenshots.
SCREEN_PACKAGES=(xvfb openbox xdotool imagemagick procps)

# For the tests of the real window: accessibility tree, Korean input method, and peers such as nc.
TEST_PACKAGES=(
    dbus at-spi2-core libglib2.0-bin gir1.2-atspi-2.0 python3 python3-gi python3-yaml dunst wmctrl
    fonts-nanum ibus ibus-hangul x11-utils iproute2 netcat-openbsd desktop-file-utils e2fsprogs
)

# For the test of the Debian package: a Debian to install it in, its checkers, a Wayland screen, and what reads Korean in a
# picture.
DEB_TEST_PACKAGES=(debootstrap debian-archive-keyring lintian appstream weston tesseract-ocr tesseract-ocr-kor)

# A compiler and linker for Windows, and what runs programs for Windows, for scripts/wine.sh.
WINDOWS_PACKAGES=(gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64)
WINE_PACKAGES=(wine wine64)

# Dictionaries for scripts/encodings.sh.
WORD_PACKAGES=(
    hunspell-ko hunspell-ru mecab-ipadic libchewing3-data rime-essay wfrench wngerman wamerican python3 python3-venv
)

# need_cargo: ends the script if Rust is missing.
need_cargo() {
    # Right after rustup is installed, the PATH of a script often lacks it.
    command -v cargo >/dev/null || PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    if ! command -v cargo >/dev/null; then
        echo "cargo is missing: install Rust from https://rustup.rs and run this again." >&2
        exit 1
    fi
}

# need_packages NAME...: installs missing packages if it may, or else lists them and ends the script.
# Returns 2 on a system without dpkg, where it can't tell what is installed.
need_packages() {
    local name missing=() as_root=()
    if ! command -v dpkg-query >/dev/null; then
        echo "Not Debian or Ubuntu, so the packages were not checked. Needed, by their Debian names: $*" >&2
        return 2
    fi
    for name; do
        # "ii" means fully installed. A removed package still has an entry.
        [[ $(dpkg-query -W -f='${db:Status-Abbrev}' "$name" 2>/dev/null) == ii* ]] || missing+=("$name")
    done
    ((${#missing[@]})) || return 0

    if ((EUID != 0)); then
        as_root=(sudo -n)
        if ! sudo -n true 2>/dev/null; then
            echo "Missing packages: ${missing[*]}" >&2
            echo "Install them with: sudo apt-get update && sudo apt-get install ${missing[*]}" >&2
            exit 1
        fi
    fi
    echo "Installing missing packages: ${missing[*]}" >&2
    if ! "${as_root[@]}" apt-get -q update >&2 ||
        ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
            -o DPkg::Lock::Timeout=300 install "${missing[@]}" </dev/null >&2; then
        echo "These packages are missing and could not be installed: ${missing[*]}" >&2
        exit 1
    fi
}
