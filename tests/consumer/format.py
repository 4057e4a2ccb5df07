# SPDX-License-Identifier: MIT
"""What clang-format makes of the tree is what stands in it.

usage: format.py SOURCE_ROOT"""
import pathlib
import shutil
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
if not shutil.which('clang-format'):
    print('skipped: clang-format is not installed')
    sys.exit(77)
sources = [path for folder in ('bench', 'examples', 'include', 'lib', 'tests') for path in (root / folder).rglob('*.[ch]')]
done = subprocess.run(['clang-format', '--dry-run', '--Werror', *sources], capture_output=True, text=True, check=False)
if done.returncode:
    sys.exit(done.stderr[:4000] + '\nclang-format -i mends it')
print('%d files' % len(sources))
