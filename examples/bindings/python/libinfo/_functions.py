"""Every function of the library as a Python function, made from the description when the package is imported.

Inputs come first, in the order of the header, without the context and the lengths of arrays. Fields of options structs
are keywords. Outputs are returned: an array, a number or a dataclass, or a named tuple of them if there are several.
"""
import ctypes
import inspect
import re
from collections import namedtuple
from keyword import iskeyword

import numpy as np

from ._arrays import F64, Matrix, matrix, plain
from ._context import current
from ._library import CHOICES, DESCRIPTION, LIBRARY, choice
from ._structs import (NUMPY, SKIPPED, _SCALARS, INTEGERS, Struct, attention, base, integers, python_name, series,
                       struct, table)

# Results of a row that need its target; they are left out where no targets are given.
OF_TARGETS = {'log_probability', 'rank', 'log_probability_p', 'log_probability_q', 'delta_p', 'contains'}
SPECIAL = {'info_series': series, 'info_table': table, 'info_attention': attention}
# Structs whose pointers are outputs: the arrays they hold are made here.
_OUTPUT_POINTERS = ('double*', 'int64_t*', 'int32_t*', 'uint8_t*', 'info_search*')


def outputs_of(name):
    """Fields of a struct of outputs that have one element per row."""
    types = struct(name).types
    return [field for field, kind in types.items()
            if kind in _OUTPUT_POINTERS and field + '_len' not in types and 'length' in types]


def is_output_struct(parameter):
    name = base(parameter['type'].rstrip('*'))
    return parameter['role'] == 'struct' and any(kind in _OUTPUT_POINTERS for kind in struct(name).types.values())


class _Options:
    """Keyword arguments as options structs; the last ones used are kept, so that a loop makes them once."""

    def __init__(self, parameters):
        self.classes = [struct(base(each['type'].rstrip('*'))) for each in parameters if each['role'] == 'options']
        self.names = sorted({name for each in self.classes for name in each.types if name not in SKIPPED})
        self.kept = {}

    def __call__(self, function, given, types):
        """Pointers to them; types: the fields that say of which type integers are."""
        if not given and not types:
            return [None] * len(self.classes)
        key = tuple(given.items()) + tuple(types.items())
        try:
            return self.kept[key]
        except (KeyError, TypeError):
            pass
        for name in given:
            if name not in self.names:
                raise TypeError('%s() has no option %r; its options are %s' % (function, name,
                                                                               ', '.join(self.names) or 'none'))
        made = [each(**{name: value for name, value in given.items() if name in each.types}) for each in self.classes]
        for each in made:
            for name in types.keys() & each.types.keys():
                setattr(each, name, types[name])
        pointers = [ctypes.byref(each) for each in made]
        if all(isinstance(value, (str, int, float)) for value in given.values()):
            if len(self.kept) > 64:
                self.kept.clear()
            self.kept[key] = pointers
        return pointers


class _Sizes:
    """Names as they stand in the expressions of lengths."""

    def __init__(self, values, options):
        self.values, self.options = values, options

    def __getitem__(self, name):
        if name == 'pairs':
            p, q = self.values['p'], self.values['q']
            every = self.options.get('pairing', 0)
            if (choice('info_pairing', every, 'pairing') if every else 0) == 1:
                return p.rows * q.rows
            return max(p.rows, q.rows)
        if name == 'max':
            return max
        return self.values[name]


class _View:
    """A head's matrices by name, for lengths."""

    def __init__(self, head):
        self.hidden = Matrix.from_address(head.hidden)


def _like(shape_of, dtype):
    """A matrix to write to, in the precision that gradients of such inputs have."""
    return np.empty((shape_of.rows, shape_of.cols), np.float64 if dtype == F64 else np.float32)


def _argtype(parameter):
    kind = base(parameter['type'])
    if parameter['type'].endswith('*') or kind.endswith('_fn'):
        return ctypes.c_void_p
    return _SCALARS[kind]


class Function:
    """How one function is called."""

    def __init__(self, name, entry):
        self.short = name[len('info_'):]
        self.entry, self.parameters = entry, entry['parameters']
        self.foreign = getattr(LIBRARY, name)
        self.foreign.argtypes = [_argtype(each) for each in self.parameters]
        self.foreign.restype = ctypes.c_char_p if 'char' in entry['returns'] else (
            None if entry['returns'] == 'void' else _SCALARS[base(entry['returns'])])
        self.takes_context = any(each['role'] == 'context' for each in self.parameters)
        self.inputs, self.outputs, self.keywords = [], [], []
        for each in self.parameters:
            self._place(each)
        self.options = _Options(self.parameters)
        names = [each['name'] for each in self.outputs]
        self.tuple = namedtuple(python_name(name) + 'Outputs', names) if len(names) > 1 else None

    def _place(self, each):
        role = each['role']
        if role in ('context', 'length', 'options', 'user'):
            if role == 'length' and self._is_free(each):
                self.inputs.append(each)
        elif role == 'struct' and is_output_struct(each) or role in (
                'matrix out', 'array out', 'struct out', 'handle out'):
            if role == 'struct out' and each['type'] in ('info_encoder*', 'info_decoder*'):
                self.inputs.append(each)
                return
            self.outputs.append(each)
            if role == 'matrix out' or role == 'struct' or 'length' in each and 'needs' not in each:
                self.keywords.append(each['name'])
        else:
            self.inputs.append(each)

    def _is_free(self, length):
        """A length that no input array gives: the number of points of a curve."""
        by_name = {each['name']: each for each in self.parameters}
        arrays = [by_name[name] for name in length['of']]
        return all('out' in each['role'] and each.get('needs') == length['name'] for each in arrays)

    def signature(self):
        kinds = inspect.Parameter
        parts = [kinds(each['name'] + '_' * iskeyword(each['name']), kinds.POSITIONAL_OR_KEYWORD) for each in self.inputs]
        last_required = max([i for i, each in enumerate(self.inputs) if not self._may_be_none(each)], default=-1)
        parts = [part if i <= last_required else part.replace(default=None) for i, part in enumerate(parts)]
        parts += [kinds(name, kinds.KEYWORD_ONLY, default=None) for name in self.keywords]
        parts += [kinds(name, kinds.KEYWORD_ONLY, default=None) for name in self.options.names
                  if name not in self.keywords and name not in {each['name'] for each in self.inputs}]
        return inspect.Signature(parts)

    def _may_be_none(self, each):
        return each['role'] in ('array', 'integers', 'matrix') and bool(
            re.search(r'\\param[^\\]*\b%s\b[^\\]*NULL' % each['name'], self.entry['doc'])) or each['name'] in (
                'targets', 'z', 'given', 'times', 'starts', 'alphabets', 'positions', 'documents', 'weights')

    # -- a call ---------------------------------------------------------------

    def __call__(self, args, options):
        values, sizes, keep = {}, {}, []
        if len(args) > len(self.inputs):
            raise TypeError('%s() takes %d arguments, %d were given' % (self.short, len(self.inputs), len(args)))
        given = dict(zip((each['name'] for each in self.inputs), args))
        for each in self.inputs:
            name = each['name']
            if name not in given and name in options:
                given[name] = options.pop(name)
            if name not in given and not self._may_be_none(each):
                raise TypeError('%s() needs %s' % (self.short, name))
            self._input(each, given.get(name), values, sizes, keep)
        wanted = {name: options.pop(name, None) for name in self.keywords}
        for each in self.parameters:
            if each['role'] == 'length' and each['name'] in options:
                values[each['name']] = options.pop(each['name'])
        types = {each['element'].split('.')[1]: INTEGERS[sizes[each['name']].dtype] for each in self.inputs
                 if each['role'] == 'integers' and each['name'] in sizes}
        pointers = iter(self.options(self.short, options, {name: kind for name, kind in types.items() if kind}))
        results = [self._output(each, wanted, given, values, _Sizes(sizes, options), keep) for each in self.outputs]
        context = current()
        words = []
        for each in self.parameters:
            role = each['role']
            words.append(context.handle if role == 'context' else next(pointers) if role == 'options' else
                         None if role == 'user' else values[each['name']] if each['name'] in values else
                         self._length(each, values))
        status = self.foreign(*words)
        if self.entry['returns'] not in ('info_status', 'int32_t'):
            return status.decode() if isinstance(status, bytes) else status
        if status:
            context.outcome(status)
        found = [finish() for finish in results]
        return self.tuple(*found) if self.tuple else found[0] if found else None

    def _length(self, each, values):
        return max((values['len ' + name] for name in each['of'] if 'len ' + name in values), default=0)

    def _input(self, each, value, values, sizes, keep):
        name, role, kind = each['name'], each['role'], base(each['type'].rstrip('*'))
        if value is None:
            if role == 'value':
                raise TypeError('%s() needs %s' % (self.short, name))
            values[name] = None
        elif role == 'matrix':
            sizes[name] = view = matrix(value, name)
            keep.append(view)
            values[name] = ctypes.byref(view)
        elif role == 'matrices':
            many = isinstance(value, (list, tuple)) or getattr(value, 'ndim', 2) == 3
            views = [matrix(one, name) for one in (value if many else [value])]
            array = (Matrix * len(views))(*views)
            keep += [views, array]
            values[name], values['len ' + name] = ctypes.addressof(array), len(array)
            sizes['count'] = len(array)
        elif role in ('value', 'length'):
            values[name] = choice(each['type'], value, name) if each['type'] in CHOICES else value
            sizes[name] = values[name]
        elif role == 'callback':
            function = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p, ctypes.c_double)(
                lambda _, t, value=value: float(value(t)))
            keep.append(function)
            values[name] = ctypes.cast(function, ctypes.c_void_p)
        elif role in ('array', 'integers'):
            array = plain(value, NUMPY[kind], name) if role == 'array' else integers(value, name)[0]
            keep.append(array)
            values[name], values['len ' + name] = array.__array_interface__['data'][0], self._count(each, array)
            sizes[name] = array
            for own in (each.get('length'), name + '_len'):
                if own:
                    sizes[own] = values['len ' + name]
                    if any(one['name'] == own and one['role'] == 'value' for one in self.parameters):
                        values[own] = array.size
        elif role == 'bytes':
            buffer = np.frombuffer(value, np.uint8)
            keep.append(buffer)
            values[name], values['len ' + name] = buffer.__array_interface__['data'][0], buffer.size
        elif role in ('handle', 'text'):
            values[name] = value.handle if role == 'handle' else value.encode()
        else:
            self._struct(each, kind, value, values, sizes, keep)

    def _count(self, each, array):
        return array.shape[0] if each.get('length') in ('shards', 'tiles') and array.ndim > 1 else array.size

    def _struct(self, each, kind, value, values, sizes, keep):
        name = each['name']
        made = SPECIAL.get(kind, lambda x, _: x if isinstance(x, Struct) else struct(kind)(**x))
        if 'length' in each and kind != 'info_table':
            items = value if isinstance(value, ctypes.Array) else [made(item, name) for item in value]
            array = items if isinstance(items, ctypes.Array) else (struct(kind) * len(items))(*items)
            keep += [items, array]
            values[name], values['len ' + name] = ctypes.addressof(array), len(array)
        else:
            one = made(value, name)
            keep.append(one)
            values[name] = ctypes.addressof(one)
            sizes[name] = _View(one) if kind == 'info_head' else one

    def _rows(self, sizes, each):
        """Rows of the function's first matrix, head or count of rows."""
        for one in self.inputs:
            size = sizes.values.get(one['name'])
            if one['role'] == 'matrix' and size is not None:
                p = sizes.values.get('q')
                return max(size.rows, p.rows) if isinstance(p, Matrix) else size.rows
            if isinstance(size, _View):
                return size.hidden.rows
            if one['name'] == 'rows' and size is not None:
                return size
        raise TypeError('%s() needs %s=%s(...), with arrays of its own' % (self.short, each['name'],
                                                                         python_name(base(each['type'].rstrip('*')))))

    def _output(self, each, wanted, given, values, sizes, keep):
        name, role, kind = each['name'], each['role'], base(each['type'].rstrip('*'))
        if role == 'matrix out':
            return self._matrix_out(each, wanted[name], values, sizes, keep)
        if role == 'struct':
            return self._output_struct(each, wanted[name], given, values, sizes, keep)
        if 'length' in each or 'needs' in each:
            if 'needs' in each:
                count = int(eval(each['needs'], {'__builtins__': {}, 'max': max}, sizes))  # an expression of our own
            elif wanted[name] is None:
                raise TypeError('%s() needs %s: an array to write to, or its length' % (self.short, name))
            else:
                count = wanted[name]
            if role == 'struct out':
                array = (struct(kind) * count)()
                values[name], values['len ' + name] = ctypes.addressof(array), len(array)
                return lambda: [one.result() for one in array]
            array = count if isinstance(count, np.ndarray) else np.empty(count, NUMPY[kind])
            values[name], values['len ' + name] = array.__array_interface__['data'][0], array.size
            return lambda: array
        if role == 'struct out':
            one = struct(kind)()
            keep.append(one)
            values[name] = ctypes.byref(one)
            return one.result
        one = ctypes.c_void_p() if role == 'handle out' else _SCALARS[kind]()
        keep.append(one)
        values[name] = ctypes.byref(one)
        return lambda: one.value

    def _matrix_out(self, each, wanted, values, sizes, keep):
        name = each['name']
        inputs = [size for size in sizes.values.values() if isinstance(size, Matrix)]
        if wanted is None and (len(self.outputs) > 1 or not inputs):
            values[name] = None
            return lambda: None
        if wanted is None or wanted is True:
            like = sizes.values.get(name.split('_')[0], inputs[-1])  # p_gradient is as large as p
            wanted = _like(like, like.dtype)
            if self.short == 'kernel_matrix':
                wanted = np.empty((like.rows, like.rows))
        view = matrix(wanted, name, writable=True)
        keep.append(view)
        values[name] = ctypes.byref(view)
        return lambda: wanted

    def _output_struct(self, each, wanted, given, values, sizes, keep):
        """A struct of arrays, one element per row in each: those asked for, or all that the inputs allow."""
        name, kind = each['name'], struct(base(each['type'].rstrip('*')))
        if isinstance(wanted, Struct):
            keep.append(wanted)
            values[name] = ctypes.byref(wanted)
            return lambda: wanted
        per_row = outputs_of(kind.name)
        if wanted is None and (each['name'] in ('rows', 'gradients') or not per_row):
            values[name] = None
            return lambda: None
        if wanted is None or wanted is True:
            no_targets = any(one['name'] == 'targets' for one in self.inputs) and given.get('targets') is None
            wanted = [field for field in per_row if not (no_targets and field in OF_TARGETS) and field != 'ids']
        unknown = [field for field in wanted if field not in per_row]
        if unknown:
            raise ValueError('%s: %r; allowed are %s' % (name, unknown[0], ', '.join(per_row)))
        rows = self._rows(sizes, each)
        arrays = {field: np.empty(rows, NUMPY[base(kind.types[field][:-1])]) for field in wanted}
        one = kind(length=rows, **arrays)
        keep.append(one)
        values[name] = ctypes.byref(one)
        made = namedtuple(python_name(kind.name), list(arrays))
        return lambda: made(**arrays)


def public(name, entry):
    """The Python function of one function of the library."""
    function = Function(name, entry)

    call = _direct(function) or (lambda *args, **options: function(args, options))
    call.__name__ = call.__qualname__ = function.short
    call.__module__ = 'libinfo'
    call.__doc__ = documentation(function)
    call.__signature__ = function.signature()
    return call


def _direct(function):
    """The same call without the general machinery, for functions of matrices and numbers that give one array: what is
    small should cost little. Anything unusual goes the general way."""
    needs = {'x.rows': 1, 'pairs': 2}.get(next((each.get('needs') for each in function.outputs), None))
    roles = [each['role'] for each in function.inputs]
    if len(function.outputs) != 1 or function.keywords or not needs or roles[:needs] != ['matrix'] * needs or (
            set(roles[needs:]) - {'value'}) or any(each['type'] in CHOICES for each in function.inputs):
        return None
    foreign, kept, byref, empty = function.foreign, function.options.kept, ctypes.byref, np.empty
    places = {each['name']: i for i, each in enumerate(function.parameters)}
    if list(places)[-3:] != ['options', 'out', 'out_len']:
        return None

    def one(x, *numbers, **options):
        pointer = kept.get(tuple(options.items())) if options else _DEFAULT
        if pointer is None or len(numbers) != len(roles) - 1:
            return function((x,) + numbers, options)
        view, context = matrix(x), current()
        rows = view.rows
        out = empty(rows)
        status = foreign(context.handle, byref(view), *numbers, pointer[0], out.__array_interface__['data'][0], rows)
        if status:
            context.outcome(status)
        return out

    def two(p, q, *numbers, **options):
        pointer = kept.get(tuple(options.items())) if options else _DEFAULT
        if pointer is None or len(numbers) != len(roles) - 2 or 'pairing' in options:
            return function((p, q) + numbers, options)
        p, q, context = matrix(p, 'p'), matrix(q, 'q'), current()
        rows = max(p.rows, q.rows)
        out = empty(rows)
        status = foreign(context.handle, byref(p), byref(q), *numbers, pointer[0],
                         out.__array_interface__['data'][0], rows)
        if status:
            context.outcome(status)
        return out

    return one if needs == 1 else two


_DEFAULT = [None]


def documentation(function):
    """The header's text, and what its keywords are."""
    lines = [function.entry['doc'], '', 'Declared in info/%s.' % function.entry['header']]
    for each in function.options.classes:
        lines += ['', 'Options (%s):' % each.name]
        for field in DESCRIPTION['structs'][each.name]['fields']:
            if field['name'] not in SKIPPED:
                words = sorted(CHOICES.get(field['type'], {}), key=len)
                lines.append('    %s: %s%s' % (field['name'], field['doc'],
                                               ' (%s)' % ', '.join(w for w in words if not w.startswith('info_'))
                                               if words else ''))
    return '\n'.join(lines)
