#!/usr/bin/env python3
"""What a release says about itself, taken from Cargo.toml, CHANGELOG.md and the licences.

  scripts/release.py version            prints the version
  scripts/release.py check TAG          fails unless TAG is v and the version, and CHANGELOG.md has a section for it
  scripts/release.py notes              prints that section
  scripts/release.py files DIR [HOME]   writes into DIR what the packages need: Debian's changelog, copyright, licences
                                        and the AppStream metainfo; HOME is the web address of the project, if it has one

A section begins with "## VERSION (YEAR-MONTH-DAY)". SOURCE_DATE_EPOCH is the time of a version that has none yet.
"""

import datetime
import gzip
import os
import pathlib
import re
import sys
from xml.sax.saxutils import escape

ROOT = pathlib.Path(__file__).resolve().parent.parent
METAINFO = "org.example.duologue.metainfo.xml"
HEADING = re.compile(r"^## (?P<version>\d+\.\d+\.\d+) \((?P<date>\d{4}-\d\d-\d\d)\)$|^## Unreleased$", re.MULTILINE)
# A software centre shows these in a small box.
MOST_POINTS = 8

# Files, whose they are, their licence, and where its text is.
COPYRIGHT = (
    ("*", ["2026 The Duologue contributors"], "Expat or Apache-2.0", "LICENSE-MIT"),
    (
        "assets/*.ttf",
        ["2010 NAVER Corporation", "2014-2021 Adobe", "2016 The Inter Project Authors", "2021 Kil Hyung-jin"],
        "OFL-1.1",
        "assets/OFL.txt",
    ),
    (
        "assets/DuologueIcons.ttf",
        ["2026 Lucide Icons and Contributors", "2013-2023 Cole Bemis"],
        "ISC and Expat",
        "assets/ISC.txt",
    ),
    ("assets/emoji.tsv", ["2004-2026 Unicode, Inc."], "Unicode-3.0", "assets/Unicode-3.0.txt"),
)


def field(name):
    """A field of Cargo.toml that stands once, or first in [package]. By hand, because Python 3.10 can't read TOML."""
    found = re.search(rf'^{name} = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    if not found:
        sys.exit(f"Cargo.toml has no {name}.")
    return found[1]


def version():
    return field("version")


def sections():
    """The sections of the changelog as (version, date, text), the newest first. Version and date are None if unreleased."""
    text = (ROOT / "CHANGELOG.md").read_text()
    headings = list(HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return [
        (heading["version"], heading["date"], text[heading.end() : end].strip())
        for heading, end in zip(headings, ends, strict=True)
    ]


def section():
    """The section of this version, or that of what is not released yet."""
    ours = version()
    found = [entry for entry in sections() if entry[0] == ours] or [entry for entry in sections() if entry[0] is None]
    if not found:
        sys.exit(f"CHANGELOG.md has no section for {ours}.")
    return found[0]


def built_at():
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        sys.exit("Set SOURCE_DATE_EPOCH, so that the same version gives the same files.")
    return datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc)


def check(tag):
    if tag != f"v{version()}":
        sys.exit(f"The tag is {tag}, and the version in Cargo.toml is {version()}.")
    if section()[0] is None:
        sys.exit(f"CHANGELOG.md has no section “## {version()} (YEAR-MONTH-DAY)”.")


def debian_changelog():
    date = built_at().strftime("%a, %d %b %Y %H:%M:%S +0000")
    return (
        f"duologue ({version()}-{field('revision')}) unstable; urgency=medium\n\n"
        f"  * Version {version()}; changelog.gz says what is new.\n\n"
        f" -- {field('maintainer')}  {date}\n"
    )


def copyright_file():
    """See <https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/>."""
    parts = [
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        "Upstream-Name: Duologue\n"
        "Comment: The program also contains other people's work. LICENCES.txt.gz beside this file\n"
        " lists it with its licences.\n"
    ]
    texts = {"Apache-2.0": "On Debian systems, the text is in /usr/share/common-licenses/Apache-2.0."}
    for files, holders, licence, path in COPYRIGHT:
        parts.append(f"Files: {files}\nCopyright: {(chr(10) + ' ').join(holders)}\nLicense: {licence}\n")
        for name in re.split(" or | and ", licence):
            # The file with the licences of the icons has that of Expat too.
            texts.setdefault(name, (ROOT / path).read_text().strip())
    parts += [f"License: {name}\n{deb822(text)}\n" for name, text in texts.items()]
    return "\n".join(parts)


def deb822(text):
    return "\n".join(f" {line}" if line.strip() else " ." for line in text.splitlines())


def metainfo(home):
    text = (ROOT / "packaging" / METAINFO).read_text()
    end = "</component>\n"
    assert text.endswith(end), f"{METAINFO} ends differently"
    tag = f"v{version()}"
    added = ""
    if home:
        added += f"  <url type=\"homepage\">{escape(home)}</url>\n"
        added += f"  <url type=\"bugtracker\">{escape(home)}/issues</url>\n"
        added += "  <screenshots>\n    <screenshot type=\"default\">\n"
        added += "      <caption>A conversation in two windows</caption>\n"
        added += "      <caption xml:lang=\"ko\">대화 중인 두 창</caption>\n"
        added += f"      <image type=\"source\">{escape(home)}/raw/{tag}/assets/screenshot.png</image>\n"
        added += "    </screenshot>\n  </screenshots>\n"
    added += "  <releases>\n" + "".join(release(*entry) for entry in releases()) + "  </releases>\n"
    return text.removesuffix(end) + added + end


def releases():
    ours = section()
    first = (version(), ours[1] or built_at().date().isoformat(), ours[2])
    return [first] + [entry for entry in sections() if entry[0] not in (None, version())]


def release(number, date, text):
    points = [point for point in (plain(point) for point in re.split(r"^- ", text, flags=re.MULTILINE)) if point]
    items = "".join(f"          <li>{escape(point)}</li>\n" for point in points[:MOST_POINTS])
    return (
        f"    <release version=\"{number}\" date=\"{date}\">\n      <description>\n        <ul>\n{items}        </ul>\n"
        "      </description>\n    </release>\n"
    )


def plain(point):
    """The first sentence of a point without its markup and its full stop."""
    sentence = re.split(r"(?<=\.)\s", " ".join(point.split()), maxsplit=1)[0]
    return re.sub(r"\*\*|[*`]", "", sentence).rstrip(".")


def write_files(folder, home):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "copyright").write_text(copyright_file())
    (folder / "changelog.Debian.gz").write_bytes(compressed(debian_changelog().encode()))
    (folder / "LICENCES.txt.gz").write_bytes(compressed((ROOT / "assets/LICENCES.txt").read_bytes()))
    (folder / METAINFO).write_text(metainfo(home))


def compressed(content):
    # Without a time in it, so that the same content gives the same file.
    return gzip.compress(content, mtime=0)


def main(args):
    match args:
        case ["version"]:
            print(version())
        case ["check", tag]:
            check(tag)
        case ["notes"]:
            print(section()[2])
        case ["files", folder]:
            write_files(pathlib.Path(folder), None)
        case ["files", folder, home]:
            write_files(pathlib.Path(folder), home)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
