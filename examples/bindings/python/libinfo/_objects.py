"""The library's objects: tables of counts, and evaluations that can be merged and saved."""
import ctypes
import inspect
import weakref

import numpy as np

from ._functions import Function, documentation
from ._library import DESCRIPTION, LIBRARY


class Handle:
    """An object of the library, which ends with it."""

    def _own(self, handle):
        self.handle = handle
        weakref.finalize(self, self._destroy, handle)
        return self


def _described(call, name, function, drop_first):
    call.__name__, call.__doc__ = name, documentation(function)
    parameters = list(function.signature().parameters.values())
    own = inspect.Parameter('self', inspect.Parameter.POSITIONAL_OR_KEYWORD)
    call.__signature__ = inspect.Signature([own] + parameters[1 if drop_first else 0:])
    return call


def _method(name, function, wrap=None):
    def call(self, *args, **options):
        found = function((self,) + args, options)
        return wrap()._own(found) if wrap else found
    return _described(call, name, function, True)


def _class(title, prefix, by_hand):
    """A class whose methods are the functions that take such an object first."""
    opaque = prefix.rstrip('_')
    destroy = getattr(LIBRARY, prefix + 'destroy')
    destroy.argtypes, destroy.restype = [ctypes.c_void_p], None
    create = Function(prefix + 'create', DESCRIPTION['functions'][prefix + 'create'])

    def __init__(self, *args, **options):
        self._own(create(args, options))

    body = {'_destroy': staticmethod(destroy), '__module__': 'libinfo', '__doc__': documentation(create),
            '__init__': _described(__init__, '__init__', create, False),
            'functions': [prefix + 'create', prefix + 'destroy']}
    made = type(title, (Handle,), body)
    for name, entry in DESCRIPTION['functions'].items():
        roles = [each['role'] for each in entry['parameters'] if each['role'] != 'context']
        takes = roles[:1] == ['handle'] and opaque in [each['type'].replace('const ', '').rstrip('*')
                                                       for each in entry['parameters']]
        if not name.startswith(prefix) or name in body['functions']:
            continue
        made.functions.append(name)
        function, short = Function(name, entry), name[len(prefix):]
        if takes:
            setattr(made, short, _method(short, function, (lambda: made.__new__(made)) if 'handle out' in roles
                                         else None))
        elif 'handle out' in roles:
            setattr(made, short, staticmethod(lambda *args, function=function: made.__new__(made)._own(
                function(args, {}))))
        else:
            setattr(made, short, staticmethod(lambda *args, function=function: function(args, {})))
    for name, value in by_hand.items():
        setattr(made, name, value)
    return made


def _save(self):
    """The state as bytes, which load() takes."""
    buffer = np.empty(self.saved_size(), np.uint8)
    written = _SAVE((self, buffer), {})
    return buffer[:written].tobytes()


_SAVE = Function('info_evaluation_save', DESCRIPTION['functions']['info_evaluation_save'])
Counts = _class('Counts', 'info_counts_', {})
Evaluation = _class('Evaluation', 'info_evaluation_', {'save': _save})
OBJECTS = [Counts, Evaluation]
