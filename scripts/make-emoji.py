#!/usr/bin/env python3
"""Makes assets/emoji.tsv, the emoji of the picker with their names in both languages. See assets/README.md.

Usage: python3 scripts/make-emoji.py FOLDER assets

FOLDER has emoji-test.txt and NotoEmoji-Regular.ttf, and from the npm packages cldr-annotations-full and
cldr-annotations-derived-full their files annotations.json of English and Korean as en.json, ko.json, derived-en.json and
derived-ko.json. Needs fonttools.
"""

import json
import pathlib
import re
import sys

from fontTools.ttLib import TTFont

LANGUAGES = ("en", "ko")
# Each of these is a group of the picker (src/gui/emoji/table.rs).
GROUPS = {
    "Smileys & Emotion": "smileys",
    "People & Body": "people",
    "Animals & Nature": "animals",
    "Food & Drink": "food",
    "Travel & Places": "travel",
    "Activities": "activities",
    "Objects": "objects",
    "Symbols": "symbols",
    "Flags": "flags",
}
# Variants of an emoji that stands in the table without them.
SKIN_TONES = range(0x1F3FB, 0x1F400)
# What a font need not have: the joiner, the selectors, and the tags of flags.
UNSEEN = {0x200D, 0xFE0F, *range(0xE0020, 0xE0080)}
# Fonts of systems that are a few years old have no later ones.
NEWEST = 14.0
LINE = re.compile(r"([0-9A-F ]+); fully-qualified +# \S+ E([0-9.]+) ")


def annotations(folder, language):
    found = {}
    for name, key in ((f"derived-{language}", "annotationsDerived"), (language, "annotations")):
        with open(folder / f"{name}.json", encoding="utf-8") as file:
            found.update(json.load(file)[key]["annotations"])
    return found


def emoji(folder):
    """Each emoji, its group, and the version of Unicode's emoji that it came with."""
    group = None
    for line in (folder / "emoji-test.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# group: "):
            group = GROUPS.get(line.removeprefix("# group: "))
        match = LINE.match(line)
        if not match or group is None or float(match[2]) > NEWEST:
            continue
        points = [int(point, 16) for point in match[1].split()]
        if not any(point in SKIN_TONES for point in points):
            yield "".join(map(chr, points)), group, int(float(match[2]))


def main():
    folder, assets = map(pathlib.Path, sys.argv[1:])
    known = {language: annotations(folder, language) for language in LANGUAGES}
    black = TTFont(folder / "NotoEmoji-Regular.ttf").getBestCmap()
    lines, last, missing = [], None, []
    for character, group, version in emoji(folder):
        if group != last:
            lines.append(f"# {group}")
            last = group
        names, words = [], []
        for language in LANGUAGES:
            # CLDR leaves the variation selector out.
            entry = known[language].get(character) or known[language].get(character.replace("\ufe0f", ""))
            if entry is None:
                missing.append(f"{character} {language}")
                entry = {"tts": [character], "default": []}
            name = entry["tts"][0]
            names.append(name)
            # Words of the name are found in it.
            words += [word for word in entry["default"] if word.lower() not in name.lower()]
        # A sequence would be seen as its parts.
        seen = [ord(part) for part in character if ord(part) not in UNSEEN]
        is_black = len(seen) == 1 and seen[0] in black
        kind = "black" if is_black else "colour"
        lines.append("\t".join([character, str(version), kind, *names, ", ".join(words)]))
    if missing:
        sys.exit(f"without a name: {', '.join(missing)}")
    (assets / "emoji.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
