"""The description of the interface against the library that it describes, and its declarations in parsers of FFIs.

usage: test_description.py info.cdef.h"""
import ctypes
import json
import os
import shutil
import subprocess
import sys
import unittest

with open(os.environ['LIBINFO_INTERFACE'], encoding='utf-8') as file:
    INTERFACE = json.load(file)
LIBRARY = ctypes.CDLL(os.environ['LIBINFO_LIBRARY'])
CDEF = sys.argv.pop(1)


class Description(unittest.TestCase):
    def test_every_function_is_in_the_library_and_no_other_is(self):
        listed = subprocess.run(['nm', '-D', '--defined-only', os.environ['LIBINFO_LIBRARY']], capture_output=True,
                                text=True, check=True).stdout
        exported = {line.split()[-1].split('@')[0] for line in listed.splitlines() if ' T ' in line}
        self.assertEqual(set(INTERFACE['functions']), {name for name in exported if name.startswith('info_')})

    def test_every_constant_has_the_librarys_value(self):
        value = ctypes.c_int64()
        for name, each in INTERFACE['constants'].items():
            self.assertEqual(LIBRARY.info_constant(name.encode(), ctypes.byref(value)), 0, name)
            self.assertEqual(value.value, each['value'], name)

    def test_a_struct_ends_where_its_fields_end(self):
        for name, each in INTERFACE['structs'].items():
            end = 0
            for field in each['fields']:
                self.assertEqual(field['offset'], end, (name, field['name']))
                end = field['offset'] + field['size']
            self.assertEqual(end, each['size'], name)

    def test_every_length_has_an_array(self):
        for name, each in INTERFACE['functions'].items():
            roles = {one['name']: one['role'] for one in each['parameters']}
            for one in each['parameters']:
                if one['name'].endswith('_len'):
                    self.assertEqual(one['role'], 'length', (name, one['name']))
                for array in one.get('of', []):
                    self.assertIn(array, roles, name)

    def test_a_field_of_another_kind_is_seen(self):
        matrix = INTERFACE['structs']['info_matrix']
        self.assertEqual([field['offset'] for field in matrix['fields']], [0, 8, 16, 24, 32, 40, 44])
        self.assertEqual(matrix['size'], 48)


class Declarations(unittest.TestCase):
    def test_a_c_compiler_takes_them(self):
        compiler = shutil.which('cc')
        if not compiler:
            self.skipTest('no C compiler')
        subprocess.run([compiler, '-fsyntax-only', '-Wall', '-Wextra', '-Werror', '-x', 'c', '-include', 'stdint.h',
                        '-include', 'stddef.h', CDEF], check=True)

    def test_cffi_takes_them_and_calls(self):
        try:
            import cffi
        except ImportError:
            self.skipTest('no cffi')
        ffi = cffi.FFI()
        with open(CDEF, encoding='utf-8') as declarations:
            ffi.cdef(declarations.read())
        info = ffi.dlopen(os.environ['LIBINFO_LIBRARY'])
        row = ffi.new('double[]', [.5, .25, .25])
        view, out = ffi.new('info_matrix *'), ffi.new('double *')
        self.assertEqual(info.info_matrix_init(view, row, 1, 3, info.INFO_F64), info.INFO_OK)
        options = ffi.new('info_entropy_options *', {'struct_size': ffi.sizeof('info_entropy_options'),
                                                     'unit': info.INFO_BIT})
        self.assertEqual(info.info_entropy(ffi.NULL, view, options, out, 1), info.INFO_OK)
        self.assertAlmostEqual(out[0], 1.5, 14)

    def test_luajit_takes_them_and_calls(self):
        luajit = shutil.which('luajit')
        if not luajit:
            self.skipTest('no luajit')
        program = '''
            local ffi = require("ffi")
            ffi.cdef(io.open(arg[1]):read("*a"))
            local info = ffi.load(arg[2])
            local view, out = ffi.new("info_matrix"), ffi.new("double[1]")
            assert(info.info_matrix_init(view, ffi.new("double[3]", {.5, .25, .25}), 1, 3, ffi.C.INFO_F64) == 0)
            local options = ffi.new("info_entropy_options", {struct_size = ffi.sizeof("info_entropy_options"),
                                                             unit = ffi.C.INFO_BIT})
            assert(info.info_entropy(nil, view, options, out, 1) == 0)
            assert(math.abs(out[0] - 1.5) < 1e-14)'''
        program = program.replace('arg[1]', repr(CDEF)).replace('arg[2]', repr(os.environ['LIBINFO_LIBRARY']))
        subprocess.run([luajit, '-e', program], check=True)


if __name__ == '__main__':
    unittest.main(verbosity=0)
