# SPDX-License-Identifier: MIT
"""Every program has -h, --help and --version, and ends with 0 where all is well, 1 for a bad input, 2 for a bad
command line.

usage: command_lines.py PROGRAM..."""
import os
import subprocess
import sys

FILES = {'lm_corpus': 1, 'lm_bottleneck': 1, 'lm_report': 1, 'lm_study': 3, 'lm_compress': 4}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


assert len(sys.argv) > 1
for program in sys.argv[1:]:
    name = os.path.basename(program)
    code, short, errors = run(program, '-h')
    assert (code, errors) == (0, '') and short.startswith('Usage: ' + name), (name, code, short, errors)
    assert run(program, '--help') == (0, short, ''), name
    code, version, errors = run(program, '--version')
    assert (code, errors) == (0, '') and version.startswith(name), (name, code, version, errors)
    for wrong in ['--no-such-option'], []:
        code, out, errors = run(program, *wrong)
        assert code == 2 and out == '' and name in errors, (name, wrong, code, out, errors)
    missing = ['report'] * (name == 'lm_evaluate') + ['/no/such/file'] * FILES.get(name, 1)
    code, out, errors = run(program, *missing)
    assert code == 1 and '/no/such/file' in errors and errors.count('\n') == 1, (name, code, out, errors)
