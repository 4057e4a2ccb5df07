#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Joins the page's parts into C: embed.py PAGE STYLE CHART SCRIPT... OUTPUT.

The page has @style@, @chart@ and @script@ where they go; it is cut in two at
@data@, where the program writes the numbers.
"""
import sys
from pathlib import Path


def c_array(name, text):
    lines = []
    data = text.encode() + b"\0"
    for at in range(0, len(data), 24):
        lines.append("    " + ", ".join(str(byte) for byte in data[at:at + 24]) + ",")
    return f"const unsigned char {name}[] = {{\n" + "\n".join(lines) + "\n};\n"


page, style, chart, *scripts = (Path(path).read_text() for path in sys.argv[1:-1])
script = "\n".join(scripts)
if "</script" in chart.lower() or "</script" in script.lower():
    sys.exit("a script that ends its own element cannot be embedded")
for marker, part in (("@style@", style), ("@chart@", chart), ("@script@", script)):
    before, after = page.split(marker)
    page = before + part + after
before, after = page.split("@data@")
Path(sys.argv[-1]).write_text('#include "page_parts.h"\n\n' + c_array("page_before_data", before) +
                             "\n" + c_array("page_after_data", after))
