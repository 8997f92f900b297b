#!/usr/bin/env bash
# Builds the Debian package into target/dist.
#
# DUOLOGUE_BIN=FILE   packages this program instead of building one
# DUOLOGUE_HOME=URL   the web address of the project, for the software centre's entry
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/packages.sh
source "$root/scripts/packages.sh"
# shellcheck source=scripts/release-build.sh
source "$root/scripts/release-build.sh"

need_cargo
need_packages "${BUILD_PACKAGES[@]}" "${DEB_PACKAGES[@]}"
need_tool cargo-deb 3.8.0
release_time
release_build

# cargo-deb takes the program, and what is written for the package, from a folder that looks like cargo's.
target=${CARGO_TARGET_DIR:-$root/target}
stage=$target/deb
rm -rf "$stage"
install -D -m 755 "$program" "$stage/release/duologue"
# The release build has no symbols. One for tests has, and a package with them is against Debian's rules.
[[ -z ${DUOLOGUE_BIN-} ]] || strip "$stage/release/duologue"
/usr/bin/python3 "$root/scripts/release.py" files "$stage/release" ${DUOLOGUE_HOME:+"$DUOLOGUE_HOME"}
mkdir -p "$target/dist"
CARGO_TARGET_DIR=$stage cargo deb --no-build --locked --manifest-path "$root/Cargo.toml" --output "$target/dist/"
