#!/usr/bin/env bash
# Runs every test: those of cargo, then those that drive the real window on a virtual screen.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh

need_cargo
# A test that cannot run is no passed test: what is missing and cannot be installed ends this here.
need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${SCREEN_PACKAGES[@]}" "${TEST_PACKAGES[@]}"

echo "== cargo test"
cargo test --locked

echo "== the real window"
cargo build --locked
DUOLOGUE_BIN=$(realpath "${CARGO_TARGET_DIR:-target}/debug/duologue")
export DUOLOGUE_BIN
# The system's own Python, because python3-gi is installed for that one alone.
/usr/bin/python3 -m unittest discover -v -s tests/window -p 'test_*.py'

echo "All tests passed: cargo test, and the real window."
