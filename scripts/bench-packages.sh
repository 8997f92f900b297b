#!/usr/bin/env bash
# Measures the Debian package beside those of uTox and qTox: sizes, and the time from the start to a window on the screen, with
# nothing of the program in memory (cold) and once more (warm). Needs root, installs both, and should run on a quiet computer.
#
#   scripts/bench-packages.sh [TURNS]   starts each program so often (7), in turns
#
# DUOLOGUE_DEB=FILE   measures this package instead of the newest in target/dist
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh

((EUID == 0)) || { echo "Run this as root: it makes the system forget what it has read." >&2; exit 1; }
need_packages "${RUN_PACKAGES[@]}" "${SCREEN_PACKAGES[@]}" utox qtox
if [[ -z ${DUOLOGUE_DEB-} ]]; then
    DUOLOGUE_DEB=$(find "${CARGO_TARGET_DIR:-target}/dist" -name '*.deb' -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2-)
fi
[[ -f $DUOLOGUE_DEB ]] || { echo "There is no package. Build one with scripts/deb.sh." >&2; exit 1; }

scratch=$(mktemp -d -p /var/tmp)
trap 'rm -rf "$scratch"' EXIT
dpkg-deb --extract "$DUOLOGUE_DEB" "$scratch/root"
# As packed by Debian.
(cd "$scratch" && apt-get -q download utox qtox >/dev/null 2>&1)
cp "$DUOLOGUE_DEB" "$scratch/"

echo "| package | to download | installed |"
echo "|---|---|---|"
for package in "$scratch"/*.deb; do
    printf '| %s %s | %d KiB | %d KiB |\n' "$(dpkg-deb --field "$package" Package)" "$(dpkg-deb --field "$package" Version)" \
        $(($(stat -c %s "$package") / 1024)) "$(dpkg-deb --field "$package" Installed-Size)"
done
echo
/usr/bin/python3 scripts/bench-packages.py "${1-7}" "Duologue=$scratch/root/usr/bin/duologue" "uTox=utox --allow-root" qTox=qtox
