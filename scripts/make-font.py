#!/usr/bin/env python3
"""Makes assets/DuologueHangul.ttf from NanumGothic.ttf. Needs fonttools; see assets/README.md.

Usage: python3 scripts/make-font.py NanumGothic.ttf assets/DuologueHangul.ttf
"""

import math
import sys

from fontTools.pens.reverseContourPen import ReverseContourPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

SYLLABLES = range(0xAC00, 0xD7A4)
HANJA = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xF900, 0xFB00))

# Whole blocks, so that they include whatever comes from a keyboard, an input method or another encoding.
BLOCKS = (
    range(0x0020, 0x007F),  # ASCII
    range(0x1100, 0x1200),  # Jamo
    range(0x3000, 0x3040),  # CJK punctuation
    range(0x3130, 0x3190),  # compatibility Jamo: ㅋㅋㅋ
    range(0xA960, 0xA980),  # Jamo, old
    SYLLABLES,
    range(0xD7B0, 0xD800),  # Jamo, old
    range(0xFF00, 0xFFF0),  # full and half width
)


def cp949() -> set[int]:
    """Every character that CP949 encodes in two bytes: an old Korean program may send any of them."""
    pairs = (bytes((a, b)) for a in range(0x81, 0xFF) for b in range(0x41, 0xFF))
    return {ord(c) for c in (pair.decode("cp949", "ignore") for pair in pairs) if len(c) == 1}


def add_replacement_character(font: TTFont) -> None:
    """Draws U+FFFD, which the original lacks: a diamond with a question mark cut out of it."""
    glyphs, name = font.getGlyphSet(), "uniFFFD"
    mark = font["glyf"][font.getBestCmap()[ord("?")]]
    ascent = font["hhea"].ascent
    middle, half = ascent * 0.38, ascent * 0.52
    left = ascent * 0.06
    pen = TTGlyphPen(None)
    corners = [(left, middle), (left + half, middle + half), (left + 2 * half, middle), (left + half, middle - half)]
    pen.moveTo(corners[0])
    for corner in corners[1:]:
        pen.lineTo(corner)
    pen.closePath()
    scale = half * 0.95 / (mark.yMax - mark.yMin)
    x = left + half - scale * (mark.xMin + mark.xMax) / 2
    y = middle - scale * (mark.yMin + mark.yMax) / 2
    # A contour in the opposite direction is a hole; Nanum's outlines have the direction of the diamond.
    holes = ReverseContourPen(TransformPen(pen, (scale, 0, 0, scale, x, y)))
    glyphs[font.getBestCmap()[ord("?")]].draw(holes)
    add_glyph(font, 0xFFFD, name, pen.glyph(), (round(2 * (half + left)), round(left)))


def add_tone_marks(font: TTFont) -> None:
    """Draws U+302E and U+302F, which the original lacks: one dot or two at the left of a syllable of old Korean. Without
    them the window would show the syllable twice, because its text layout takes a missing mark for the letter."""
    ascent = font["hhea"].ascent
    radius, width = ascent * 0.06, round(ascent * 0.28)
    for code, heights in ((0x302E, (0.40,)), (0x302F, (0.24, 0.56))):
        pen = TTGlyphPen(None)
        for height in heights:
            # A circle of quadratic curves, drawn round the corners of an octagon.
            corners = [(math.radians(22.5 - 45 * corner), radius / math.cos(math.radians(22.5))) for corner in range(8)]
            middle = (width / 2, ascent * height)
            pen.qCurveTo(*[(middle[0] + r * math.cos(a), middle[1] + r * math.sin(a)) for a, r in corners], None)
            pen.closePath()
        add_glyph(font, code, f"uni{code:04X}", pen.glyph(), (width, round(width / 2 - radius)))


def add_glyph(font: TTFont, code: int, name: str, glyph: Glyph, metrics: tuple[int, int]) -> None:
    """Adds a glyph for one character. `metrics` are its advance width and its left side bearing."""
    font.setGlyphOrder([*font.getGlyphOrder(), name])
    font["glyf"][name] = glyph
    font["hmtx"][name] = metrics
    if "vmtx" in font:
        font["vmtx"][name] = (font["hhea"].ascent, 0)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[code] = name


def main(source: str, target: str) -> None:
    # Keeps the time stamp of the original, so that the same source gives the same bytes.
    font = TTFont(source, recalcTimestamp=False)
    metrics = [(font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap)]
    version = font["name"].getDebugName(5).split(";")[0]
    copyright_line = font["name"].getDebugName(0)
    trademark = font["name"].getDebugName(7)
    designers = font["name"].getDebugName(9)

    wanted = set().union(*BLOCKS) | cp949()
    # Hanja would double the size; they come from the system's font.
    wanted -= set().union(*HANJA)

    options = Options()
    # Saves a third of the size; egui fits the outlines of an unhinted font to the pixels itself.
    options.hinting = False
    options.drop_tables += ["gasp", "TSI0", "TSI1", "TSI2", "TSI3", "TSI5"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)

    add_replacement_character(font)
    add_tone_marks(font)

    # A modified version may not use a reserved name (OFL, condition 3). The makers stay named.
    name = font["name"]
    name.names = []
    for number, text in {
        0: f"{copyright_line} Copyright (c) 2010, NAVER Corporation (http://www.nhncorp.com).",
        1: "Duologue Hangul",
        2: "Regular",
        3: f"{version};DuologueHangul-Regular",
        4: "Duologue Hangul",
        5: f"{version}; subset",
        6: "DuologueHangul-Regular",
        7: trademark,
        9: designers,
        10: "A Modified Version of NanumGothic: a subset without hanja and hints, with U+302E, U+302F and U+FFFD added.",
        13: "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
        14: "https://openfontlicense.org",
    }.items():
        name.setName(text, number, 3, 1, 0x409)
    font.save(target)

    made = TTFont(target)
    cmap, outlines = made.getBestCmap(), made["glyf"]
    empty = [s for s in SYLLABLES if s not in cmap or not outlines[cmap[s]].numberOfContours]
    assert not empty, f"{len(empty)} syllables have no outline"
    assert {0x302E, 0x302F, 0xFFFD} <= cmap.keys(), "a drawn character is missing"
    metrics.append((made["hhea"].ascent, made["hhea"].descent, made["hhea"].lineGap))
    assert metrics[0] == metrics[1], f"the vertical metrics changed: {metrics}"
    print(f"{target}: {len(cmap)} characters, including all {len(SYLLABLES)} syllables")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
