"""Writes layouts.c: where the fields of every public struct that starts with its size end.

usage: layouts.py OUTPUT HEADER..."""
import re
import sys

output, headers = sys.argv[1], sys.argv[2:]
struct = re.compile(r'typedef struct (info_\w+) \{\s*uint32_t struct_size;(.*?)\} \1;', re.S)
field = re.compile(r'(\w+)(?:\[\w+\])?;')
with open(output, 'w', encoding='utf-8') as out:
    out.write('#include "core/core.h"\n')
    for header in headers:
        out.write('#include "info/%s"\n' % re.split(r'[\\/]', header)[-1])
    for header in headers:
        with open(header, encoding='utf-8') as text:
            code = re.sub(r'/\*.*?\*/', '', text.read(), flags=re.S)
        for name, fields in struct.findall(code):
            ends = ['offsetof({0}, {1}) + sizeof((({0} *)0)->{1})'.format(name, each)
                    for each in ['struct_size'] + field.findall(fields)]
            out.write('static const uint16_t ends_of_%s[] = {%s};\n' % (name, ', '.join(ends + ['sizeof(%s)' % name])))
            out.write('const info_i_layout info_i_layout_of_{0} = {{sizeof({0}), ends_of_{0}, '
                      'sizeof ends_of_{0} / sizeof(uint16_t)}};\n'.format(name))
