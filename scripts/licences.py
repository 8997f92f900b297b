#!/usr/bin/env python3
"""Writes assets/LICENCES.txt: the parts of the program with their licences, then the texts of these.

Run it after Cargo.lock has changed. It needs the sources of all crates: `cargo fetch --locked`.
"""

import json
import pathlib
import re
import subprocess
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
# tests/licences.rs runs the same command.
TREE = ["cargo", "tree", "--locked", "--offline", "-e", "normal", "--target", "all", "--prefix", "none", "-f", "{p}|{l}"]
METADATA = ["cargo", "metadata", "--locked", "--offline", "--format-version", "1"]
TEXTS = re.compile(r"(licen[cs]e|copying|notice|copyright|unlicense)", re.IGNORECASE)
WIDTH = 100  # characters in a line
ASSETS = [
    ("Pretendard and NanumGothic", "OFL.txt"),
    ("Lucide", "ISC.txt"),
    ("Unicode CLDR (names of emoji)", "Unicode-3.0.txt"),
]


def run(command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def parts():
    """The crates in the program as (name, version, licence), on all systems."""
    found = set()
    for line in run(TREE).splitlines():
        package, licence = line.removesuffix(" (*)").rsplit("|", 1)
        name, version = package.split()[:2]
        if name != "duologue":
            found.add((name, version.removeprefix("v"), licence.removesuffix(" (*)")))
    return sorted(found)


def folders():
    packages = json.loads(run(METADATA))["packages"]
    return {(package["name"], package["version"]): pathlib.Path(package["manifest_path"]).parent for package in packages}


def texts(folder):
    for path in sorted(folder.iterdir()):
        if path.is_file() and TEXTS.match(path.name) and path.suffix not in {".rs", ".toml", ".py"}:
            lines = path.read_text(encoding="utf-8", errors="replace").expandtabs().splitlines()
            yield "\n".join(line.rstrip() for line in lines).strip("\n\f ")


def main():
    listed, found, where = [], {}, folders()
    for name, version, licence in parts():
        listed.append(f"{name} {version}: {licence}")
        for text in texts(where[name, version]):
            found.setdefault(text, []).append(f"{name} {version}")
    for asset, file in ASSETS:
        listed.append(f"{asset}: {file.removesuffix('.txt')}")
        found.setdefault((ROOT / "assets" / file).read_text(encoding="utf-8").strip(), []).append(asset)
    sections = [f"{', '.join(users)}:\n\n{text}" for text, users in found.items() if text]
    rule = "\n\n" + "-" * 72 + "\n\n"
    # The list has one part in each line, however long that is.
    rest = (rule + rule.join(sections)).splitlines()
    wrapped = [short for line in rest for short in (textwrap.wrap(line, WIDTH) if len(line) > WIDTH else [line])]
    lines = listed + wrapped[1:]
    (ROOT / "assets" / "LICENCES.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
