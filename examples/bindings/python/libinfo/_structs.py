"""The library's structs: ctypes layouts, made from the description, that take arrays and words for their fields."""
import ctypes
from dataclasses import make_dataclass

import numpy as np

from ._arrays import Matrix, matrix, plain
from ._library import DESCRIPTION, choice

_SCALARS = {'double': ctypes.c_double, 'int64_t': ctypes.c_int64, 'int32_t': ctypes.c_int32, 'int16_t': ctypes.c_int16,
            'int8_t': ctypes.c_int8, 'uint64_t': ctypes.c_uint64, 'uint32_t': ctypes.c_uint32,
            'uint16_t': ctypes.c_uint16, 'uint8_t': ctypes.c_uint8, 'size_t': ctypes.c_size_t}
NUMPY = {'double': np.float64, 'int64_t': np.int64, 'int32_t': np.int32, 'uint64_t': np.uint64, 'uint32_t': np.uint32,
         'uint8_t': np.uint8}
INTEGERS = {np.dtype(name): DESCRIPTION['constants']['INFO_' + name.upper()]['value']
            for name in ('int64', 'int32', 'int16', 'int8', 'uint32', 'uint16', 'uint8')}
SKIPPED = ('struct_size', 'reserved', 'target_type')


def base(kind):
    """A C type without const, and an integer typedef as the integer it is."""
    kind = kind.replace('const ', '')
    while kind in DESCRIPTION['types']:
        kind = DESCRIPTION['types'][kind]['base']
    return kind


def integers(x, name='x'):
    """A C-contiguous array of integers as it is, and the number of its type; of types that the library does not know, and
    of lists, one of int64."""
    if type(x) is not np.ndarray and type(x).__module__.split('.')[0] == 'torch':
        x = x.detach().cpu().numpy()
    array = np.asarray(x)
    array = plain(array, array.dtype if array.dtype in INTEGERS else np.int64, name)
    return array, INTEGERS[array.dtype]


def _ctype(kind):
    if kind.endswith('*') or kind.endswith('_fn'):
        return ctypes.c_void_p
    return _SCALARS[base(kind)] if base(kind) in _SCALARS else struct(base(kind))


class Struct(ctypes.Structure):
    """A struct of the library. Fields are given by name; arrays and matrices are kept alive by it, their lengths are
    filled in where a field of that name exists."""

    def __init__(self, **fields):
        super().__init__()
        self.keep = []
        if 'struct_size' in self.types:
            self.struct_size = ctypes.sizeof(self)
        for name, value in fields.items():
            if name not in self.types or name in SKIPPED:
                raise TypeError('%s has no field %r; its fields are %s' % (
                    self.name, name, ', '.join(each for each in self.types if each not in SKIPPED)))
            if value is not None:
                setattr(self, name, self._converted(name, value, fields))

    def _converted(self, name, value, fields):
        kind = self.types[name]
        if kind in ('const info_matrix*', 'const info_matrix_out*'):
            view = value if isinstance(value, Matrix) else matrix(value, name, 'out' in kind)
            self.keep.append(view)
            return ctypes.addressof(view)
        if name in self.elements and not isinstance(value, int):
            array, number = integers(value, name)
            self.keep.append(array)
            setattr(self, self.elements[name], number)
            if name + '_len' in self.types and name + '_len' not in fields:
                setattr(self, name + '_len', array.size)
            return array.__array_interface__['data'][0]
        if kind == 'const char*':
            text = ctypes.create_string_buffer(value.encode() if isinstance(value, str) else value)
            self.keep.append(text)
            return ctypes.addressof(text)
        if kind.endswith('*') and base(kind[:-1]) in NUMPY:
            array = plain(value, NUMPY[base(kind[:-1])], name) if kind.startswith('const') else value
            self.keep.append(array)
            for length in (name + '_len', 'count', 'length'):
                if length in self.types and length not in fields:
                    setattr(self, length, array.size)
                    break
            return array.__array_interface__['data'][0]
        if kind.endswith('*') and base(kind[:-1]) in DESCRIPTION['structs']:
            return self._structs(name, struct(base(kind[:-1])), value)
        if isinstance(value, str):
            return choice(kind, value, name)
        return value

    def _structs(self, name, kind, value):
        """A pointer to one struct or to several."""
        if isinstance(value, Struct):
            self.keep.append(value)
            return ctypes.addressof(value)
        each = [item if isinstance(item, Struct) else kind(**item)
                for item in ([value] if isinstance(value, dict) else value)]
        array = (kind * len(each))(*each)
        self.keep += [each, array]
        if name + '_len' in self.types:
            setattr(self, name + '_len', len(each))
        return ctypes.addressof(array)

    def result(self):
        """Its numbers as a dataclass."""
        return self.dataclass(*[_value(getattr(self, name)) for name in self.dataclass.names])


def _value(x):
    if isinstance(x, Struct):
        return x.result()
    return tuple(map(_value, x)) if isinstance(x, ctypes.Array) else x


def python_name(name):
    """info_diff_erank_result is DiffErankResult."""
    return ''.join(part.capitalize() for part in name[len('info_'):].split('_'))


_made = {'info_matrix': Matrix, 'info_matrix_out': Matrix}


def struct(name):
    """The class of a struct."""
    if name not in _made:
        entry = DESCRIPTION['structs'][name]
        fields = []
        for each in entry['fields']:
            kind = _ctype(each['type'])
            fields.append((each['name'], kind * each['count'] if 'count' in each else kind))
        names = [each['name'] for each in entry['fields'] if each['name'] not in SKIPPED]
        dataclass = make_dataclass(python_name(name), names, frozen=True)
        dataclass.names, dataclass.__module__, dataclass.__doc__ = names, 'libinfo', entry['doc']
        types = {each['name']: each['type'] for each in entry['fields']}
        _made[name] = type(python_name(name), (Struct,), {
            '_fields_': fields, 'name': name, 'types': types,
            'elements': {each['name']: each['element'] for each in entry['fields']
                         if types.get(each.get('element')) == 'info_integer'},
            'dataclass': dataclass, '__module__': 'libinfo', '__doc__': entry['doc']})
        if ctypes.sizeof(_made[name]) != entry['size']:
            raise ImportError('%s has %d bytes here and %d in the library: another architecture' % (
                name, ctypes.sizeof(_made[name]), entry['size']))
    return _made[name]


def series(x, name='series'):
    """Integers of any width as an info_series."""
    if isinstance(x, struct('info_series')):
        return x
    if type(x).__module__.split('.')[0] == 'torch':
        x = x.detach().cpu().numpy()
    array = np.asarray(x)
    if array.ndim != 1 or array.dtype not in INTEGERS:
        raise TypeError('%s: one axis of integers of at most 64 bits is needed, not %s of shape %s' % (
            name, array.dtype, array.shape))
    view = struct('info_series')()
    view.data, view.length = array.__array_interface__['data'][0], array.size
    view.stride = array.strides[0] // array.itemsize if array.size else 1
    view.type = INTEGERS[array.dtype]
    view.keep.append(array)
    return view


def table(x, name='table'):
    """An array of any number of axes as an info_table."""
    if isinstance(x, struct('info_table')):
        return x
    from ._arrays import _array
    array, kind, keep = _array(x, name)
    shape = np.array(array.shape, np.int64)
    strides = np.array([each // array.itemsize for each in array.strides], np.int64)
    view = struct('info_table')()
    view.data, view.ndim, view.dtype = array.__array_interface__['data'][0], array.ndim, kind
    view.shape, view.strides = (each.__array_interface__['data'][0] for each in (shape, strides))
    view.keep += [array, keep, shape, strides]
    view.cells = shape
    return view


def attention(x, name='attention', kind='probabilities'):
    """Weights or scores of shape [layers, heads, queries, keys] (or fewer axes) as an info_attention."""
    made = struct('info_attention')
    if isinstance(x, made):
        return x
    from ._arrays import _array
    array, dtype, keep = _array(x, name)
    array = array.reshape((1,) * (4 - array.ndim) + array.shape)
    view = made(**dict(zip(('layers', 'heads', 'queries', 'keys'), array.shape)), kind=kind)
    view.layer_stride, view.head_stride, view.query_stride, view.key_stride = (
        each // array.itemsize for each in array.strides)
    view.data, view.dtype = array.__array_interface__['data'][0], dtype
    view.keep += [array, keep]
    return view
