"""Includes point one way: from the measures down to the kernels. Functions are defined in the folder
that declares them. Only contexts choose kernels.

usage: layers.py SOURCE"""
import os
import re
import sys

root = sys.argv[1]
layers = ['info', 'numeric', 'kernels', 'core', 'backend']  # the measures stand above all of them
inclusion = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
comment = re.compile(r'/\*.*?\*/', re.S)
declaration = re.compile(r'^(?:extern )?(?!typedef|static)\w[\w *]*?\b(info_i_\w+)\s*\([^;{]*\);', re.M)
definition = re.compile(r'^(?!static)[\w *]*?\b((?:NAME\()?info_i_\w+)\)?\s*\([^;{]*\)\s*\{', re.M)
foreign = re.compile(r'\b(cblas_\w+|LAPACKE_\w+|openblas_\w+|cblas\.h|lapacke?\.h|s?d?sytrd_\w+)')
wrong, above = [], {}
declared, defined = {}, {}


def rank(folder):
    return layers.index(folder) if folder in layers else len(layers)


for place in ('lib', 'include'):
    for folder, _, files in os.walk(os.path.join(root, place)):
        own = os.path.basename(folder)
        for name in files:
            if not name.endswith(('.c', '.h')):
                continue
            path = os.path.join(folder, name)
            with open(path, encoding='utf-8') as text:
                content = text.read()
            shown = os.path.relpath(path, root)
            bare = comment.sub('', content)
            declared.update((symbol, (own, shown)) for symbol in declaration.findall(bare) if name.endswith('.h'))
            defined.update((symbol, (own, shown)) for symbol in definition.findall(bare))
            for quote, target in inclusion.findall(content):
                other = target.split('/')[0] if '/' in target else None
                if quote == '<' or other is None:
                    continue
                if rank(other) > rank(own):
                    wrong.append('%s includes %s, of a layer above' % (shown, target))
                if other != own and rank(other) == rank(own) == len(layers):
                    above.setdefault(own, set()).add(other)
            if own not in ('core', 'kernels') and 'info_i_kernels_of' in content:
                wrong.append('%s chooses an instruction set; the context has' % shown)
            if shown != os.path.join('lib', 'backend', 'openblas.c'):
                code = re.sub(r'/\*.*?\*/|"[^"\n]*"', '', content, flags=re.S)
                wrong += ['%s names %s' % (shown, found) for found in foreign.findall(code)]


def reaches(start, goal, seen=()):
    return any(other == goal or (other not in seen and reaches(other, goal, seen + (other,)))
               for other in above.get(start, ()))


for symbol, (folder, header) in declared.items():
    whole = defined.get(symbol) or defined.get('NAME(' + symbol[:-4])  # for each of two element types
    if whole and whole[0] != folder:
        wrong.append('%s defines %s, declared in %s' % (whole[1], symbol, header))
wrong += ['lib/%s and the folders it includes include it in turn' % folder for folder in above
          if reaches(folder, folder)]
for line in wrong:
    print(line)
sys.exit(bool(wrong))
