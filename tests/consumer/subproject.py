"""Builds a project that has libinfo as a subproject, and runs its program.

usage: subproject.py SOURCE"""
import os
import shutil
import subprocess
import sys
import tempfile

source = sys.argv[1]
here = os.path.dirname(os.path.abspath(__file__))
project = """project('stranger', 'c', default_options: ['buildtype=plain'])
info = dependency('libinfo', fallback: ['libinfo', 'libinfo_dep'])
executable('program', 'program.c', dependencies: [info, meson.get_compiler('c').find_library('m')])
"""

with tempfile.TemporaryDirectory() as place:
    shutil.copy(os.path.join(here, 'program.c'), place)
    os.mkdir(os.path.join(place, 'subprojects'))
    os.symlink(source, os.path.join(place, 'subprojects', 'libinfo'))
    with open(os.path.join(place, 'meson.build'), 'w', encoding='utf-8') as out:
        out.write(project)
    for command in (['meson', 'setup', 'build', '--force-fallback-for=libinfo', '-Dlibinfo:tests=false',
                     '-Dlibinfo:examples=false', '-Dlibinfo:linalg=reference'],
                    ['ninja', '-C', 'build', 'program'], ['build/program']):
        done = subprocess.run(command, cwd=place, text=True, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode:
            sys.exit('%s:\n%s' % (' '.join(command), done.stdout[-4000:]))
    print(done.stdout, end='')
