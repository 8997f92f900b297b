#!/usr/bin/env bash
# Runs every check that is not a test: format, lints, documentation, dependencies.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh
# shellcheck source=scripts/stage.sh
source scripts/stage.sh
trap stage_over EXIT

stage "packages"
need_cargo
if [[ $(uname) == Linux ]]; then
    need_packages "${BUILD_PACKAGES[@]}" || (($? == 2))
fi

stage "format"
cargo fmt --check

stage "lints"
cargo clippy --locked --all-targets -- -D warnings

stage "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

stage "dependencies: bans, licences, sources"
if ! cargo deny --version >/dev/null 2>&1; then
    # Optimising it takes minutes; it runs here for seconds.
    CARGO_PROFILE_DEV_DEBUG=false cargo install --locked --profile dev cargo-deny@0.20.2
fi
# The crates of the other systems too, which no build here has fetched.
cargo fetch --locked
cargo deny --locked --offline check --hide-inclusion-graph bans licenses sources

stage "dependencies: known vulnerabilities"
# The database lives on a host that not every machine can reach.
if timeout 120 env GIT_TERMINAL_PROMPT=0 cargo deny --locked fetch db; then
    cargo deny --locked check advisories
elif [[ ${GITHUB_ACTIONS-} ]]; then
    echo "The advisory database could not be fetched, and here it must be." >&2
    exit 1
elif compgen -G "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs/*/.git" >/dev/null; then
    echo "The advisory database could not be fetched; the copy from last time is used."
    cargo deny --locked --offline check advisories
else
    echo "NOT CHECKED: the advisory database could not be fetched and there is no copy of it."
    echo "All other checks passed."
    exit 0
fi

echo "All checks passed."
