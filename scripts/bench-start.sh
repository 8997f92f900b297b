#!/usr/bin/env bash
# Measures the time to the first frame and the memory of the real window beside an empty one, on a
# virtual display. Rendering is in software there, so the times are longer than yours; look at the ratio.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/packages.sh
source "$root/scripts/packages.sh"
need_cargo
need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${SCREEN_PACKAGES[@]}"

scratch=$(mktemp -d)
# No window manager, because it would put the window into a frame window of its own.
Xvfb -displayfd 3 -screen 0 1024x768x24 -noreset -nolisten tcp 3>"$scratch/display" 2>"$scratch/log" &
screen=$!
trap 'kill "$screen" 2>/dev/null; rm -rf "$scratch"' EXIT
for ((try = 0; try < 100; try++)); do
    [[ -s $scratch/display ]] && break
    sleep 0.1
done
[[ -s $scratch/display ]] || { cat "$scratch/log" >&2; exit 1; }
DISPLAY=:$(<"$scratch/display") LIBGL_ALWAYS_SOFTWARE=1 \
    cargo bench --locked --manifest-path "$root/Cargo.toml" --bench start
