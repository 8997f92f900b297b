#!/usr/bin/env bash
# Makes Duologue.app from a built program, and a zip of it. For macOS. Untried: no Mac was at hand.
#
#   packaging/macos/bundle.sh PROGRAM FOLDER   PROGRAM is target/release/duologue; writes into FOLDER
#
# The program doesn't take links from macOS yet, which hands them over as events and not as arguments.
set -euo pipefail

if (($# != 2)); then
    echo "usage: packaging/macos/bundle.sh PROGRAM FOLDER" >&2
    exit 2
fi
program=$1
folder=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
version=$(sed -n '/^version = /{s/.*"\(.*\)"/\1/p;q}' "$root/Cargo.toml")
# The name of the processor as uname says it: arm64 or x86_64.
name=duologue-$version-macos-$(uname -m)
contents=$folder/Duologue.app/Contents

rm -rf "$folder/Duologue.app"
mkdir -p "$contents/MacOS" "$contents/Resources"
cp "$program" "$contents/MacOS/duologue"
chmod 755 "$contents/MacOS/duologue"
cp "$root/assets/icons/duologue.icns" "$contents/Resources/duologue.icns"
cp "$root"/LICENSE-MIT "$root"/LICENSE-APACHE "$root"/assets/LICENCES.txt "$contents/Resources"
sed "s/>VERSION</>$version</" "$root/packaging/macos/Info.plist" >"$contents/Info.plist"
printf 'APPL????' >"$contents/PkgInfo"
if command -v codesign >/dev/null; then
    # Processors of Apple's own start no program without a signature. This one names nobody.
    codesign --force --sign - "$folder/Duologue.app"
fi
if command -v ditto >/dev/null; then
    ditto -c -k --keepParent "$folder/Duologue.app" "$folder/$name.zip"
else
    (cd "$folder" && zip -q -r -X "$name.zip" Duologue.app)
fi
ls -l "$folder/$name.zip"
