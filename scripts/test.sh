#!/usr/bin/env bash
# Runs every test: those of cargo, then those that drive the real window on a virtual screen. scripts/test-deb.sh tests the
# Debian package, which takes a release build.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh
# shellcheck source=scripts/stage.sh
source scripts/stage.sh
trap stage_over EXIT

stage "packages of the tests"
need_cargo
# A test that cannot run is no passed test: what is missing and cannot be installed ends this here.
need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${SCREEN_PACKAGES[@]}" "${TEST_PACKAGES[@]}"

stage "what releases and packages say"
/usr/bin/python3 -m unittest -v tests/package/test_release.py

stage "cargo test: build"
cargo test --locked --no-run

stage "cargo test"
# Tests of the network mostly wait, so more of them than there are processors run side by side.
RUST_TEST_THREADS=${RUST_TEST_THREADS:-$((4 * $(nproc)))} cargo test --locked

stage "the real window"
# The program that cargo has built for the tests: `cargo build` would choose fewer features of some dependencies, which
# only the tests ask for, and so build half of everything again.
DUOLOGUE_BIN=$(realpath "${CARGO_TARGET_DIR:-target}/debug/duologue")
export DUOLOGUE_BIN
# The system's own Python, because python3-gi is installed for that one alone.
/usr/bin/python3 tests/window/run.py

stage_over
echo "All tests passed: cargo test, and the real window."
