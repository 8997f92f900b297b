# Has cargo build for Windows on Debian. Source this file after packages.sh; don't run it.
# shellcheck shell=bash disable=SC2034  # the scripts that source this file read the list

WINDOWS_TARGET=x86_64-pc-windows-gnu

# set_windows_target: installs what such a build needs, and sets WINDOWS_OPTIONS, the options that cargo takes for it.
set_windows_target() {
    need_cargo
    need_packages "${BUILD_PACKAGES[@]}" "${WINDOWS_PACKAGES[@]}"
    export CC_x86_64_pc_windows_gnu=x86_64-w64-mingw32-gcc CXX_x86_64_pc_windows_gnu=x86_64-w64-mingw32-g++
    export AR_x86_64_pc_windows_gnu=x86_64-w64-mingw32-ar CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
    WINDOWS_OPTIONS=(--locked --target "$WINDOWS_TARGET")
    if ! rustup target list --installed 2>/dev/null | grep -qx "$WINDOWS_TARGET"; then
        # rustup can't always fetch it. Debian has the sources of the standard library, which cargo builds too.
        need_packages rustc-web rust-web-src
        export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
        WINDOWS_OPTIONS+=("-Zbuild-std=std,panic_abort,panic_unwind")
    fi
    # A target folder of its own, so that neither compiler throws away what the other has built.
    export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target/windows}
}
