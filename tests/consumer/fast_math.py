"""The build refuses every way of asking for inexact arithmetic.

usage: fast_math.py SOURCE"""
import os
import subprocess
import sys
import tempfile

source = sys.argv[1]
ways = [({'CFLAGS': '-ffast-math'}, []), ({'CFLAGS': '-O2 -Ofast'}, []), ({}, ['-Dc_args=-ffast-math']),
        ({}, ['-Dc_args=-funsafe-math-optimizations']), ({'CFLAGS': '-ffinite-math-only'}, []),
        ({'LDFLAGS': '-ffast-math'}, [])]
accepted = []
for environment, options in ways:
    with tempfile.TemporaryDirectory() as build:
        done = subprocess.run(['meson', 'setup', build, source, '-Dtests=disabled', '-Dexamples=disabled', *options],
                              env=dict(os.environ, **environment), check=False, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode == 0 or 'IEEE' not in done.stdout:
            accepted.append('%s %s' % (environment, options))
for way in accepted:
    print('not refused: ' + way)
sys.exit(bool(accepted))
