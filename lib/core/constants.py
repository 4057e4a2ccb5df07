"""Writes constants.h: every integer constant of the public headers, by name.

usage: constants.py OUTPUT HEADER..."""
import re
import sys

output, headers = sys.argv[1], sys.argv[2:]
definition = re.compile(r'^#define (INFO_[A-Z0-9_]+) +(\(?-?[0-9][0-9a-zA-Z]*\)?)\s*(?:/[/*].*)?$', re.M)
names = []
for header in headers:
    text = open(header, encoding='utf-8').read().replace('\\\n', '')  # the number may be on the next line
    names += [name for name, _ in definition.findall(text)]
with open(output, 'w', encoding='utf-8') as out:
    for header in headers:
        out.write('#include "info/%s"\n' % re.split(r'[\\/]', header)[-1])
    out.write('#define INFO_I_CONSTANTS \\\n')
    out.write(', \\\n'.join('    {"%s", %s}' % (name, name) for name in names) + '\n')
