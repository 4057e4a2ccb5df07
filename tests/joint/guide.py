"""The program of a guide page, compiled and run: it must print what the page says.

usage: guide.py PAGE INCLUDE LIBRARY COMPILER..."""
import os
import re
import subprocess
import sys
import tempfile

page, include, library, compiler = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
text = open(page, encoding='utf-8').read()
program = re.search(r'^```c\n(.*?)^```$', text, re.M | re.S).group(1)
promised = re.search(r'^```text\n(.*?)^```$', text, re.M | re.S).group(1)
with tempfile.TemporaryDirectory() as folder:
    source, binary = os.path.join(folder, 'guide.c'), os.path.join(folder, 'guide')
    with open(source, 'w', encoding='utf-8') as out:
        out.write(program)
    subprocess.run(compiler + ['-std=c99', '-Wall', '-Wextra', '-Werror', '-I' + include, source, library,
                               '-Wl,-rpath,' + os.path.dirname(library), '-o', binary], check=True)
    printed = subprocess.run([binary], check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout
if printed != promised:
    sys.exit('the page says\n%sbut its program prints\n%s' % (promised, printed))
