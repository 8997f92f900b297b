#!/usr/bin/env bash
# Fuzzes the code that reads a peer's bytes, and the code that shows a peer's text.
#
#   scripts/fuzz.sh [SECONDS [TARGET...]]    runs each of these targets (all) for this long (10)
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh
# shellcheck source=scripts/stage.sh
source scripts/stage.sh

seconds=${1:-10}
targets=("${@:2}")
((${#targets[@]})) || targets=(frame plain secure invite charset salvage files settings bubble)
new=$(mktemp -d)
trap 'stage_over; rm -rf "$new"' EXIT
# Some targets write files, which takes most of their time on a disk.
[[ ! -w /dev/shm ]] || export TMPDIR=/dev/shm

stage "fuzz targets: build"
need_cargo
if [[ $(uname) == Linux ]]; then
    need_packages "${BUILD_PACKAGES[@]}" g++ || (($? == 2))
fi
# The flags of `cargo fuzz build --sanitizer none`, without installing that. A sanitizer would find nothing, because we have
# no unsafe code, and without one the stable compiler is enough.
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
# With an explicit target, the flags don't apply to build scripts.
build() {
    RUSTFLAGS="${flags[*]} ${RUSTFLAGS-}" cargo build --locked --release --manifest-path fuzz/Cargo.toml --target "$system" "$@"
}
for target in "${targets[@]}"; do
    # These targets need the window, which takes ten times as long to build.
    [[ $target == bubble || $target == settings ]] && features=(--features window) || features=()
    build --bin "$target" "${features[@]}"
done
programs=${CARGO_TARGET_DIR:-fuzz/target}/$system/release

for target in "${targets[@]}"; do
    stage "fuzzing $target for $seconds s"
    mkdir -p "$new/$target" "fuzz/artifacts/$target" "fuzz/corpus/$target"
    # Inputs that fail go to fuzz/artifacts; the corpus is not changed.
    "$programs/$target" -artifact_prefix="fuzz/artifacts/$target/" -max_total_time="$seconds" -timeout=20 \
        -rss_limit_mb=2048 -print_final_stats=1 "$new/$target" "fuzz/corpus/$target"
done
stage_over
echo "No target failed."
