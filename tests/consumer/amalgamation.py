"""The core as one file: compiled by a compiler with the least options, it gives the bits of the library.

usage: amalgamation.py gcc|clang|mingw-w64|wasi LIBINFO_CORE_C LIBRARY SOURCE_ROOT

gcc and clang also compile for the machine they run on, whose products and sums in one rounding must not be taken. What is
made for Windows is linked and not run; what is made for WASI is run where node can. Skipped where a compiler is missing."""
import os
import shutil
import subprocess
import sys
import tempfile

how, amalgamation, library, root = sys.argv[1:]
amalgamation, library = os.path.abspath(amalgamation), os.path.abspath(library)
program = os.path.join(root, 'tests', 'consumer', 'core.c')
COMPILERS = {
    'gcc': [['gcc'], ['gcc', '-march=native']],
    'clang': [['clang'], ['clang', '-march=native']],
    'mingw-w64': [['x86_64-w64-mingw32-gcc', '-static']],
    'wasi': [['clang', '--target=wasm32-wasi']],
}
NODE = """import { WASI } from 'node:wasi';
import { readFileSync } from 'node:fs';
const wasi = new WASI({ version: 'preview1', args: ['core'] });
const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), wasi.getImportObject());
process.exitCode = wasi.start(instance);
"""


def skip(why):
    print('skipped: ' + why)
    sys.exit(77)


def run(*command, **more):
    done = subprocess.run(command, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    if done.returncode:
        sys.exit('%s:\n%s' % (' '.join(command), done.stdout[-4000:]))
    return done.stdout


def with_node(place, module):
    script = os.path.join(place, 'run.mjs')
    with open(script, 'w', encoding='utf-8') as out:
        out.write(NODE)
    return run('node', '--no-warnings', script, module)


def reference(place):
    """What the program prints with the library of the build."""
    path = os.path.join(place, 'reference')
    run('cc', '-DINFO_LINALG=0', '-I' + os.path.join(root, 'include'), program, '-o', path, library)
    return run(path, env=dict(os.environ, LD_LIBRARY_PATH=os.path.dirname(library)))


if shutil.which(COMPILERS[how][0][0]) is None:
    skip(COMPILERS[how][0][0] + ' is not installed')
if how == 'wasi' and not os.path.exists('/usr/lib/wasm32-wasi/libc.a'):
    skip('wasi-libc is not installed')
with tempfile.TemporaryDirectory() as place:
    expected = reference(place)
    print(expected, end='')
    for compiler in COMPILERS[how]:
        compiled, linked = os.path.join(place, 'core.o'), os.path.join(place, 'core.exe')
        run(*compiler, '-O2', '-Werror', '-c', amalgamation, '-o', compiled)
        run(*compiler, '-O2', '-Wall', '-Werror', '-DCORE="libinfo_core.h"', '-I' + os.path.dirname(amalgamation), program, compiled,
            '-o', linked, *(['-lpthread'] if how == 'mingw-w64' else ['-lm']))
        if how == 'mingw-w64' or how == 'wasi' and shutil.which('node') is None:
            print('%s: linked, and not run' % how)
            continue
        given = with_node(place, linked) if how == 'wasi' else run(linked)
        if given != expected:
            sys.exit('%s gives other bits:\n%s' % (' '.join(compiler), given))
