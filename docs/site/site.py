# SPDX-License-Identifier: MIT
"""The site: the documents, a table from paper to function, the reference from the headers, and llms.txt.

usage: site.py SOURCE_ROOT OUTPUT VERSION DOXYGEN PAGE..."""
import os
import re
import shutil
import subprocess
import sys

root, output, version, doxygen, *documents = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
theme = '/usr/share/doxygen-awesome-css/doxygen-awesome.css'
FUNCTION = re.compile(r'/\*\*(?P<comment>(?:(?!\*/).)*)\*/\s*INFO_API [^;(]*?\b(?P<name>info_\w+)\(', re.S)


def functions():
    """(header, name, comment in one line) of every documented function."""
    folder = os.path.join(root, 'include', 'info')
    for header in sorted(os.listdir(folder)):
        if header.endswith('.h'):
            with open(os.path.join(folder, header), encoding='utf-8') as text:
                for found in FUNCTION.finditer(text.read()):
                    yield header, found['name'], re.sub(r'\s*\n \*\s*', ' ', found['comment']).strip()


def sources():
    rows = []
    for header, name, comment in functions():
        for source in re.findall(r'Sources?: (.*?)(?:\.(?= [A-Z]|$)|$)', comment):
            rows.append((source.strip(), name, header))
    rows.sort(key=lambda row: row[0].lower())
    return '# From paper to function\n\nWhat the comments of the headers name as their sources.\n\n' \
        '| paper, equation | function | header |\n|---|---|---|\n' + \
        ''.join('| %s | %s() | info/%s |\n' % (source.replace('|', '\\|'), name, header) for source, name, header in rows)


def page(text):
    """A document as doxygen reads it: fences without a file's name, pictures beside the pages."""
    text = re.sub(r'^```(\w+) .*$', r'```\1', text, flags=re.M)
    text = re.sub(r'^```(sh|console|text)$', '```', text, flags=re.M)
    return re.sub(r'\]\((?:\.\./|docs/)?(?:images|figures)/', '](', text)


def llms():
    lines = ['# libinfo', '', '> A C library that measures how much information a language model carries, loses or wastes.', '',
             '## Documents', '']
    for name in documents:
        with open(os.path.join(root, name), encoding='utf-8') as text:
            lines.append('- [%s](%s)' % (re.search(r'^# (.*)$', text.read(), re.M).group(1), name))
    header = None
    for header_name, name, comment in functions():
        if header_name != header:
            header = header_name
            lines += ['', '## info/' + header, '']
        lines.append('- %s: %s' % (name, re.split(r'(?<=[.:])\s', comment)[0]))
    return '\n'.join(lines) + '\n'


shutil.rmtree(output, ignore_errors=True)
pages = os.path.join(output, 'pages')
subprocess.run([sys.executable, os.path.join(here, '..', 'documents.py'), root, pages, *documents], check=True)
for document in documents:
    with open(os.path.join(pages, document), 'r+', encoding='utf-8') as text:
        changed = page(text.read())
        text.seek(0)
        text.truncate()
        text.write(changed)
with open(os.path.join(pages, 'docs', 'papers.md'), 'w', encoding='utf-8') as out:
    out.write(sources())
with open(os.path.join(here, 'Doxyfile.in'), encoding='utf-8') as text:
    configuration = text.read()
for key, value in {'root': root, 'output': output, 'pages': pages, 'version': version,
                   'theme': theme if os.path.exists(theme) else ''}.items():
    configuration = configuration.replace('@%s@' % key, value)
subprocess.run([doxygen, '-'], input=configuration, text=True, check=True)
for folder in ('images', 'figures'):
    for name in os.listdir(os.path.join(root, 'docs', folder)):
        if name.endswith(('.png', '.svg')):
            shutil.copy(os.path.join(root, 'docs', folder, name), output)
with open(os.path.join(output, 'llms.txt'), 'w', encoding='utf-8') as out:
    out.write(llms())
shutil.rmtree(pages)

# A page that doxygen complains of, or a link that leads nowhere, is a fault.
with open(os.path.join(output, 'warnings.txt'), encoding='utf-8') as text:
    faults = text.read().splitlines()
os.remove(os.path.join(output, 'warnings.txt'))
for name in os.listdir(output):
    if name.endswith('.html'):
        with open(os.path.join(output, name), encoding='utf-8') as text:
            faults += ['%s: no %s' % (name, target) for target in re.findall(r'(?:href|src)="([^"#:?]+)["#?]', text.read())
                       if not os.path.exists(os.path.join(output, target))]
if faults:
    sys.exit('\n'.join(faults[:50]))
print('open file://%s/index.html' % os.path.abspath(output))
