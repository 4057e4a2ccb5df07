"""Builds a project that has libinfo as a subproject, shared and static, installs it and runs its program.

usage: subproject.py SOURCE LINALG"""
import os
import shutil
import subprocess
import sys
import tempfile

source, linalg = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
project = """project('stranger', 'c', default_options: ['buildtype=plain'])
info = dependency('libinfo', fallback: ['libinfo', 'libinfo_dep'])
executable('program', 'program.c', dependencies: [info, meson.get_compiler('c').find_library('m')], install: true)
"""


def run(*command, cwd, **more):
    done = subprocess.run(command, cwd=cwd, text=True, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **more)
    if done.returncode:
        sys.exit('%s:\n%s' % (' '.join(command), done.stdout[-4000:]))
    return done.stdout


with tempfile.TemporaryDirectory() as place:
    shutil.copy(os.path.join(here, 'program.c'), place)
    os.mkdir(os.path.join(place, 'subprojects'))
    os.symlink(source, os.path.join(place, 'subprojects', 'libinfo'))
    with open(os.path.join(place, 'meson.build'), 'w', encoding='utf-8') as out:
        out.write(project)
    for kind in ('shared', 'static'):
        # No pkg-config file of cJSON or Check is in sight: neither is needed.
        hidden = dict(os.environ, PKG_CONFIG_LIBDIR='/nowhere')
        run('meson', 'setup', kind, '--force-fallback-for=libinfo', '-Dlibinfo:linalg=' + linalg,
            '-Ddefault_library=' + kind, '--prefix=/usr', env=hidden, cwd=place)
        run('ninja', '-C', kind, cwd=place)
        built = [name for _, _, names in os.walk(os.path.join(place, kind)) for name in names]
        wrong = [name for name in built if name.startswith(('test_', 'lm_report'))]
        wrong += [name for name in built if name == ('libinfo.so.0.1.0' if kind == 'static' else 'libinfo.a')]
        if wrong:
            sys.exit('a %s subproject builds %s' % (kind, ' '.join(sorted(wrong))))
        print(run(os.path.join(kind, 'program'), cwd=place), end='')

        prefix = os.path.join(place, 'root-' + kind)
        run('meson', 'install', '-C', kind, '--no-rebuild', env=dict(os.environ, DESTDIR=prefix), cwd=place)
        placed = [os.path.relpath(os.path.join(folder, name), prefix)
                  for folder, _, names in os.walk(prefix) for name in names]
        libraries = {os.path.dirname(name) for name in placed if '/libinfo.so' in name} if kind == 'shared' else set()
        if [name for name in placed if os.path.dirname(name) not in libraries] != ['usr/bin/program']:
            sys.exit('a %s subproject installs %s' % (kind, ' '.join(sorted(placed))))
        run(os.path.join(prefix, 'usr/bin/program'), cwd=place,
            env=dict(os.environ, LD_LIBRARY_PATH=':'.join(os.path.join(prefix, folder) for folder in libraries)))
