"""Information in language models: entropies, divergences, spectra, estimates and their gradients.

Functions, options and results are named as in the headers of libinfo, whose texts are the docstrings here. A matrix
may be a numpy array, a torch tensor (bfloat16 too), anything with DLPack or the buffer protocol, or lists; its last
axis is the vocabulary or the features, the others are rows. Words stand for constants: kind='logits', unit='bit'.
"""
from . import _functions, _structs
from ._arrays import matrix
from ._context import (Canceled, ConvergenceWarning, InfoError, InvalidRowsWarning, _ERRORS, get_threads, progress,
                       set_threads)
from ._library import CONSTANTS, DESCRIPTION, LIBRARY
from ._objects import OBJECTS
from ._structs import attention, python_name, series, table

__version__ = DESCRIPTION['version']

_HIDDEN = ('info_ctx_', 'info_matrix_', 'info_series_init', 'info_table_', 'info_constant', 'info_status_')
globals().update({name[len('INFO_'):]: value for name, value in CONSTANTS.items()})
globals().update({each.__name__: each for each in _ERRORS.values()})
globals().update({python_name(name): _structs.struct(name) for name in DESCRIPTION['structs']
                  if name not in ('info_matrix', 'info_matrix_out', 'info_ctx_options')})
globals().update({each.__name__: each for each in OBJECTS})
_METHODS = {name for each in OBJECTS for name in each.functions}
FUNCTIONS = [name[len('info_'):] for name in DESCRIPTION['functions']
             if not name.startswith(_HIDDEN) and name not in _METHODS]
globals().update({name: _functions.public('info_' + name, DESCRIPTION['functions']['info_' + name])
                  for name in FUNCTIONS})


def __dir__():
    return sorted(name for name in globals() if not name.startswith('_'))
