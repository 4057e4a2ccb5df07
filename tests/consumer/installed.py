"""Installs the build to an empty place and uses it as a stranger would.

usage: installed.py c|c++|static|all-static|readme|ctypes|documents|cmake|cmake-static BUILD COMPILER PYTHON"""
import os
import re
import shlex
import shutil
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


def pkg_config(folder, *arguments, package='libinfo'):
    """The flags of what was installed, wherever it lies now; no other package is in sight."""
    with open(os.path.join(folder, package + '.pc'), encoding='utf-8') as text:
        if '${pcfiledir}' not in text.read():  # a build with -Dpkgconfig.relocatable=false
            arguments += '--define-variable=prefix=' + folder[:-len('/pkgconfig')].rsplit('/lib', 1)[0],
    return shlex.split(run('pkg-config', *arguments, package,
                           env=dict(os.environ, PKG_CONFIG_LIBDIR=folder)))


def readme(place):
    """The program that README.md begins with, and what it says it prints."""
    with open(os.path.join(here, '..', '..', 'README.md'), encoding='utf-8') as text:
        program = re.search(r'```c[^\n]*\n(.*?)```', text.read(), re.S).group(1)
    source = os.path.join(place, 'readme.c')
    with open(source, 'w', encoding='utf-8') as out:
        out.write(program)
    return source, re.search(r'printf.*/\* (.*) \*/', program).group(1)


def broken_links(place):
    """Links of installed documents that lead nowhere, and documents of the tree that are not installed."""
    folder = next(path for path, _, _ in os.walk(place) if path.endswith('/share/doc/libinfo'))
    pages = [os.path.relpath(os.path.join(path, name), folder) for path, _, names in os.walk(folder) for name in names]
    faults = []
    for page in (page for page in pages if page.endswith('.md')):
        with open(os.path.join(folder, page), encoding='utf-8') as text:
            for target in re.findall(r'\]\(([^)#]+)[^)]*\)', text.read()):
                if '://' not in target and not os.path.isfile(os.path.join(folder, os.path.dirname(page), target)):
                    faults.append('%s links to %s' % (page, target))
    docs = os.path.join(here, '..', '..', 'docs')
    faults += ['docs/%s is not installed' % name for name in os.listdir(docs)
               if name.endswith('.md') and 'docs/' + name not in pages]
    return faults + ([] if 'README.md' in pages else ['no README.md'])


def with_cmake(place, target):
    """The output of the consumer's program, built by CMake after the prefix has moved."""
    moved = place + '/moved'
    os.rename(os.path.join(place, os.listdir(place)[0]), moved)
    with open(os.path.join(place, 'CMakeLists.txt'), 'w', encoding='utf-8') as out:
        out.write('cmake_minimum_required(VERSION 3.13)\nproject(stranger C)\n'
                  'find_package(libinfo 0.1 REQUIRED)\nadd_executable(program %s/program.c)\n'
                  'target_link_libraries(program PRIVATE %s m)\n' % (here, target))
    prefix = next(folder for folder, names, _ in os.walk(moved) if 'include' in names)
    run('cmake', '-S', place, '-B', place + '/build', '-DCMAKE_PREFIX_PATH=' + prefix, env=dict(os.environ, CC='cc'))
    run('cmake', '--build', place + '/build')
    return run(place + '/build/program')


with tempfile.TemporaryDirectory() as place:
    pc = installed(place)
    if how.startswith('cmake'):
        if not shutil.which('cmake'):
            print('skipped: CMake is not installed')
            sys.exit(77)
        print(with_cmake(place, 'libinfo::static' if how == 'cmake-static' else 'libinfo::libinfo'), end='')
        sys.exit(0)
    if how == 'documents':
        sys.exit('\n'.join(broken_links(place)) or 0)
    libraries = os.path.dirname(pc)
    if how == 'ctypes':
        done = subprocess.run([python, os.path.join(here, 'foreign.py'), os.path.join(libraries, 'libinfo.so.0')],
                              check=False)
        sys.exit(done.returncode)
    program, source, expected = os.path.join(place, 'program'), os.path.join(here, 'program.c'), None
    if how == 'readme':
        source, expected = readme(place)
    language = ['-x', 'c++', '-std=c++11'] if how == 'c++' else ['-std=c99']
    flags = pkg_config(pc, '--cflags')
    if how == 'static':
        links = pkg_config(pc, '--libs', package='libinfo-static')
    elif how == 'all-static':
        links = ['-static', *pkg_config(pc, '--libs', '--static')]
    else:
        links = pkg_config(pc, '--libs') + ['-Wl,-rpath,' + libraries]
    print(run(*shlex.split(compiler), *language, '-Wall', '-Wextra', '-pedantic', '-Werror',
              source, '-x', 'none', '-o', program, *flags, *links, '-lm'), end='')
    printed = run(program)
    print(printed, end='')
    if expected and printed.strip() != expected:
        sys.exit('README.md promises ' + expected)
    dynamic = subprocess.run(['ldd', program], check=False, capture_output=True, text=True).stdout
    if how == 'static' and 'libinfo' in dynamic or how == 'all-static' and '=>' in dynamic:
        sys.exit('linked the shared library')
