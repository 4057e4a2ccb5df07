# SPDX-License-Identifier: MIT
"""The documents as they are installed: links to files that are not installed become plain text.

usage: documents.py SOURCE_ROOT OUTPUT NAME..."""
import os
import re
import shutil
import sys

root, output, *names = sys.argv[1:]
shutil.rmtree(output, ignore_errors=True)
for name in names:
    place, source = os.path.join(output, name), os.path.join(root, name)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if not name.endswith('.md'):
        shutil.copyfile(source, place)
        continue

    def link(match):
        target = match.group(2).partition('#')[0]
        kept = '://' in target or not target or os.path.normpath(os.path.join(os.path.dirname(name), target)) in names
        return match.group(0) if kept else match.group(1)

    with open(source, encoding='utf-8') as page, open(place, 'w', encoding='utf-8') as out:
        out.write(re.sub(r'(?<!!)\[([^]]*)\]\(([^)]*)\)', link, page.read()))
