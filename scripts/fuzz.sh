#!/usr/bin/env bash
# Feeds what reads a peer's bytes with whatever a fuzzer thinks of: scripts/fuzz.sh [SECONDS], for each target; 10 unless told.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh

seconds=${1:-10}
need_cargo
if [[ $(uname) == Linux ]]; then
    need_packages "${BUILD_PACKAGES[@]}" g++ || (($? == 2))
fi
if ! cargo fuzz --version >/dev/null 2>&1; then
    cargo install --locked cargo-fuzz@0.13.2
fi

new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
for target in frame plain secure; do
    echo "== fuzzing $target for $seconds s"
    mkdir "$new/$target"
    # No sanitizer: there is no unsafe code of ours to watch, and none is needed, so the stable compiler does.
    # What is found is kept in fuzz/artifacts; the corpus stays as it is.
    cargo fuzz run --sanitizer none "$target" "$new/$target" "fuzz/corpus/$target" -- \
        -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1
done
echo "Nothing was found."
