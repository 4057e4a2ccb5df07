"""Writes the core as two files, libinfo_core.c and libinfo_core.h, for projects that compile it with their own.

usage: amalgamate.py LIBINFO_CORE_C LIBINFO_CORE_H VERSION INCLUDE_DIRS SOURCE...     (INCLUDE_DIRS with colons between)

All kernels are those of plain C. A name at file scope that two sources define gets its file's name in front; macros end
with their file."""
import collections
import os
import re
import sys

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|[A-Za-z_]\w*|->|\s+|\\\n|.', re.S)
INCLUDE = re.compile(r'^#include ([<"])([^>"]+)[>"].*\n', re.M)
GUARDED = re.compile(r'\A\s*(?:/\*.*?\*/\s*)?#ifndef (\w+_H)\n#define \1\n(.*)#endif\s*\Z', re.S)
MACRO = re.compile(r'^#(define|undef) (\w+)', re.M)
OTHER_LEVELS = ('kernels/vector_avx2.h', 'kernels/vector_avx512.h')

BEFORE = """#define INFO_LINALG 0
#define INFO_I_ONE_LEVEL /* kernels of plain C only */
#define INFO_I_LEVEL 1
#define INFO_I_CPU_LEVELS "c"
#define INFO_I_BACKEND_NAME "none"

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "libinfo cannot be built with fast-math: its results rest on IEEE arithmetic"
#endif
#if !defined(__SIZEOF_INT128__)
#error "libinfo needs 128-bit integers"
#endif

/* A product and a sum are two roundings, on processors that could do them in one, too. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif
"""


def fail(text):
    sys.exit('amalgamate.py: ' + text)


def read(path):
    with open(path, encoding='utf-8') as text:
        return text.read()


class Tree:
    """The sources, and where their includes are found."""

    def __init__(self, folders, sources):
        self.folders, self.done, self.system, self.below = folders, set(), [], {}
        self.own = {path: file_scope(read(path)) for path in sources}
        for path in sources:
            self.own.update((each, file_scope(read(each))) for each in self.headers_below(path))
        times = collections.Counter(name for names in self.own.values() for name in names)
        self.shared = {name for name, count in times.items() if count > 1}

    def headers_below(self, path):
        """The headers with guards that a file includes, directly or not."""
        if path not in self.below:
            self.below[path] = found = []
            for _, name in INCLUDE.findall(read(path)):
                each = None if name.startswith('info/') or name in OTHER_LEVELS else self.find(name, False)
                if each:
                    found += [each] if GUARDED.match(read(each)) else []
                    found += self.headers_below(each)
        return self.below[path]

    def text(self, path):
        """A file's text, in which names that others define too begin with the name of the file that is meant."""
        new = {}
        for each in self.headers_below(path) + [path]:
            new.update((name, prefix_of(each) + name) for name in self.own.get(each, set()) & self.shared)
        return renamed(read(path), new)

    def find(self, name, needed=True):
        for folder in self.folders:
            if os.path.exists(os.path.join(folder, name)):
                return os.path.join(folder, name)
        return fail('no ' + name) if needed else None

    def expanded(self, text, conditional=False):
        """Text with its own headers in place of their includes; those of the system are collected."""
        out, at, depth = '', 0, 0
        for found in INCLUDE.finditer(text):
            before = text[at:found.start()]
            depth += len(re.findall(r'^#if', before, re.M)) - len(re.findall(r'^#endif', before, re.M))
            out += before + self.included(found, conditional or depth > 0)
            at = found.end()
        return out + text[at:]

    def included(self, found, conditional):
        system, name = found.group(1) == '<', found.group(2)
        if name.startswith('info/') or name in OTHER_LEVELS:
            return ''
        if system:
            if conditional:
                return found.group(0)
            self.system += [name] if name not in self.system else []
            return ''
        text = self.text(self.find(name))
        guarded = GUARDED.match(text)
        if not guarded:
            return self.expanded(text, conditional)
        if name in self.done:
            return ''
        self.done.add(name)
        return '/* ---- %s ---- */\n' % name + self.expanded(guarded.group(2), conditional)


def file_scope(text):
    """Names of functions, objects, types and enumerators that are the file's own."""
    bare = re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', ' ', text, flags=re.S)
    bare = re.sub(r'^#.*(?:\\\n.*)*$', '', bare, flags=re.M)
    bare = re.sub(r'__attribute__\(\(.*?\)\)', '', bare)
    bare = re.sub(r'^typedef struct (\w+) \1;', '', bare, flags=re.M)  # told ahead, defined elsewhere
    names = set(re.findall(r'^(?:static|INLINE) [^;={}()]*?\b(\w+)(?:\(|\[[^=]*=| =|;)', bare, re.M))
    names |= set(re.findall(r'^(?:typedef )?(?:struct|union) (\w+) \{', bare, re.M))
    names |= set(re.findall(r'^\} (\w+);', bare, re.M)) | set(re.findall(r'^typedef [^{}]*?(?:\(\*)?(\w+)\)?(?:\([^{}]*\))?;$', bare, re.M))
    names |= set(re.findall(r'^(?:\w[\w ]*[ *])?(info_i_\w+)\([^{}]*?\);', bare, re.M))
    for body in re.findall(r'^(?:typedef )?enum (?:\w+ )?\{(.*?)\}', bare, re.M | re.S):
        names |= set(re.findall(r'(\w+)\s*(?:=[^,]*)?(?:,|$)', body.strip()))
    return {name for name in names if not re.match(r'(?:info|INFO)_(?!i_|I_)', name)}


def prefix_of(path):
    return '_'.join(path.split(os.sep)[-2:])[:-2] + '_'


def renamed(text, names):
    """Text with new names, members of structs of the same name excepted."""
    if not names:
        return text
    tokens = TOKEN.findall(text)
    solid = [i for i, token in enumerate(tokens) if not token.isspace() and not token.startswith(('/*', '//'))]
    structs, depth, opening = [], 0, False
    for k, i in enumerate(solid):
        token = tokens[i]
        near = [tokens[solid[j]] if 0 <= j < len(solid) else '' for j in (k - 2, k - 1, k + 1)]
        if token == '{':
            depth += 1
            if opening:
                structs.append(depth)
            opening = False
        elif token == '}':
            if structs and structs[-1] == depth:
                structs.pop()
            depth -= 1
        elif token in ('struct', 'union'):
            opening = near[2] == '{' or (k + 2 < len(solid) and tokens[solid[k + 2]] == '{')
        elif token in names:
            member = near[1] == '->' or (near[1] == '.' and near[0] != '.')
            declared = structs and structs[-1] == depth and (near[2] in (';', ',', '[') or near[0] + near[1] == '(*')
            if not member and not declared:
                tokens[i] = names[token]
    return ''.join(tokens)


def source(tree, path):
    text = read(path)
    body = tree.expanded(tree.text(path))
    own = [name for what, name in MACRO.findall(text) if what == 'define']
    ended = [name for what, name in MACRO.findall(text) if what == 'undef']
    after = ''.join('#undef %s\n' % name for name in dict.fromkeys(own) if own.count(name) > ended.count(name))
    return '\n/* ==== %s ==== */\n\n%s\n%s' % ('/'.join(path.split(os.sep)[-2:]), body.strip(), after)


def header(tree, version):
    """The public headers, one after the other."""
    done, text = [], ''

    def add(name):
        nonlocal text
        if name in done:
            return
        done.append(name)
        whole = re.sub(r'^#if INFO_LINALG\n.*?^#endif\n', '', read(tree.find(name)), flags=re.M | re.S)
        for below in re.findall(r'^#include <(info/\w+\.h)>', whole, re.M):
            add(below)
        body = GUARDED.match(whole).group(2)
        text += '/* ==== %s ==== */\n' % name + re.sub(r'^#include <info/.*\n', '', body, flags=re.M)
    add('info/info.h')
    return ('/* SPDX-License-Identifier: MIT\n * The core of libinfo %s in one header, made from its sources. */\n'
            '#ifndef LIBINFO_CORE_H\n#define LIBINFO_CORE_H\n\n#ifndef INFO_LINALG\n#define INFO_LINALG 0\n#endif\n\n'
            '%s\n#endif\n' % (version, re.sub(r'\n{3,}', '\n\n', text)))


def main():
    c_path, h_path, version, folders, *paths = sys.argv[1:]
    paths = [path for path in paths if path.endswith('.c')]
    tree = Tree(folders.split(':'), paths)
    body = ''.join(source(tree, path) for path in paths)
    with open(c_path, 'w', encoding='utf-8') as out:
        out.write('/* SPDX-License-Identifier: MIT\n * The core of libinfo %s in one file, made from its sources: cc -O2 -c %s */\n'
                  '#ifndef _GNU_SOURCE\n#define _GNU_SOURCE\n#endif\n\n%s\n%s\n#include "%s"' % (
                      version, os.path.basename(c_path), BEFORE,
                      ''.join('#include <%s>\n' % name for name in sorted(tree.system)), os.path.basename(h_path)))
        out.write(re.sub(r'\n{3,}', '\n\n', body))
    with open(h_path, 'w', encoding='utf-8') as out:
        out.write(header(tree, version))


if __name__ == '__main__':
    main()
