#!/usr/bin/python3
"""Cuts the Chinese characters that the window uses out of Noto Sans CJK SC.

Needs fontTools (Debian: python3-fonttools) and the fonts (Debian:
fonts-noto-cjk). Run it in this folder when a file of translations or
the model card has new characters.
"""

import glob
import os
import re

from fontTools import subset

SOURCE = os.environ.get("NOTO_CJK", "/usr/share/fonts/opentype/noto")
SIMPLIFIED = 2  # the collections hold JP, KR, SC, TC and HK

# The metrics of Noto Sans, Fyne's font, in thousandths of the text size: lines
# are as high, and spaces as wide, in either font.
ASCENT, DESCENT, SPACE = 1069, -293, 260

SHOWN = sorted(glob.glob("../translations/*.json") + glob.glob("../../models/builtin/README*.md"))
text = "".join(open(name, encoding="utf-8").read() for name in SHOWN)
characters = {ord(c) for c in re.findall("[\u2e80-\uffef]", text)} | {ord(" ")}

for weight in ("Regular", "Bold"):
    options = subset.Options(layout_features=[], hinting=False, desubroutinize=True, font_number=SIMPLIFIED)
    font = subset.load_font(f"{SOURCE}/NotoSansCJK-{weight}.ttc", options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    font["hmtx"][font.getBestCmap()[ord(" ")]] = (SPACE, 0)
    for table, ascent, descent, gap in (("hhea", "ascent", "descent", "lineGap"), ("OS/2", "sTypoAscender", "sTypoDescender", "sTypoLineGap")):
        setattr(font[table], ascent, ASCENT)
        setattr(font[table], descent, DESCENT)
        setattr(font[table], gap, 0)
    font["OS/2"].usWinAscent, font["OS/2"].usWinDescent = ASCENT, -DESCENT
    subset.save_font(font, f"NotoSansCJKsc-{weight}.otf", options)
