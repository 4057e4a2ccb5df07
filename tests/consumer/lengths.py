"""A function of the library fits on a page: 60 lines between its braces at most.

usage: lengths.py SOURCE"""
import os
import sys

MOST = 60
long = []
for folder, _, files in os.walk(os.path.join(sys.argv[1], 'lib')):
    for name in sorted(files):
        if not name.endswith(('.c', '.h')):
            continue
        path, start = os.path.join(folder, name), None
        with open(path, encoding='utf-8') as text:
            for number, line in enumerate(text, 1):
                if line.startswith('{'):  # bodies begin and end in the first column, and nothing else does (.clang-format)
                    start = number
                elif line.startswith('}') and start is not None:
                    if number - start - 1 > MOST:
                        long.append(f'{os.path.relpath(path, sys.argv[1])}:{start}: {number - start - 1} lines')
                    start = None
sys.exit('\n'.join(['functions of more than 60 lines:'] + long) if long else 0)
