#!/usr/bin/env python3
"""Puts the PNG icons in assets/icons into one file for Windows and one for macOS. See assets/README.md.

Usage: python3 scripts/make-icons.py

Both formats are lists of pictures, and both systems read PNG in them.
"""

import pathlib
import struct

ICONS = pathlib.Path(__file__).resolve().parents[1] / "assets" / "icons"
WINDOWS = (16, 24, 32, 48, 64, 128, 256)
# Apple's names for each size, and for each size that stands for half of it on a display of twice the density.
MACOS = (("icp4", 16), ("icp5", 32), ("ic11", 32), ("ic12", 64), ("ic07", 128), ("ic08", 256), ("ic13", 256), ("ic09", 512), ("ic14", 512))


def png(size):
    return (ICONS / f"{size}.png").read_bytes()


def ico():
    """The list of all pictures with their places in the file, and then the pictures."""
    header = struct.pack("<HHH", 0, 1, len(WINDOWS))
    place = len(header) + 16 * len(WINDOWS)
    pictures = b""
    for size in WINDOWS:
        picture = png(size)
        # 256 does not fit into the byte, so it is 0. Then: no palette, one plane, 32 bits for each pixel.
        header += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), place + len(pictures))
        pictures += picture
    return header + pictures


def icns():
    pictures = b""
    for name, size in MACOS:
        picture = png(size)
        pictures += name.encode() + struct.pack(">I", 8 + len(picture)) + picture
    return b"icns" + struct.pack(">I", 8 + len(pictures)) + pictures


for name, content in (("duologue.ico", ico()), ("duologue.icns", icns())):
    (ICONS / name).write_bytes(content)
    print(f"{name}: {len(content):,} bytes")
