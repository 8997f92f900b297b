#!/usr/bin/env bash
# Builds Duologue for Windows on Debian, and puts an installer and a zip to take along into target/dist. May install packages.
#
#   scripts/windows.sh          builds the release
#   scripts/windows.sh --debug  builds only the programs, in debug mode
#
# DUOLOGUE_WINDOWS_FILES=FOLDER  packs the duologue.exe and duologue.com in this folder instead of building them
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh

target=x86_64-pc-windows-gnu
profile=release
case ${1-} in
'') ;;
--debug) profile=debug ;;
*)
    echo "usage: scripts/windows.sh [--debug]" >&2
    exit 2
    ;;
esac

version=$(sed -n '/^version = /{s/.*"\(.*\)"/\1/p;q}' Cargo.toml)
dist=target/dist
# Debian's compiler has a target folder of its own, so that neither build throws away what the other has built.
built=${CARGO_TARGET_DIR:-target/windows}
# The zip and the installer have the date of the commit, so that they can be built again byte for byte.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

# build: builds duologue.exe and duologue-console.exe.
build() {
    need_cargo
    need_packages "${BUILD_PACKAGES[@]}" gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64
    local options=(--locked --target "$target" --features console --bins)
    [[ $profile == debug ]] || options+=(--release)
    export CC_x86_64_pc_windows_gnu=x86_64-w64-mingw32-gcc CXX_x86_64_pc_windows_gnu=x86_64-w64-mingw32-g++
    export AR_x86_64_pc_windows_gnu=x86_64-w64-mingw32-ar CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
    if [[ $profile == release ]]; then
        # Panics name source files. They need not tell where they were built.
        local cargo=${CARGO_HOME:-$HOME/.cargo}
        export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS="--remap-path-prefix=$cargo=/cargo --remap-path-prefix=$PWD=/duologue"
    fi
    if ! rustup target list --installed 2>/dev/null | grep -qx "$target"; then
        # rustup can't always fetch it. Debian has the sources of the standard library, which cargo builds too.
        need_packages rustc-web rust-web-src
        export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
        options+=("-Zbuild-std=std,panic_abort,panic_unwind")
    fi
    CARGO_TARGET_DIR=$built cargo build "${options[@]}"
}

files=${DUOLOGUE_WINDOWS_FILES-}
if [[ -z $files ]]; then
    build
    files=$built/$target/$profile
    cp "$files/duologue-console.exe" "$files/duologue.com"
fi
if [[ $profile == debug ]]; then
    ls -l "$files"/duologue.{exe,com}
    exit
fi

need_packages nsis zip
rm -rf "$dist/windows"
folder=$dist/windows/Duologue
mkdir -p "$folder"
cp "$files"/duologue.{exe,com} LICENSE-MIT LICENSE-APACHE assets/LICENCES.txt "$folder"
find "$folder" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +

installer=$dist/duologue-$version-windows-x86_64-setup.exe
# No -V4: what it does is in the script.
makensis -V2 -INPUTCHARSET UTF8 -DVERSION="$version" -DOUT="$PWD/$installer" -DFILES="$PWD/$folder" \
    -DICON="$PWD/assets/icons/duologue.ico" -DKIB="$(du -sk "$folder" | cut -f1)" packaging/windows/duologue.nsi

# The program keeps everything in this folder because it is there.
mkdir "$folder/duologue-data"
touch -d "@$SOURCE_DATE_EPOCH" "$folder/duologue-data" "$folder"
portable=$PWD/$dist/duologue-$version-windows-x86_64-portable.zip
rm -f "$portable"
(cd "$dist/windows" && find Duologue | LC_ALL=C sort | TZ=UTC zip -q -9 -X "$portable" -@)
rm -rf "$dist/windows"
ls -l "$installer" "$portable"
