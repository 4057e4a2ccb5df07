"""Fails unless headers, version script, shared library and registry list the same functions, and the library has all of its own.

usage: check.py STAMP NM LIBRARY MAP HEADERS... -- REGISTRY_SOURCES..."""
import re
import subprocess
import sys

stamp, nm, library, version_script, *rest = sys.argv[1:]
split = rest.index('--')
headers, sources = rest[:split], rest[split + 1:]


def found(pattern, paths):
    names = set()
    for path in paths:
        with open(path, encoding='utf-8') as text:
            names |= set(re.findall(pattern, text.read()))
    return names


symbols, needed = (subprocess.run([nm, '-D', which, library], check=True, capture_output=True, text=True).stdout
                   for which in ('--defined-only', '--undefined-only'))
exported = {line.split()[2] for line in symbols.splitlines() if line.split()[1] in 'TDBRVW'}
unversioned = sorted(name for name in exported if '@@LIBINFO_' not in name and not name.startswith('LIBINFO_'))
lists = {
    'a public header (INFO_API)': found(r'\bINFO_API\b[^;(]*?\b(info_\w+)\s*\(', headers),
    'lib/libinfo.map': found(r'(?m)^\s*(info_\w+);', [version_script]),
    'the shared library': {name.split('@')[0] for name in exported},
    'tests/registry (see its README.md)': found(r'\{\s*"(info_\w+)",\s*drive_', sources),
}
everything = set().union(*lists.values())
wrong = ['%s is missing from %s' % (name, where) for where, names in sorted(lists.items())
         for name in sorted(everything - names)]
wrong += ['%s is exported without a version' % name for name in unversioned]
wrong += ['%s is needed and nowhere' % name for name in re.findall(r'\bU (info_\w+)', needed)]
if wrong:
    sys.exit('public functions:\n  ' + '\n  '.join(wrong))
with open(stamp, 'w', encoding='utf-8') as out:
    out.write('\n'.join(sorted(everything)) + '\n')
