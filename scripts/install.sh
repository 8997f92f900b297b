#!/usr/bin/env bash
# Installs Duologue for this user, so that a double-click opens it: the binary, a desktop entry and
# icons, all in the home folder (or XDG_DATA_HOME). Building may install packages first.
#
#   scripts/install.sh              builds and installs
#   scripts/install.sh --uninstall  removes what was installed, and keeps the settings
#
# DUOLOGUE_BIN=FILE   installs this binary instead of building one
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
program=$HOME/.local/bin/duologue
entry=$data/applications/duologue.desktop
icons=$data/icons/hicolor
# Installing and uninstalling share these paths and sizes, so that they can't disagree.
sizes=(16 24 32 48 64 128 256 512)

case ${1-} in
'') ;;
--uninstall)
    rm -f "$program" "$entry" "$icons/scalable/apps/duologue.svg"
    folders=("$HOME/.local/bin" "$data/applications" "$icons/scalable/apps")
    for size in "${sizes[@]}"; do
        rm -f "$icons/${size}x$size/apps/duologue.png"
        folders+=("$icons/${size}x$size/apps")
    done
    # Empty folders were made for Duologue; others stay.
    for folder in "${folders[@]}"; do
        [[ ! -d $folder ]] || rmdir --ignore-fail-on-non-empty --parents "$folder" 2>/dev/null || true
    done
    echo "Duologue is no longer installed for $(id -un)."
    exit
    ;;
*)
    echo "usage: scripts/install.sh [--uninstall]" >&2
    exit 2
    ;;
esac

binary=${DUOLOGUE_BIN-}
if [[ -z $binary ]]; then
    # shellcheck source=scripts/packages.sh
    source "$root/scripts/packages.sh"
    need_cargo
    # On another Linux (status 2), the build or the start reports what is missing.
    need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" || (($? == 2))
    cargo build --release --locked --manifest-path "$root/Cargo.toml"
    binary=${CARGO_TARGET_DIR:-$root/target}/release/duologue
fi

install -D -m 755 "$binary" "$program"
install -D -m 644 "$root/assets/icon.svg" "$icons/scalable/apps/duologue.svg"
for size in "${sizes[@]}"; do
    install -D -m 644 "$root/assets/icons/$size.png" "$icons/${size}x$size/apps/duologue.png"
done
# The full path, because ~/.local/bin may not be on the PATH. Quoted as the Desktop Entry
# Specification requires, because a path may contain spaces.
mkdir -p "$(dirname "$entry")"
while IFS= read -r line; do
    [[ $line == Exec=duologue ]] && line="Exec=\"$program\""
    printf '%s\n' "$line"
done <"$root/packaging/duologue.desktop" >"$entry.new"
mv "$entry.new" "$entry"
echo "Duologue is installed for $(id -un). Find it in the application menu, or run $program"
