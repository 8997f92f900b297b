#!/usr/bin/env bash
# Feeds what reads a peer's bytes with whatever a fuzzer thinks of: scripts/fuzz.sh [SECONDS], for each target; 10 unless told.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh
# shellcheck source=scripts/stage.sh
source scripts/stage.sh

seconds=${1:-10}
new=$(mktemp -d)
trap 'stage_over; rm -rf "$new"' EXIT

stage "fuzz targets: build"
need_cargo
if [[ $(uname) == Linux ]]; then
    need_packages "${BUILD_PACKAGES[@]}" g++ || (($? == 2))
fi
# What `cargo fuzz build --sanitizer none` sets, without installing that. No sanitizer: there is no unsafe code of ours to
# watch, and none is needed, so the stable compiler does.
flags=(
    -Cpasses=sancov-module
    -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares
    -Cllvm-args=-simplifycfg-branch-fold-threshold=0
    --cfg fuzzing
)
system=$(rustc -vV | sed -n 's/^host: //p')
# With the system named, the flags are not for build scripts.
RUSTFLAGS="${flags[*]} ${RUSTFLAGS-}" cargo build --locked --release --manifest-path fuzz/Cargo.toml --target "$system"
targets=${CARGO_TARGET_DIR:-fuzz/target}/$system/release

for target in frame plain secure; do
    stage "fuzzing $target for $seconds s"
    mkdir -p "$new/$target" "fuzz/artifacts/$target"
    # What is found is kept in fuzz/artifacts; the corpus stays as it is.
    "$targets/$target" -artifact_prefix="fuzz/artifacts/$target/" -max_total_time="$seconds" -timeout=20 \
        -rss_limit_mb=2048 -print_final_stats=1 "$new/$target" "fuzz/corpus/$target"
done
stage_over
echo "Nothing was found."
