# SPDX-License-Identifier: MIT
"""Every code block of a document is run, or is part of what is run, and what is shown is what it prints.

usage: documents.py SOURCE_ROOT BUILD PAGE

The word after a fence's language names the file that the block is compared with:

    ```c examples/guides/loss.c       lines of that program, but for white space and check(ctx, ...); "..." leaves lines out
    ```text examples/guides/loss.c    lines that it prints
    ```console                        commands after "$ ", and what they print; without lines they need only succeed
    ```sh                             commands that install or build: their syntax, and the files that they name, are
                                      checked here; tests/bare.sh runs those of README.md
    ```python, ```json NAME           run, or written to NAME, before the next console block; a comment after print(...) is
                                      what it prints

Other blocks are formulas or layouts: indented, or ```text without a name. Console blocks that need the models and texts of
../shared/data are skipped without them, by name."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

root, build, page = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
shared = os.path.join(root, '..', 'shared', 'data')
programs = os.path.join(build, 'examples')
interface = os.path.join(build, 'include', 'interface', 'libinfo.json')
LOOKS_LIKE_CODE = re.compile(r'^\s*(\$ |\./|cc |meson |ninja |apt|lm_\w+ |build/|tests/|info_\w+\(|#include)', re.M)


def blocks(text):
    """(line, language, name, content) of every block."""
    lines, i = text.split('\n'), 0
    while i < len(lines):
        first = i
        if lines[i].startswith('```'):
            language, _, name = lines[i][3:].strip().partition(' ')
            i = lines.index('```', i + 1)
            yield first + 1, language, name, '\n'.join(lines[first + 1:i])
        elif lines[i].startswith('    ') and not lines[i - 1].strip():
            while i + 1 < len(lines) and (lines[i + 1].startswith('    ') or not lines[i + 1].strip()):
                i += 1
            yield first + 1, 'indented', '', '\n'.join(lines[first:i + 1])
        i += 1


def source(name):
    with open(os.path.join(root, name), encoding='utf-8') as text:
        return text.read()


def condensed(code):
    code = re.sub(r'check\(\w+, (info_.*)\);', r'\1;', code)
    return re.sub(r'\s+', ' ', code).strip()


def is_part(fragment, code):
    at = 0
    for piece in re.split(r'^\s*\.\.\.$', fragment, flags=re.M):
        found = code.find(condensed(piece), at)
        if found < 0:
            return False
        at = found + 1
    return True


def printed_by(name):
    program = os.path.join(programs, 'guide_' + os.path.basename(name)[:-2])
    return subprocess.run([program], cwd=root, check=True, text=True, stdout=subprocess.PIPE).stdout


def prepare(place):
    """What the console blocks find: the data of the project, and the models and texts of others where they are."""
    os.symlink(os.path.join(root, 'examples'), os.path.join(place, 'examples'))
    for name in os.listdir(shared) if os.path.isdir(shared) else []:
        os.symlink(os.path.join(shared, name), os.path.join(place, name))
    stories = os.path.join(place, 'tinystories.txt')
    if os.path.exists(stories):
        with open(stories, 'rb') as text, open(os.path.join(place, 'tinystories-20k.txt'), 'wb') as out:
            out.write(text.read(20000))
        with open(stories, 'rb') as text, open(os.path.join(place, 't.txt'), 'wb') as out:
            end = b'<|endoftext|>\n'
            out.write(end.join(text.read().split(end)[:60]) + end)
    shutil.copy(os.path.join(root, 'examples', 'data', 'story.txt'), os.path.join(place, 'text.txt'))
    activations = os.path.join(root, 'examples', 'data', 'activations')
    os.mkdir(os.path.join(place, 'dumps'))
    for name in ('one', 'two'):
        os.symlink(activations, os.path.join(place, 'dumps', name))
    for name, model in (('small', 'untrained'), ('medium', 'model'), ('large', 'second')):
        write_last_layer(os.path.join(activations, model, 'hidden.npy'), os.path.join(place, name + '.npy'))


def write_last_layer(states, out):
    with open(states, 'rb') as file:
        data = file.read()
    header = data[10:128].decode('latin-1')
    layers, rows, width = map(int, re.search(r'\((\d+), (\d+), (\d+)\)', header).groups())
    header = re.sub(r'\([^)]*\)', '(%d, %d)' % (rows, width), header).rstrip().ljust(117) + '\n'
    with open(out, 'wb') as file:
        file.write(data[:10] + header.encode('latin-1') + data[128 + (layers - 1) * 2 * rows * width:])


def run(command, place):
    return subprocess.run(['sh', '-c', command], cwd=place, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=dict(os.environ, PATH=programs + os.pathsep + os.environ['PATH'],
                                   PYTHONPATH=os.path.join(here, 'stand_in') + os.pathsep +
                                   os.path.join(root, 'examples', 'bindings', 'python'), PYTHONDONTWRITEBYTECODE='1',
                                   LIBINFO_INTERFACE=interface,
                                   LIBINFO_LIBRARY=os.path.join(build, 'lib', 'libinfo.so.0')), check=False)


def wrong_console(content, place):
    """A line begins with "$ " for each command; what follows is its output."""
    for part in re.split(r'^\$ ', content, flags=re.M)[1:]:
        command, _, shown = part.partition('\n')
        needed = [name for name in ('stories260K.bin', 'stories260K-q8.bin', 'tok512.bin', 't.txt', 'tinystories.txt',
                                    'tinystories-20k.txt', 'tinyshakespeare.txt')
                  if name in command.split() and not os.path.exists(os.path.join(place, name))]
        if needed:
            print('skipped: %s: %s (needs %s)' % (os.path.basename(page), command, ' '.join(needed)))
            return None
        if 'mpirun' in command and not (shutil.which('mpirun') and os.path.exists(os.path.join(programs, 'lm_evaluate_mpi'))):
            print('skipped: %s: %s (needs MPI)' % (os.path.basename(page), command))
            return None
        done = run(command, place)
        if shown.strip() and not is_part(shown, re.sub(r'\s+', ' ', done.stdout)):
            return '%s prints\n%s' % (command, done.stdout)
        if not shown.strip() and done.returncode:
            return '%s fails:\n%s' % (command, done.stdout)
    return None


def wrong_python(content, place):
    needed = [] if run('/usr/bin/python3 -c "import numpy"', place).returncode == 0 else ['numpy']
    if 'import libinfo' in content and not os.path.exists(interface):
        needed.append('libinfo.json')
    if needed:
        print('skipped: %s: a block of Python (needs %s)' % (os.path.basename(page), ' '.join(needed)))
        return None
    done = run('/usr/bin/python3 block.py', place)
    shown = re.findall(r'^print\(.*\)  # (.*)$', content, re.M)
    return done.stdout if done.returncode or (shown and shown != done.stdout.splitlines()) else None


def wrong_commands(content):
    done = subprocess.run(['sh', '-n'], input=content, text=True, capture_output=True, check=False)
    missing = [word for word in re.findall(r'(?<![\w$/."-])(?:\./)?(?:tests|bench|examples|\.ci)/[\w./]+', content)
               if not os.path.exists(os.path.join(root, word))]
    return done.stderr or ('not in the tree: ' + ' '.join(missing) if missing else None)


def wrong(language, name, content, place):
    if language in ('c', 'python') and name:
        return None if is_part(content, condensed(source(name))) else 'is not in ' + name
    if language == 'text' and name:
        printed = printed_by(name)
        return None if content + '\n' in printed else '%s prints\n%s' % (name, printed)
    if language == 'console':
        return wrong_console(content, place)
    if language == 'sh':
        return wrong_commands(content)
    if language == 'json' and name:
        with open(os.path.join(place, name), 'w', encoding='utf-8') as out:
            out.write(content)
        return None
    if language == 'python':
        with open(os.path.join(place, 'block.py'), 'w', encoding='utf-8') as out:
            out.write(content)
        return wrong_python(content, place)
    if language == 'indented' or (language == 'text' and not name):
        return 'is code without a fence' if LOOKS_LIKE_CODE.search(content) else None
    return 'nothing checks a block of "%s %s"' % (language, name)


with tempfile.TemporaryDirectory() as work:
    prepare(work)
    faults = []
    for at, kind, target, body in blocks(source(page)):
        fault = wrong(kind, target, body, work)
        if fault:
            faults.append('%s:%d: %s' % (page, at, fault))
sys.exit('\n'.join(faults) or 0)
