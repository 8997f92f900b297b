#!/usr/bin/env bash
# Measures how many messages Automatic reads wrongly, and prints the table of docs/encodings.md. Installs the
# dictionaries, and makes word lists of them in target/words.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh
need_cargo
need_packages "${BUILD_PACKAGES[@]}" "${WORD_PACKAGES[@]}"

words=${CARGO_TARGET_DIR:-target}/words
if [[ ! -e $words/en.everyday.txt ]]; then
    python3 -m venv "$words/python"
    # wordfreq's own dependencies are for splitting texts into words.
    "$words/python/bin/pip" install --quiet --no-deps wordfreq==3.1.1 msgpack
    source=$(echo "$words"/python/lib/python3*/site-packages/wordfreq)
    "$words/python/bin/python" scripts/word-lists.py "$source" "$words"
fi
cargo bench --locked --bench encodings -- --words "$(realpath "$words")"
