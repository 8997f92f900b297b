#!/usr/bin/env bash
# Builds Duologue and opens it.
#
#   scripts/run.sh [ARGS]             on your display; ARGS are passed to the program
#   scripts/run.sh --virtual [ARGS]   on a virtual display, for a machine without one; takes a screenshot
#
# DUOLOGUE_SCREENSHOT=FILE       where to save the screenshot (./duologue.png)
# DUOLOGUE_SCREENSHOT_ONLY=1     end after the screenshot
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/packages.sh
source "$root/scripts/packages.sh"

virtual=
if [[ ${1-} == --virtual ]]; then
    virtual=1
    shift
elif [[ $(uname) == Linux && -z ${DISPLAY-} && -z ${WAYLAND_DISPLAY-} ]]; then
    # Reported before the build, which takes minutes.
    echo "There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set). Try: scripts/run.sh --virtual" >&2
    exit 1
fi

need_cargo
if [[ $(uname) == Linux ]]; then
    packages=("${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" ${virtual:+"${SCREEN_PACKAGES[@]}"})
    # On another Linux (status 2), the build or the start reports what is missing.
    need_packages "${packages[@]}" || (($? == 2))
fi

# Stays in the caller's working directory, so that relative paths in ARGS work.
cargo build --release --locked --manifest-path "$root/Cargo.toml"
program=${CARGO_TARGET_DIR:-$root/target}/release/duologue
[[ $virtual ]] || exec "$program" "$@"

# From here on: the virtual display.

fail() {
    echo "scripts/run.sh: $*" >&2
    exit 1
}

started=() # process ids, in the order they were started
scratch=$(mktemp -d)
clean_up() {
    local i
    # The program first, because it would end with an error if its display disappeared.
    for ((i = ${#started[@]} - 1; i >= 0; i--)); do
        kill "${started[i]}" 2>/dev/null || true
        wait "${started[i]}" 2>/dev/null || true
    done
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The server picks a free display number and writes it to descriptor 3 once it is ready.
Xvfb -displayfd 3 -screen 0 1024x768x24 -noreset -nolisten tcp 3>"$scratch/display" 2>"$scratch/xvfb.log" &
started+=($!)
for ((i = 0; i < 100; i++)); do
    [[ ! -s $scratch/display ]] || break
    sleep 0.1
done
[[ -s $scratch/display ]] || fail "the virtual display did not start: $(cat "$scratch/xvfb.log")"
DISPLAY=:$(<"$scratch/display")
export DISPLAY
# The window must not open in a Wayland or remote session instead.
unset WAYLAND_DISPLAY WAYLAND_SOCKET

openbox >"$scratch/openbox.log" 2>&1 &
started+=($!)
"$program" "$@" &
started+=($!)
program_id=$!

alive() { kill -0 "$program_id" 2>/dev/null; }

window=
for ((i = 0; i < 300; i++)); do
    alive || fail "the program ended before its window appeared"
    window=$(xdotool search --onlyvisible --class duologue 2>/dev/null) && break
    sleep 0.1
done
[[ $window ]] || fail "no window appeared within 30 seconds"
window=${window%%$'\n'*}

# The first frames may be blank, so wait for two equal pictures in a row that have more than one colour.
before=
settled=
deadline=$((SECONDS + 15))
while ((SECONDS < deadline)); do
    picture=$(import -window "$window" png:- 2>/dev/null | identify -format '%k %#' - 2>/dev/null) || picture=
    if [[ $picture && $picture == "$before" && $picture != "1 "* ]]; then
        settled=1
        break
    fi
    alive || fail "the program ended before it painted anything"
    before=$picture
    sleep 0.2
done
[[ $settled ]] || fail "the window was not painted, or kept changing, for 15 seconds"

screenshot=${DUOLOGUE_SCREENSHOT:-./duologue.png}
import -window root "$screenshot"
echo "Screenshot: $screenshot"
[[ ${DUOLOGUE_SCREENSHOT_ONLY-} != 1 ]] || exit 0

echo "The program is running on display $DISPLAY. Press Ctrl+C to stop it."
wait "$program_id"
