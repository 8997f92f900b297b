#!/usr/bin/env bash
# Builds target/dist/duologue-VERSION-linux-ARCH.tar.gz: the program and an install.sh that installs it for one user.
#
# DUOLOGUE_BIN=FILE   packs this program instead of building one
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/packages.sh
source "$root/scripts/packages.sh"
# shellcheck source=scripts/release-build.sh
source "$root/scripts/release-build.sh"

release_time
release_build

target=${CARGO_TARGET_DIR:-$root/target}
name=duologue-$("$root/scripts/release.py" version)-linux-$(uname -m)
stage=$target/archive/$name
rm -rf "$stage"
install -D -m 755 "$program" "$stage/duologue"
install -m 755 "$root/scripts/install.sh" "$stage/install.sh"
# Where install.sh finds them in the sources, too.
mkdir "$stage/assets" "$stage/packaging"
cp -r "$root/assets/icon.svg" "$root/assets/icons" "$root/assets/LICENCES.txt" "$stage/assets/"
cp "$root/packaging/duologue.desktop" "$stage/packaging/"
cp "$root/CHANGELOG.md" "$root/LICENSE-APACHE" "$root/LICENSE-MIT" "$root/README.md" "$root/README.ko.md" "$stage/"
mkdir -p "$target/dist"
# The same files give the same archive, whoever packs them and when.
tar -C "$target/archive" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u+rw,go=rX,a+rX \
    -cf - "$name" | gzip -9n >"$target/dist/$name.tar.gz"
echo "$target/dist/$name.tar.gz"
