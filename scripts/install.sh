#!/usr/bin/env bash
# Installs Duologue for this user, so that a double-click opens it and a click on an invite too: the binary, a desktop
# entry and icons, all in the home folder (or XDG_DATA_HOME).
#
#   install.sh              installs
#   install.sh --uninstall  removes what was installed, and keeps the settings
#
# In the archive of a release it installs the program beside it. In the sources (scripts/install.sh) it builds one, which may
# install packages first.
#
# DUOLOGUE_BIN=FILE   installs this binary instead
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
program=$HOME/.local/bin/duologue
entry=$data/applications/duologue.desktop
icons=$data/icons/hicolor
# Installing and uninstalling share these paths and sizes, so that they can't disagree.
sizes=(16 24 32 48 64 128 256 512)

# Tells the desktop which programs open which links. A desktop without this tool reads the entries themselves.
list_links() {
    local cache=$data/applications/mimeinfo.cache
    [[ -d $data/applications ]] && command -v update-desktop-database >/dev/null || return 0
    update-desktop-database -q "$data/applications"
    # One line is only its heading.
    [[ ! -f $cache || $(wc -l <"$cache") -gt 1 ]] || rm "$cache"
}

case ${1-} in
'') ;;
--uninstall)
    rm -f "$program" "$entry" "$icons/scalable/apps/duologue.svg"
    list_links
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
    echo "usage: install.sh [--uninstall]" >&2
    exit 2
    ;;
esac

binary=${DUOLOGUE_BIN-}
if [[ -f $here/duologue ]]; then
    root=$here
    binary=${binary:-$here/duologue}
else
    root=$(dirname "$here")
fi
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
    [[ $line == "Exec=duologue "* ]] && line="Exec=\"$program\" ${line#Exec=duologue }"
    printf '%s\n' "$line"
done <"$root/packaging/duologue.desktop" >"$entry.new"
mv "$entry.new" "$entry"
list_links
echo "Duologue is installed for $(id -un). Find it in the application menu, or run $program"
