"""Finds libinfo and its description, and makes sure that they fit."""
import ctypes
import ctypes.util
import json
import os
import struct

_HERE = os.path.dirname(os.path.abspath(__file__))


def _description():
    path = os.environ.get('LIBINFO_INTERFACE') or os.path.join(_HERE, 'libinfo.json')
    with open(path, encoding='utf-8') as file:
        return json.load(file)


def _candidates(abi):
    """Where the library may be, the most definite place first."""
    if os.environ.get('LIBINFO_LIBRARY'):
        return [os.environ['LIBINFO_LIBRARY']]
    names = ['libinfo.so.%d' % abi, 'libinfo.%d.dylib' % abi, 'libinfo-%d.dll' % abi]
    beside = [os.path.join(_HERE, name) for name in names if os.path.exists(os.path.join(_HERE, name))]
    return beside + names[:1] + [found for found in [ctypes.util.find_library('info')] if found]


def _load(description):
    tried = []
    for name in _candidates(description['abi']):
        try:
            library = ctypes.CDLL(name)
            library.info_version_string.restype = ctypes.c_char_p
            library.info_abi_version.restype = ctypes.c_int64
        except (OSError, AttributeError) as problem:
            tried.append('%s: %s' % (name, problem))
            continue
        if library.info_abi_version() != description['abi']:
            raise ImportError('%s has binary interface %d; this package was made for %d' % (
                name, library.info_abi_version(), description['abi']))
        missing = [each for each in description['functions'] if not hasattr(library, each)]
        if missing:
            raise ImportError('%s is version %s without %s; this package was made for %s: install that version or a later'
                              ' one' % (name, library.info_version_string().decode(), missing[0],
                                        description['version']))
        return library
    raise ImportError('libinfo was not found, or is not for this %d-bit Python. Install it, or name its file in '
                      'LIBINFO_LIBRARY. Tried:\n  %s' % (8 * struct.calcsize('P'), '\n  '.join(tried)))


DESCRIPTION = _description()
LIBRARY = _load(DESCRIPTION)
CONSTANTS = {name: each['value'] for name, each in DESCRIPTION['constants'].items()}


def _choices(kind):
    """The strings that stand for the constants of a type: 'bit' for INFO_BIT, 'top_k' for INFO_RULE_TOP_K."""
    names = DESCRIPTION['types'][kind]['constants']
    words = [name.split('_')[1:] for name in names]
    common = 0
    while len(words) > 1 and all(len(each) > common + 1 and each[:common + 1] == words[0][:common + 1]
                                 for each in words):
        common += 1
    found = {}
    for name, parts in zip(names, words):
        for start in {0, common}:
            found['_'.join(parts[start:]).lower()] = CONSTANTS[name]
        found[name.lower()] = CONSTANTS[name]
    return found


CHOICES = {kind: _choices(kind) for kind, each in DESCRIPTION['types'].items() if each['constants']}


def choice(kind, value, argument):
    """The number that a string or an integer stands for."""
    if isinstance(value, str):
        try:
            return CHOICES[kind][value.lower().replace('-', '_')]
        except KeyError:
            short = sorted({min((word for word, number in CHOICES[kind].items() if number == each), key=len)
                            for each in CHOICES[kind].values()})
            raise ValueError('%s: %r; allowed are %s' % (argument, value, ', '.join(map(repr, short)))) from None
    return int(value)
