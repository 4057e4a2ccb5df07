"""Describes the public interface, from the headers, for those that cannot read C.

usage: describe.py INCLUDE_DIR libinfo.json info.cdef.h [-DNAME=VALUE...]

libinfo.json holds every constant, type, struct (with offsets), callback and function (with the role of each parameter
and the length of each output); `element` names what says of which type the elements behind a `const void *` are: another
field of the struct, or a field of the function's options. info.cdef.h the same declarations as plain C without preprocessor lines, as FFI parsers
want them. Needs libclang and its Python bindings.
"""
import json
import os
import re
import sys

from clang import cindex
from clang.cindex import CursorKind, TypeKind

from lengths import OF_MANY_MATRICES, counted, length_needed

OPTION_SUFFIX = 'options'
ARRAYS = ('matrices', 'array', 'integers', 'array out', 'struct', 'struct out', 'bytes')
ELEMENT_TYPES = ('info_integer', 'info_dtype')
COUNTS = ('count', 'length', 'points', 'shards', 'width', 'condition_count', 'tiles')


def parse(include, definitions):
    options = cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD
    unit = cindex.Index.create().parse(os.path.join(include, 'info', 'info.h'), ['-std=c11', '-I', include, *definitions],
                                       options=options)
    errors = [str(d) for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Warning]
    if errors:
        sys.exit('\n'.join(errors))
    return unit


def text_of(comment):
    """A comment without its stars."""
    lines = re.sub(r'^/\*+|\*+/$', '', comment or '').splitlines()
    lines = [re.sub(r'^\s*\*? ?', '', line, count=1) if i else line.strip() for i, line in enumerate(lines)]
    return '\n'.join(line.rstrip() for line in lines).strip()


class Headers:
    """The headers' own text, for what the parser does not keep: comments at the end of a line."""

    def __init__(self):
        self.texts = {}

    def remark(self, cursor):
        """The comment that follows a declaration on its line and goes on below it."""
        name = cursor.location.file.name
        if name not in self.texts:
            with open(name, 'rb') as file:
                self.texts[name] = file.read()
        rest = self.texts[name][cursor.extent.end.offset:].decode()
        found = re.match(r';?[^\S\n]*(/\*.*?\*/)', rest, re.S)
        return re.sub(r'\s+', ' ', text_of(found.group(1))) if found else ''


HEADERS = Headers()


def header(cursor):
    return os.path.basename(cursor.location.file.name)


def is_ours(cursor):
    return cursor.location.file is not None and os.path.basename(os.path.dirname(cursor.location.file.name)) == 'info'


def number(tokens):
    expression = ''.join(tokens)
    if re.fullmatch(r'\(?-?(0x[0-9a-fA-F]+|\d+)\)?', expression):
        return int(expression.strip('()'), 0)
    return None


def constants_and_types(unit):
    """Constants in the order of the headers, each with the type it belongs to: the typedef of an integer above it."""
    marks = []
    for cursor in unit.cursor.get_children():
        if not is_ours(cursor):
            continue
        if cursor.kind == CursorKind.MACRO_DEFINITION and cursor.spelling.startswith('INFO_'):
            marks.append((header(cursor), cursor.location.line, 'constant', cursor))
        elif cursor.kind == CursorKind.TYPEDEF_DECL and cursor.underlying_typedef_type.kind in (TypeKind.INT,
                                                                                               TypeKind.TYPEDEF):
            marks.append((header(cursor), cursor.location.line, 'type', cursor))
        elif cursor.kind in (CursorKind.FUNCTION_DECL, CursorKind.STRUCT_DECL):
            marks.append((header(cursor), cursor.location.line, 'other', cursor))
    constants, types, current, of_header = {}, {}, None, None
    for name, _, what, cursor in sorted(marks, key=lambda mark: mark[:2]):
        if name != of_header or what == 'other':
            current, of_header = None, name
        if what == 'type':
            current = cursor.spelling
            types[current] = {'base': cursor.underlying_typedef_type.spelling, 'header': name,
                              'doc': text_of(cursor.raw_comment), 'constants': []}
        elif what == 'constant':
            value = number([token.spelling for token in list(cursor.get_tokens())[1:]
                            if token.kind != cindex.TokenKind.COMMENT])
            if value is None:
                continue
            constants[cursor.spelling] = {'value': value, 'type': current, 'header': name,
                                          'doc': HEADERS.remark(cursor)}
            if current:
                types[current]['constants'].append(cursor.spelling)
    return constants, {name: kind for name, kind in types.items()}


def struct(cursor):
    fields = []
    for field in cursor.type.get_fields():
        entry = {'name': field.spelling, 'type': spelled(field.type), 'offset': field.get_field_offsetof() // 8,
                 'size': field.type.get_size(), 'doc': HEADERS.remark(field)}
        if field.type.kind == TypeKind.CONSTANTARRAY:
            entry['type'] = spelled(field.type.element_type)
            entry['count'] = field.type.element_count
        fields.append(entry)
    types = [each['name'] for each in fields if each['type'] in ELEMENT_TYPES]
    for each in fields:
        if each['type'] == 'const void*' and len(types) == 1:
            each['element'] = types[0]
    return {'header': header(cursor), 'doc': text_of(cursor.raw_comment), 'size': cursor.type.get_size(),
            'align': cursor.type.get_align(), 'fields': fields}


def spelled(kind):
    return kind.spelling.replace(' *', '*').replace('struct ', '')


def element_type(cursor, structs):
    """The option that says of which type a function's integers are: options.target_type."""
    for each in cursor.get_arguments():
        fields = structs.get(spelled(each.type.get_pointee()).replace('const ', ''), {'fields': []})['fields']
        found = [field['name'] for field in fields if field['type'] == 'info_integer']
        if each.spelling.endswith(OPTION_SUFFIX) and found:
            return each.spelling + '.' + found[0]
    return None


def role(kind, name, structs, opaque):
    """What a parameter is for."""
    pointee = kind.get_pointee()
    target = spelled(pointee).replace('const ', '')
    if kind.kind != TypeKind.POINTER:
        return 'callback' if spelled(kind).endswith('_fn') else 'value'
    if target == 'info_ctx':
        return 'context'
    if name == 'user':
        return 'user'
    if target in ('char', 'void'):
        return 'text' if target == 'char' else 'bytes'
    if target.rstrip('*') in opaque:
        return 'handle out' if target.endswith('*') else 'handle'
    if pointee.is_const_qualified():
        if target.endswith(OPTION_SUFFIX):
            return 'options'
        if target == 'info_matrix_out':
            return 'matrix out'
        return 'matrix' if target == 'info_matrix' else 'struct' if target in structs else 'array'
    return 'struct out' if target in structs else 'array out'


def function(cursor, structs, opaque):
    parameters = [{'name': each.spelling, 'type': spelled(each.type),
                   'role': role(each.type, each.spelling, structs, opaque)}
                  for each in cursor.get_arguments()]
    element = element_type(cursor, structs)
    for each in parameters:
        if element and each['role'] == 'bytes':
            each['role'], each['element'] = 'integers', element
    waiting = []
    for each in parameters:
        if each['role'] == 'matrix' and cursor.spelling in OF_MANY_MATRICES:
            each['role'] = 'matrices'
        if each['role'] in ARRAYS:
            waiting.append(each)
            continue
        named = [one for one in parameters if one['name'] + '_len' == each['name'] and 'length' not in one]
        waiting = waiting or named  # what stands between an array and its length does not hide it
        if waiting and each['role'] == 'value' and each['type'] in ('int64_t', 'int32_t') and (
                each['name'].endswith('_len') or each['name'] in COUNTS):
            each['role'] = 'length'
            each['of'] = [every['name'] for every in counted(each['name'], waiting)]
            for every in waiting:
                if every['name'] in each['of']:
                    every['length'] = each['name']
        waiting = []
    for each in parameters:
        needed = length_needed(cursor.spelling, header(cursor), each['name'])
        if needed and each['role'] in ('array out', 'struct out'):
            each['needs'] = needed
    return {'header': header(cursor), 'doc': text_of(cursor.raw_comment), 'returns': spelled(cursor.result_type),
            'parameters': parameters}


def describe(unit):
    constants, types = constants_and_types(unit)
    structs, opaque, callbacks, functions = {}, [], {}, {}
    for cursor in unit.cursor.get_children():
        if not is_ours(cursor):
            continue
        if cursor.kind == CursorKind.STRUCT_DECL and cursor.is_definition():
            structs[cursor.spelling] = struct(cursor)
        elif cursor.kind == CursorKind.TYPEDEF_DECL:
            below = cursor.underlying_typedef_type
            if below.kind == TypeKind.POINTER:
                shape = below.get_pointee()
                callbacks[cursor.spelling] = {
                    'header': header(cursor), 'doc': text_of(cursor.raw_comment),
                    'returns': spelled(shape.get_result()),
                    'parameters': [{'name': each.spelling, 'type': spelled(each.type)}
                                   for each in cursor.get_children() if each.kind == CursorKind.PARM_DECL]}
            elif below.kind == TypeKind.ELABORATED and below.get_declaration().get_definition() is None:
                opaque.append(cursor.spelling)
            elif cursor.spelling in structs and not structs[cursor.spelling]['doc']:
                structs[cursor.spelling]['doc'] = text_of(cursor.raw_comment)
    for cursor in unit.cursor.get_children():
        if is_ours(cursor) and cursor.kind == CursorKind.FUNCTION_DECL:
            functions[cursor.spelling] = function(cursor, structs, opaque)
    version = '.'.join(str(constants['INFO_VERSION_' + part]['value']) for part in ('MAJOR', 'MINOR', 'PATCH'))
    return {'version': version, 'abi': constants['INFO_ABI_VERSION']['value'], 'constants': constants, 'types': types,
            'opaque': sorted(opaque), 'callbacks': callbacks, 'structs': structs, 'functions': functions}


def declarations(include, description):
    """The headers one after the other, without comments, preprocessor lines and C++."""
    order = ['base.h'] + sorted({each['header'] for each in description['functions'].values()} - {'base.h'})
    order = in_order_of_includes(include, order)
    text = ''
    for name in order:
        with open(os.path.join(include, 'info', name), encoding='utf-8') as file:
            code = re.sub(r'/\*.*?\*/', '', file.read(), flags=re.S)
        code = re.sub(r'#ifdef __cplusplus.*?#endif', '', code, flags=re.S)
        code = re.sub(r'^\s*#(?:.*\\\n)*.*$', '', code, flags=re.M).replace('INFO_API ', '')
        text += '\n' + re.sub(r'[^\S\n]+\n', '\n', code)
    head = ['/* Declarations of libinfo %s for FFI parsers, made from its headers. */' % description['version']]
    head += ['enum { %s = %d };' % (name, each['value']) for name, each in description['constants'].items()
             if abs(each['value']) < 2**31]
    return '\n'.join(head) + re.sub(r'\n{2,}', '\n', text)


def in_order_of_includes(include, names):
    done = []

    def add(name):
        if name in done:
            return
        with open(os.path.join(include, 'info', name), encoding='utf-8') as file:
            for below in re.findall(r'#include <info/(\w+\.h)>', file.read()):
                add(below)
        done.append(name)
    for name in names:
        add(name)
    return done


def main():
    include, json_path, cdef_path, *definitions = sys.argv[1:]
    description = describe(parse(include, definitions))
    for name, value in re.findall(r'-D(\w+)=(\d+)', ' '.join(definitions)):
        description['constants'][name] = {'value': int(value), 'type': None, 'header': 'base.h', 'doc': ''}
    with open(json_path, 'w', encoding='utf-8') as out:
        json.dump(description, out, indent=1)
        out.write('\n')
    with open(cdef_path, 'w', encoding='utf-8') as out:
        out.write(declarations(include, description))


if __name__ == '__main__':
    main()
