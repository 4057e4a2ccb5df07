#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Joins the parts of a page into C: embed.py OUTPUT NAME FRAME PART...

Parts are joined by their kind (.html: sections, .css, .js) in the order given.

The frame has @name@, @sections@, @style@ and @script@ where they go; the page is cut in two at
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


def joined(paths, suffix):
    return "\n".join(Path(path).read_text() for path in paths if path.endswith(suffix))


output, name, frame, *parts = sys.argv[1:]
script = joined(parts, ".js")
if "</script" in script.lower():
    sys.exit("a script that ends its own element cannot be embedded")
page = Path(frame).read_text().replace("@name@", name)
for marker, part in (("@sections@", joined(parts, ".html")), ("@style@", joined(parts, ".css")), ("@script@", script)):
    before, after = page.split(marker)
    page = before + part + after
before, after = page.split("@data@")
Path(output).write_text('#include "page/page_parts.h"\n\n' + c_array("page_before_data", before) +
                        "\n" + c_array("page_after_data", after))
