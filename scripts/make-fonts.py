#!/usr/bin/env python3
"""Makes the fonts in assets/ from Pretendard, NanumGothic and Lucide. Needs fonttools; see assets/README.md.

Usage: python3 scripts/make-fonts.py FOLDER assets

FOLDER has Pretendard-Regular.ttf, Pretendard-SemiBold.ttf, NanumGothic.ttf and lucide.ttf.
"""

import math
import pathlib
import sys

from fontTools.pens.reverseContourPen import ReverseContourPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

SYLLABLES = range(0xAC00, 0xD7A4)
HANJA = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xF900, 0xFB00))

# The icons of src/gui/icon.rs: their characters in Lucide's font, which has a name for each.
ICONS = (
    0xE041,  # archive
    0xE042,  # arrow-down
    0xE04A,  # arrow-up
    0xE051,  # ban
    0xE059,  # bell
    0xE05A,  # bell-off
    0xE06C,  # check
    0xE06D,  # chevron-down
    0xE06E,  # chevron-left
    0xE06F,  # chevron-right
    0xE09E,  # copy
    0xE0B2,  # download
    0xE0B7,  # ellipsis-vertical
    0xE0C0,  # file
    0xE0CC,  # file-text
    0xE0D0,  # film
    0xE0D7,  # folder
    0xE0F6,  # image
    0xE0F9,  # info
    0xE10B,  # lock
    0xE10C,  # lock-open
    0xE115,  # menu
    0xE122,  # music
    0xE12D,  # paperclip
    0xE13D,  # plus
    0xE151,  # search
    0xE152,  # send
    0xE154,  # settings
    0xE164,  # smile
    0xE18E,  # trash-2
    0xE193,  # triangle-alert
    0xE19F,  # user
    0xE1B2,  # x
    0xE1F9,  # pencil
    0xE22A,  # reply
    0xE24A,  # arrow-left-right
    0xE259,  # pin
    0xE38E,  # check-check
    0xE40D,  # messages-square
    0xE426,  # app-window
)

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


def common_syllables() -> set[int]:
    """The 2,350 syllables of KS X 1001. Names and titles have hardly any other."""
    pairs = (bytes((a, b)) for a in range(0xB0, 0xC9) for b in range(0xA1, 0xFF))
    return {ord(pair.decode("euc-kr")) for pair in pairs}


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


def draw_missing(font: TTFont) -> None:
    """Draws a box for characters that no font has. Without it they would be blank, and nobody would see that they are there."""
    ascent = font["hhea"].ascent
    left, bottom, width, height, line = (round(ascent * part) for part in (0.08, 0.0, 0.56, 0.76, 0.06))
    pen = TTGlyphPen(None)
    for inset, is_hole in ((0, False), (line, True)):
        x, y = left + inset, bottom + inset
        right, top = left + width - inset, bottom + height - inset
        corners = [(x, y), (x, top), (right, top), (right, y)]
        # A contour in the opposite direction is a hole.
        first, *rest = reversed(corners) if is_hole else corners
        pen.moveTo(first)
        for corner in rest:
            pen.lineTo(corner)
        pen.closePath()
    font["glyf"][".notdef"] = pen.glyph()
    font["hmtx"][".notdef"] = (width + 2 * left, left)


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


def rename(font: TTFont, family: str, style: str, changes: str, copyright_lines: str) -> None:
    """Gives the font another name: a modified version may not use a reserved one (OFL, condition 3). The makers stay named."""
    name = font["name"]
    version = name.getDebugName(5).split(";")[0]
    trademark, designers = name.getDebugName(7), name.getDebugName(9)
    name.names = []
    for number, text in {
        0: copyright_lines,
        1: family,
        2: style,
        3: f"{version};{family.replace(' ', '')}-{style}",
        4: f"{family} {style}",
        5: f"{version}; subset",
        6: f"{family.replace(' ', '')}-{style}",
        7: trademark,
        9: designers,
        10: f"A modified version: {changes}.",
        13: "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
        14: "https://openfontlicense.org",
    }.items():
        if text:
            name.setName(text, number, 3, 1, 0x409)


def subset(font: TTFont, wanted: set[int], features: tuple[str, ...] = ()) -> None:
    options = Options()
    # Saves a third of the size; the window fits the outlines of an unhinted font to the pixels itself.
    options.hinting = False
    options.layout_features = list(features)
    options.drop_tables += ["gasp", "TSI0", "TSI1", "TSI2", "TSI3", "TSI5", "DSIG", "meta", "STAT"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)


def opened(path: pathlib.Path) -> TTFont:
    # Keeps the time stamp of the original, so that the same source gives the same bytes.
    return TTFont(path, recalcTimestamp=False)


def metrics(font: TTFont) -> tuple[int, int, int]:
    return font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap


def make_sans(source: pathlib.Path, target: pathlib.Path, style: str, syllables: set[int]) -> set[int]:
    """Latin, Greek, Cyrillic and Hangul. Returns its characters."""
    font = opened(source)
    before = metrics(font)
    copyright_line = font["name"].getDebugName(0)
    # No ligatures: a message shows the characters that were typed.
    subset(font, set(font.getBestCmap()) - set(SYLLABLES) | syllables, ("kern", "mark", "mkmk", "ccmp"))
    draw_missing(font)
    add_replacement_character(font)
    add_tone_marks(font)
    changes = "a subset without hints and ligatures, with U+302E, U+302F and U+FFFD added, and a box for what is missing"
    rename(font, "Duologue Sans", style, changes, copyright_line)
    font.save(target)

    made = TTFont(target)
    cmap, outlines = made.getBestCmap(), made["glyf"]
    empty = [s for s in syllables if s not in cmap or not outlines[cmap[s]].numberOfContours]
    assert not empty, f"{len(empty)} syllables have no outline"
    assert {0x302E, 0x302F, 0xFFFD} <= cmap.keys(), "a drawn character is missing"
    assert metrics(made) == before, "the vertical metrics changed"
    print(f"{target}: {len(cmap)} characters, including {len(syllables)} syllables")
    return set(cmap)


def make_symbols(source: pathlib.Path, target: pathlib.Path, known: set[int]) -> None:
    """What an old Korean program may send and the other fonts lack."""
    font = opened(source)
    copyright_line = font["name"].getDebugName(0)
    wanted = set().union(*BLOCKS) | cp949()
    # Hanja would double the size; they come from the system's font.
    wanted -= set().union(*HANJA) | known
    subset(font, wanted)
    # With the Jamo of old Korean.
    add_tone_marks(font)
    changes = "a subset of symbols, kana and Jamo without hints, with U+302E and U+302F added"
    naver = "Copyright (c) 2010, NAVER Corporation (http://www.nhncorp.com)."
    rename(font, "Duologue Symbols", "Regular", changes, f"{copyright_line} {naver}")
    font.save(target)
    print(f"{target}: {len(TTFont(target).getBestCmap())} characters")


def make_icons(source: pathlib.Path, target: pathlib.Path) -> None:
    font = opened(source)
    missing = set(ICONS) - font.getBestCmap().keys()
    assert not missing, f"not in this version: {missing}"
    subset(font, set(ICONS))
    font["name"].setName("Duologue Icons", 1, 3, 1, 0x409)
    font.save(target)
    print(f"{target}: {len(ICONS)} icons")


def main(sources: pathlib.Path, assets: pathlib.Path) -> None:
    known = make_sans(sources / "Pretendard-Regular.ttf", assets / "DuologueSans-Regular.ttf", "Regular", set(SYLLABLES))
    make_sans(sources / "Pretendard-SemiBold.ttf", assets / "DuologueSans-SemiBold.ttf", "SemiBold", common_syllables())
    make_symbols(sources / "NanumGothic.ttf", assets / "DuologueSymbols.ttf", known)
    make_icons(sources / "lucide.ttf", assets / "DuologueIcons.ttf")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
