# SPDX-License-Identifier: MIT
"""A binding computes the shared vectors: the same bits as C, and the same text of an error. The program of its page prints
what the page says.

usage: languages.py LANGUAGE SOURCE_ROOT LIBRARY REFERENCE COMPILER...

REFERENCE is vectors.c, compiled. Skipped where the language is missing."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

language, root, library, reference = sys.argv[1:5]
library, reference = os.path.abspath(library), os.path.abspath(reference)
compiler = sys.argv[5:]
here = os.path.join(root, 'tests', 'languages')
bindings = os.path.join(root, 'examples', 'bindings')
vectors = os.path.join(here, 'vectors.txt')
NEEDED = {'cpp': [], 'go': ['go', 'pkg-config'], 'r': ['R', 'Rscript', 'pkg-config']}


def run(*command, **more):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **more).stdout


def write_package(place):
    """libinfo.pc of the library in the build."""
    with open(os.path.join(place, 'libinfo.pc'), 'w', encoding='utf-8') as out:
        out.write('Name: libinfo\nDescription: as built\nVersion: 0.1.0\nCflags: -I%s\nLibs: -L%s -linfo\n' % (
            os.path.join(root, 'include'), os.path.dirname(library)))


def page_program(place, name):
    """The program of the binding's page, written down, and what it says it prints."""
    with open(os.path.join(bindings, language, 'README.md'), encoding='utf-8') as page:
        program = re.search(r'^```%s\n(.*?)^```$' % language, page.read(), re.S | re.M).group(1)
    path = os.path.join(place, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as out:
        out.write(program)
    return path, re.search(r'(?://|#) ([\[\d].*)$', program, re.M).group(1)


def cpp(place):
    header = os.path.join(place, 'info')
    os.mkdir(header)
    shutil.copy(os.path.join(bindings, 'cpp', 'info.hpp'), header)
    program, (page, promised) = os.path.join(place, 'program'), page_program(place, 'page.cpp')

    def build(source, *more):
        run(*compiler, *more, '-Wall', '-Wextra', '-pedantic', '-Wshadow', '-Wconversion', '-Werror', '-I' + place,
            '-I' + os.path.join(root, 'include'), source, '-o', program, library)
    build(page, '-std=c++17')
    shown = run(program)
    for options in (['-std=c++17'], ['-std=c++20'], ['-std=c++17', '-fno-exceptions', '-fno-rtti']):
        build(os.path.join(here, 'vectors.cpp'), *options)
    return run(program, vectors), shown, promised


def go(place):
    module = os.path.join(place, 'go')
    shutil.copytree(os.path.join(bindings, 'go'), module)
    os.environ.update(GOFLAGS='-mod=mod', GOPROXY='off', GO111MODULE='on', GOTOOLCHAIN='local', CGO_ENABLED='1',
                      GOCACHE=os.path.join(os.path.dirname(reference), 'go-cache'), GOPATH=os.path.join(place, 'path'))
    run('go', 'vet', './...', cwd=module)
    run('go', 'test', './...', cwd=module)
    page, promised = page_program(place, os.path.join('page', 'main.go'))
    with open(os.path.join(place, 'page', 'go.mod'), 'w', encoding='utf-8') as out:
        out.write('module page\n\ngo 1.19\n\nrequire libinfo v0.0.0\n\nreplace libinfo => %s\n' % module)
    shown = run('go', 'run', '.', cwd=os.path.dirname(page))
    return run('go', 'run', './vectors', vectors, cwd=module), shown, promised


def r(place):
    package, packages = os.path.join(place, 'libinfo'), os.path.join(place, 'packages')
    shutil.copytree(os.path.join(bindings, 'r', 'libinfo'), package)
    os.mkdir(packages)
    run('R', 'CMD', 'INSTALL', '--no-test-load', '--library=' + packages, package, stderr=subprocess.STDOUT)
    os.environ['R_LIBS'] = packages
    page, promised = page_program(place, 'page.R')
    return run('Rscript', os.path.join(here, 'vectors.R'), vectors), run('Rscript', page), promised


missing = [tool for tool in NEEDED[language] if shutil.which(tool) is None]
if missing:
    print('skipped: %s is not installed' % missing[0])
    sys.exit(77)
with tempfile.TemporaryDirectory() as folder:
    write_package(folder)
    os.environ['PKG_CONFIG_PATH'] = folder
    os.environ['LD_LIBRARY_PATH'] = os.path.dirname(library)
    try:
        given, shown, promised = {'cpp': cpp, 'go': go, 'r': r}[language](folder)
    except subprocess.CalledProcessError as failure:
        sys.exit('%s\n%s' % (failure, failure.stdout))
expected = run(reference, vectors)
print(expected, end='')
if given != expected:
    sys.exit('%s gives other numbers:\n%s' % (language, given))
if shown.strip() != promised:
    sys.exit('the page of %s promises %s, its program prints %s' % (language, promised, shown))
