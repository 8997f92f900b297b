# What the other scripts need from the system. To be sourced, not run.
# shellcheck shell=bash disable=SC2034  # the lists are read by the scripts that source this file

# gcc's libc6-dev is only a recommendation, and those are not installed.
BUILD_PACKAGES=(gcc libc6-dev pkg-config)

# Opened with dlopen, so the linker names none of them; without one the program starts and finds no window system.
RUN_PACKAGES=(
    libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon0 libxkbcommon-x11-0
    libwayland-client0 libgl1 libegl1 libgl1-mesa-dri libfontconfig1
)

# A screen that is not there, a window manager on it, and hands and eyes for it.
SCREEN_PACKAGES=(xvfb openbox xdotool imagemagick procps)

# The tests of the real window: accessibility tree, Korean input method, peers such as nc.
TEST_PACKAGES=(
    dbus at-spi2-core libglib2.0-bin gir1.2-atspi-2.0 python3 python3-gi
    fonts-nanum ibus ibus-hangul x11-utils iproute2 netcat-openbsd desktop-file-utils
)

# need_cargo: ends the script if there is no Rust.
need_cargo() {
    # A fresh rustup is often not on the PATH of a script.
    command -v cargo >/dev/null || PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    if ! command -v cargo >/dev/null; then
        echo "Rust's cargo is missing: install it from https://rustup.rs and run this again." >&2
        exit 1
    fi
}

# need_packages NAME...: installs what is missing where that is allowed, or names it and ends the script.
# Returns 2 on a system without dpkg, where it cannot tell what is there.
need_packages() {
    local name missing=() as_root=()
    if ! command -v dpkg-query >/dev/null; then
        echo "This is no Debian or Ubuntu, so what is installed was not checked. Needed, by Debian's names: $*" >&2
        return 2
    fi
    for name; do
        # "ii": wanted, and installed whole. A removed package still has an entry.
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
