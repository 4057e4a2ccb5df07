"""Installs the build to an empty place and uses it as a stranger would.

usage: installed.py c|c++|static|ctypes BUILD COMPILER PYTHON"""
import os
import shlex
import subprocess
import sys
import tempfile

os.environ.pop('LD_LIBRARY_PATH', None)  # the installed library is meant, not the build's
how, build, compiler, python = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))


def run(*command, **more):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **more).stdout


def installed(place):
    run('meson', 'install', '-C', build, '--no-rebuild', '--quiet', env=dict(os.environ, DESTDIR=place))
    for folder, _, files in os.walk(place):
        if 'libinfo.pc' in files:
            return folder
    sys.exit('libinfo.pc was not installed')


def pkg_config(place, folder, *arguments):
    paths = os.pathsep.join([folder, os.environ.get('PKG_CONFIG_PATH', '')])
    return shlex.split(run('pkg-config', *arguments, 'libinfo',
                           env=dict(os.environ, PKG_CONFIG_PATH=paths, PKG_CONFIG_SYSROOT_DIR=place)))


with tempfile.TemporaryDirectory() as place:
    pc = installed(place)
    libraries = os.path.dirname(pc)
    if how == 'ctypes':
        done = subprocess.run([python, os.path.join(here, 'foreign.py'), os.path.join(libraries, 'libinfo.so.0')],
                              check=False)
        sys.exit(done.returncode)
    program = os.path.join(place, 'program')
    language = ['-x', 'c++', '-std=c++11'] if how == 'c++' else ['-std=c99']
    flags = pkg_config(place, pc, '--cflags')
    if how == 'static':
        links = ['-Wl,-Bstatic', '-linfo', '-Wl,-Bdynamic'] + \
            [flag for flag in pkg_config(place, pc, '--libs', '--static') if flag != '-linfo']
        # The sysroot belongs to our own paths, not to the system libraries behind us.
        links.insert(0, '-L' + libraries)
    else:
        links = pkg_config(place, pc, '--libs') + ['-Wl,-rpath,' + libraries]
    print(run(*shlex.split(compiler), *language, '-Wall', '-Wextra', '-pedantic', '-Werror',
              os.path.join(here, 'program.c'), '-x', 'none', '-o', program, *flags, *links, '-lm'), end='')
    print(run(program), end='')
    if how == 'static' and 'libinfo' in run('ldd', program):
        sys.exit('linked the shared library')
