#!/usr/bin/env bash
# Builds the Debian package and tests it in a Debian 12 that it makes in a folder, with a window on a virtual screen. Needs
# root, and fetches packages of Debian.
#
# DUOLOGUE_DEB=FILE   tests this package instead of building one
# DUOLOGUE_BIN=FILE   packages this program instead of building one
# DEBIAN_MIRROR=URL   where Debian's packages are, if not in the usual place
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/packages.sh
source scripts/packages.sh
# shellcheck source=scripts/stage.sh
source scripts/stage.sh

((EUID == 0)) || { echo "Run this as root: it makes a system in a folder, and mounts." >&2; exit 1; }

stage "packages of the test"
need_packages "${SCREEN_PACKAGES[@]}" "${TEST_PACKAGES[@]}" "${DEB_TEST_PACKAGES[@]}"

stage "package"
if [[ -z ${DUOLOGUE_DEB-} ]]; then
    scripts/deb.sh
    DUOLOGUE_DEB=${CARGO_TARGET_DIR:-target}/dist/duologue_$(scripts/release.py version)-1_$(dpkg --print-architecture).deb
fi
ls -l "$DUOLOGUE_DEB"
dpkg-deb --field "$DUOLOGUE_DEB" Installed-Size

stage "a small Debian"
scratch=$(mktemp -d -p /var/tmp)
# Its mounts were in a namespace that is gone by now; this makes sure that nothing behind a mount is ever removed.
trap 'stage_over; rm -rf --one-file-system "$scratch"' EXIT
debootstrap --variant=minbase bookworm "$scratch/root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >"$scratch/log" ||
    { cat "$scratch/log" >&2; exit 1; }

stage "the package in it"
# The window's tests want a program to start; here the installed one is started by the desktop.
export DUOLOGUE_DEB DUOLOGUE_ROOT=$scratch/root DUOLOGUE_BIN=$scratch/root/bin/true
unshare --mount --propagation private /usr/bin/python3 -m unittest -v tests/package/test_deb.py
