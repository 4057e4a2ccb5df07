"""Each public header alone, as C99 and as C++, without a warning and without holes in its structs.

usage: headers.py INCLUDE HEADER..."""
import os
import shutil
import subprocess
import sys
import tempfile

include, headers = sys.argv[1], sys.argv[2:]
common = ['-fsyntax-only', '-I', include, '-Wall', '-Wextra', '-pedantic', '-Werror', '-Wundef', '-Wpadded']
ways = [(compiler, flags) for compiler, flags in (
    ('gcc', ['-std=c99', '-Wstrict-prototypes', '-Wc++-compat']), ('g++', ['-x', 'c++', '-std=c++98', '-Wno-long-long']),
    ('g++', ['-x', 'c++', '-std=c++20']), ('clang', ['-std=c99', '-Wstrict-prototypes', '-Wdocumentation', '-Wdocumentation-pedantic']),
    ('clang++', ['-x', 'c++', '-std=c++17'])) if shutil.which(compiler)]
if not ways:
    print('skipped: no compiler on the path')
    sys.exit(77)
failed = 0
with tempfile.TemporaryDirectory() as place:
    for header in headers:
        source = os.path.join(place, 'alone.c')
        with open(source, 'w', encoding='utf-8') as out:
            out.write('#include <info/%s>\n' % os.path.basename(header) * 2)
        for compiler, flags in ways:
            failed += subprocess.run([compiler, *flags, *common, source], check=False).returncode != 0
sys.exit(failed)
