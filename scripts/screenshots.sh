#!/usr/bin/env bash
# Takes a screenshot of every state of the window, in both languages and both themes, and those in the README.
#
#   scripts/screenshots.sh [DIRECTORY]    saves the states to DIRECTORY (target/screenshots)
set -euo pipefail

directory=$(realpath -m "${1:-"$(dirname "${BASH_SOURCE[0]}")/../target/screenshots"}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh

need_cargo
need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${SCREEN_PACKAGES[@]}" "${TEST_PACKAGES[@]}" xclip

cargo build --locked
DUOLOGUE_BIN=$(realpath "${CARGO_TARGET_DIR:-target}/debug/duologue")
export DUOLOGUE_BIN
# The system's Python, because python3-gi is installed only for that one.
/usr/bin/python3 tests/window/screenshots.py --readme assets/screenshot.png
/usr/bin/python3 tests/window/screenshots.py --first-start assets/first-start.png
/usr/bin/python3 tests/window/contact_sheet.py docs/window.png
/usr/bin/python3 tests/window/screenshots.py "$directory"
