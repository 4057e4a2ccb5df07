"""Runs a guide's program: its source and its output must be in the guide, word for word.

usage: check_guide.py PROGRAM SOURCE GUIDE"""
import subprocess
import sys

program, source, guide = sys.argv[1:]
text = open(guide, encoding='utf-8').read()
output = subprocess.run([program], capture_output=True, check=True, text=True).stdout
code = open(source, encoding='utf-8').read()
code = code[code.index('#include'):]
for what, wanted in (('output', output), ('source', code)):
    if wanted not in text:
        sys.exit('%s: the %s of %s is not in it:\n%s' % (guide, what, source, wanted))
