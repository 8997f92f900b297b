#!/usr/bin/env bash
# Runs all checks that are not tests: format, lints, documentation, dependencies.
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
    # It runs for seconds here, and optimising it would take minutes.
    CARGO_PROFILE_DEV_DEBUG=false cargo install --locked --profile dev cargo-deny@0.20.2
fi
# Also fetches the crates for other systems, which no build on this one has fetched.
cargo fetch --locked
cargo deny --locked --offline check --hide-inclusion-graph bans licenses sources

stage "dependencies: known vulnerabilities"
# Not every machine can reach the host of the database.
if timeout 120 env GIT_TERMINAL_PROMPT=0 cargo deny --locked fetch db; then
    cargo deny --locked check advisories
elif [[ ${GITHUB_ACTIONS-} ]]; then
    echo "The advisory database could not be fetched, which is an error in continuous integration." >&2
    exit 1
elif compgen -G "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs/*/.git" >/dev/null; then
    echo "The advisory database could not be fetched; using the previous copy."
    cargo deny --locked --offline check advisories
else
    echo "NOT CHECKED: the advisory database could not be fetched, and there is no earlier copy."
    echo "All other checks passed."
    exit 0
fi

echo "All checks passed."
