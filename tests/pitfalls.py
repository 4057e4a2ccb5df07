"""Fails unless every row of the tables of docs/PITFALLS.md names a test that is there and is run.

usage: pitfalls.py SOURCE_ROOT

A link [name](../tests/FAMILY/test_SUBJECT.c) is a test of Check: defined in the file, listed in it, and the file built.
A link [SCRIPT.py](../tests/FAMILY/SCRIPT.py) is a script that its folder's meson.build runs."""
import pathlib
import re
import sys

page = pathlib.Path(sys.argv[1]) / 'docs' / 'PITFALLS.md'


def wrong_with(name, target):
    path = (page.parent / target).resolve()
    if not path.is_file():
        return 'is not there'
    build = (path.parent / 'meson.build').read_text(encoding='utf-8')
    if path.suffix == '.py':
        return None if name == path.name and "'%s'" % name in build else 'is not run by its meson.build'
    if "'%s'" % path.stem.replace('test_', '', 1) not in build and "'%s'" % path.name not in build:
        return 'is not built'
    text = path.read_text(encoding='utf-8')
    definition = 'START_TEST(%s)' % name
    if definition not in text:
        return 'has no test ' + name
    return None if re.search(r'\b%s\b' % name, text.replace(definition, '')) else 'does not run ' + name


rows = [line for line in page.read_text(encoding='utf-8').splitlines()
        if line.startswith('|') and not line.startswith(('|---', '| what went wrong'))]
faults = []
for row in rows:
    links = re.findall(r'\[(\w+(?:\.py)?)\]\((\.\./tests/[^)]*)\)', row.split(' | ')[-1])
    if not links:
        faults.append('no test: ' + row)
    for name, target in links:
        problem = wrong_with(name, target)
        if problem:
            faults.append('%s %s: %s' % (target, problem, row))
if not rows or faults:
    sys.exit('docs/PITFALLS.md:\n  ' + '\n  '.join(faults or ['no tables']))
print('%d pitfalls, each with its tests' % len(rows))
