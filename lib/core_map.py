"""Writes the version script of a core: libinfo.map without the functions of headers that it does not have.

usage: core_map.py OUTPUT MAP HEADER..."""
import os
import re
import sys

output, whole, headers = sys.argv[1], sys.argv[2], {os.path.basename(each) for each in sys.argv[3:]}
with open(whole, encoding='utf-8') as text:
    parts = re.split(r'^( +# (\w+\.h)\n)', text.read(), flags=re.M)
last, end = parts[-1].split('  local:')
kept = parts[0]
for title, header, names in zip(parts[1::3], parts[2::3], parts[3:-1:3] + [last]):
    kept += title + names if header in headers else ''
with open(output, 'w', encoding='utf-8') as out:
    out.write(kept + '  local:' + end)
