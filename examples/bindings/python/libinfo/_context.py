"""Contexts behind the scenes, one per thread; statuses as exceptions and warnings."""
import ctypes
import threading
import warnings
import weakref
from contextlib import contextmanager

from ._library import CONSTANTS, LIBRARY

_PROGRESS = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_double)


class _CtxOptions(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('threads', ctypes.c_int32), ('cpu', ctypes.c_int32),
                ('reserved', ctypes.c_int32), ('alloc', ctypes.c_void_p), ('free', ctypes.c_void_p),
                ('alloc_user', ctypes.c_void_p), ('progress', _PROGRESS), ('progress_user', ctypes.c_void_p)]


for _name in ('info_ctx_message', 'info_status_name', 'info_status_text', 'info_build_config'):
    getattr(LIBRARY, _name).restype = ctypes.c_char_p
LIBRARY.info_ctx_message.argtypes = [ctypes.c_void_p]
LIBRARY.info_ctx_invalid_rows.argtypes = [ctypes.c_void_p]
LIBRARY.info_ctx_invalid_rows.restype = ctypes.c_int64
LIBRARY.info_ctx_destroy.argtypes = [ctypes.c_void_p]
LIBRARY.info_ctx_destroy.restype = None


class InfoError(Exception):
    """What the library refused: its status, the status's name and its text.

    Raised as a subclass that is also a ValueError, TypeError, MemoryError..., whichever fits."""
    status = 0
    name = ''


class Canceled(InfoError):
    """The call was stopped by its progress function."""


class InvalidRowsWarning(UserWarning):
    """Some rows had no valid value; their results are NaN."""


class ConvergenceWarning(UserWarning):
    """An iteration limit was reached, or only a local optimum can be promised."""


_KINDS = {'INFO_ERROR_TYPE': TypeError, 'INFO_ERROR_MEMORY': MemoryError, 'INFO_ERROR_OVERFLOW': OverflowError,
          'INFO_ERROR_BUSY': RuntimeError, 'INFO_ERROR_BACKEND': RuntimeError,
          'INFO_ERROR_UNSUPPORTED': NotImplementedError}
_ERRORS = {}
for _name, _value in CONSTANTS.items():
    if _name.startswith('INFO_ERROR_'):
        _title = ''.join(part.capitalize() for part in _name[len('INFO_ERROR_'):].split('_')) + 'Error'
        _title = {'TypeError': 'ElementTypeError', 'MemoryError': 'OutOfMemoryError',
                  'OverflowError': 'SizeOverflowError'}.get(_title, _title)
        _ERRORS[_value] = type(_title, (InfoError, _KINDS.get(_name, ValueError)),
                               {'status': _value, 'name': _name, '__module__': 'libinfo'})
_INVALID_ROWS, _CANCELED = CONSTANTS['INFO_INVALID_ROWS'], CONSTANTS['INFO_CANCELED']
_NOT_CONVERGED, _LOCAL = CONSTANTS['INFO_NOT_CONVERGED'], CONSTANTS['INFO_LOCAL_OPTIMUM']


class Context:
    """A context of the library and what its progress function is to do."""

    def __init__(self, threads):
        self.watcher, self.problem = None, None
        reference = weakref.ref(self)  # the library's callback must not keep its own context alive

        def tell(_, fraction):
            context = reference()
            try:
                go_on = context.watcher(fraction) if context.watcher else None
            except BaseException as problem:  # KeyboardInterrupt above all: it is raised here, inside the call
                context.problem = problem
                return 1
            return 1 if go_on is False else 0

        self._tell = _PROGRESS(tell)
        options = _CtxOptions(struct_size=ctypes.sizeof(_CtxOptions), threads=threads, progress=self._tell)
        handle = ctypes.c_void_p()
        status = LIBRARY.info_ctx_create(ctypes.byref(options), ctypes.byref(handle))
        if status:
            raise _ERRORS[status](LIBRARY.info_status_text(status).decode())
        self.handle = handle.value
        weakref.finalize(self, LIBRARY.info_ctx_destroy, self.handle)

    def outcome(self, status):
        """Raises or warns after a call that did not simply succeed."""
        message = LIBRARY.info_ctx_message(self.handle).decode()
        problem, self.problem = self.problem, None
        if status == _CANCELED:
            raise problem or Canceled(message)
        if status < 0:
            raise _ERRORS[status](message)
        if status == _INVALID_ROWS:
            warnings.warn(message or '%d rows have no valid value' % LIBRARY.info_ctx_invalid_rows(self.handle),
                          InvalidRowsWarning, stacklevel=4)
        elif status in (_NOT_CONVERGED, _LOCAL):
            warnings.warn(message, ConvergenceWarning, stacklevel=4)


_threads = 1
_local = threading.local()


def current():
    """The calling thread's context."""
    try:
        return _local.context
    except AttributeError:
        _local.context = Context(_threads)
        return _local.context


def set_threads(threads):
    """Sets how many threads a call may use, in this Python thread now and in those that call later."""
    global _threads
    context = Context(threads)
    _threads, _local.context = threads, context


def get_threads():
    """How many threads a call of this Python thread may use."""
    LIBRARY.info_ctx_threads.argtypes = [ctypes.c_void_p]
    return LIBRARY.info_ctx_threads(current().handle)


@contextmanager
def progress(watcher):
    """While it lasts, calls of this thread tell how far they are: watcher(fraction) with a fraction from 0 to 1 (False
    cancels), or a bar like tqdm's, which is given its share of bar.total (1 if it has none)."""
    context = current()
    if hasattr(watcher, 'update') and hasattr(watcher, 'total'):
        bar, done = watcher, [0.0]
        if bar.total is None:
            bar.total = 1

        def watcher(fraction):
            bar.update(fraction * bar.total - done[0])
            done[0] = fraction * bar.total
    before, context.watcher = context.watcher, watcher
    try:
        yield
    finally:
        context.watcher = before
