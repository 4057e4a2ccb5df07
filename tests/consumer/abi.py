"""Compares the library's binary interface with the recorded one.

usage: abi.py LIBRARY HEADERS_DIRECTORY RECORDED [--record]

Additions are fine; a change or a removal fails. --record writes the present interface."""
import os
import shutil
import subprocess
import sys
import tempfile

library, headers, recorded = sys.argv[1:4]


def skip(why):
    print('skipped: ' + why)
    sys.exit(77)


if not shutil.which('abidw'):
    skip('abidw and abidiff (abigail-tools) are not installed')
sections = subprocess.run(['readelf', '-S', '-W', library], check=True, capture_output=True, text=True).stdout
if '.debug_info' not in sections:
    skip('the library was built without debugging information (-Ddebug=true)')

writing = '--record' in sys.argv[4:]
if not writing and not os.path.exists(recorded):
    skip('no interface is recorded yet')
with tempfile.TemporaryDirectory() as place:
    present = recorded if writing else os.path.join(place, 'present.abi')
    subprocess.run(['abidw', '--headers-dir', headers, '--drop-private-types', '--exported-interfaces-only',
                    '--no-corpus-path', '--no-comp-dir-path', '--no-show-locs', '--no-elf-needed', '--no-parameter-names',
                    '--out-file', present, library], check=True)
    if not writing:
        done = subprocess.run(['abidiff', '--no-added-syms', recorded, present], check=False)
        sys.exit(done.returncode != 0)
