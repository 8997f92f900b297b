#!/usr/bin/env bash
# Builds Duologue for Windows and tries it under Wine: tests of the worker, then real windows. May install packages.
#
#   scripts/wine.sh            the short part, which .ci/run runs
#   scripts/wine.sh --all      every test of the library and the worker, 200 kills, and 50 more with files
#
# DUOLOGUE_BIN=FILE            the program for Linux that the windows under Wine talk with; without it, it is built
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh
# shellcheck source=scripts/windows-target.sh
source scripts/windows-target.sh
# shellcheck source=scripts/stage.sh
source scripts/stage.sh

all=
case ${1-} in
'') ;;
--all) all=1 ;;
*)
    echo "usage: scripts/wine.sh [--all]" >&2
    exit 2
    ;;
esac

stage "Windows: packages"
need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${SCREEN_PACKAGES[@]}" "${TEST_PACKAGES[@]}" "${WINE_PACKAGES[@]}"
if [[ ! ${DUOLOGUE_BIN-} ]]; then
    stage "the program for Linux: build"
    need_cargo
    cargo test --locked --no-run
    DUOLOGUE_BIN=$(realpath "${CARGO_TARGET_DIR:-target}/debug/duologue")
fi
export DUOLOGUE_BIN

set_windows_target
stage "Windows: build"
tests=(--test net --test crash)
[[ ! $all ]] || tests+=(--lib)
cargo test --no-run "${WINDOWS_OPTIONS[@]}" "${tests[@]}"
built=$(realpath "$CARGO_TARGET_DIR/$WINDOWS_TARGET/debug")
export DUOLOGUE_EXE=$built/duologue.exe

stage "Wine: a computer"
# Wine offers to install what programs for .NET and HTML need, which Duologue does not use.
export WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=;mshtml="
WINEPREFIX=$(mktemp -d)
export WINEPREFIX
clean_up() {
    stage_over
    wineserver --kill || true
    wineserver --wait || true
    rm -rf "$WINEPREFIX"
}
trap clean_up EXIT
wineboot --init
wineserver --wait
# Wine 8 lacks this library, which Rust takes random numbers from; Windows has it.
x86_64-w64-mingw32-gcc -shared -nostartfiles -Wl,-e,0 -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" \
    tests/wine/bcryptprimitives.c -ladvapi32
# A new folder there is readable by everybody who can read this one.
chmod 700 "$WINEPREFIX"/drive_c/users/*/Temp

# wine_test NAME ARGUMENT...: runs the tests of this name, without those that Wine can't pass.
wine_test() {
    local left_out=() name
    while read -r name _; do
        [[ $name == '' || $name == '#'* ]] || left_out+=(--skip "$name")
    done <tests/wine/left-out.txt
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=wine cargo test "${WINDOWS_OPTIONS[@]}" "${@:1:2}" -- "${@:3}" "${left_out[@]}"
}

stage "Wine: the worker"
if [[ $all ]]; then
    wine_test --lib '' --test-threads 4
    wine_test --test net --test-threads 8
else
    wine_test --test net --test-threads 8 talk_ delivery:: delivery_rules:: trust:: invites:: endings:: files::
fi
stage "Wine: kills"
if [[ $all ]]; then
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=wine cargo test "${WINDOWS_OPTIONS[@]}" --test crash
else
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=wine cargo test "${WINDOWS_OPTIONS[@]}" --test crash -- --kills 20
fi

stage "Wine: real windows"
cd tests/wine
# The system's own Python, because python3-gi is installed for that one alone.
/usr/bin/python3 -m unittest -v test_*.py
