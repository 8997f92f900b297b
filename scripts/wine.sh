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

scratch=$(mktemp -d)
export WINEPREFIX=$scratch/computer
# Wine offers to install what programs for .NET and HTML need, which Duologue does not use.
export WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=;mshtml="
clean_up() {
    stage_over
    if [[ -e $WINEPREFIX ]]; then
        wineserver --kill || true
        wineserver --wait || true
    fi
    rm -rf "$scratch"
}
trap clean_up EXIT

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
# The programs are built for the tests, too.
WINDOWS_OPTIONS+=(--features console)
tests=(--test net --test crash)
[[ ! $all ]] || tests+=(--lib)
cargo test --no-run "${WINDOWS_OPTIONS[@]}" "${tests[@]}"

stage "Windows: installer"
# Of the same programs, without what debuggers need: a release takes longer to build than all of this.
for ending in exe com; do
    built=$CARGO_TARGET_DIR/$WINDOWS_TARGET/debug/duologue
    [[ $ending == exe ]] || built+=-console
    x86_64-w64-mingw32-strip -o "$scratch/duologue.$ending" "$built.exe"
done
export DUOLOGUE_EXE=$scratch/duologue.exe
DUOLOGUE_WINDOWS_FILES=$scratch scripts/windows.sh
# The newest: there may be some of other versions.
DUOLOGUE_INSTALLER=
for file in target/dist/duologue-*-setup.exe; do
    [[ $file -nt $DUOLOGUE_INSTALLER ]] && DUOLOGUE_INSTALLER=$(realpath "$file")
done
export DUOLOGUE_INSTALLER

stage "Wine: a computer"
wineboot --init
wineserver --wait
# Wine 8 lacks this library, which Rust takes random numbers from; Windows has it.
x86_64-w64-mingw32-gcc -shared -nostartfiles -Wl,-e,0 -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" \
    tests/wine/bcryptprimitives.c -ladvapi32
# A new folder there is readable by everybody who can read this one.
chmod 700 "$WINEPREFIX"/drive_c/users/*/Temp

export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=wine
left_out=()
while read -r name _; do
    [[ ! $name || $name == '#'* ]] || left_out+=(--skip "$name")
done <tests/wine/left-out.txt

stage "Wine: the worker"
if [[ $all ]]; then
    cargo test "${WINDOWS_OPTIONS[@]}" --lib --test net -- --test-threads 8 "${left_out[@]}"
else
    parts=(talk_ delivery:: delivery_rules:: trust:: invites:: endings::)
    cargo test "${WINDOWS_OPTIONS[@]}" --test net -- --test-threads 8 "${parts[@]}" "${left_out[@]}"
fi

stage "Wine: kills"
kills=()
[[ $all ]] || kills=(--kills 20)
# Not through cargo, which would build everything again: without the others, this test needs less of the standard library.
crash=
for file in "$CARGO_TARGET_DIR/$WINDOWS_TARGET"/debug/deps/crash-*.exe; do
    [[ $file -nt $crash ]] && crash=$file
done
wine "$crash" "${kills[@]}"

stage "Wine: real windows"
cd tests/wine
# The system's own Python, because python3-gi is installed for that one alone.
/usr/bin/python3 -m unittest -v test_*.py
