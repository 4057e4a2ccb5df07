"""Joint tables."""
import ctypes

import numpy as np

from harness import F64, Work, optional

stats = optional('scipy.stats')
metrics = optional('sklearn.metrics')


class Table(ctypes.Structure):
    _fields_ = [('data', ctypes.c_void_p), ('shape', ctypes.c_void_p), ('strides', ctypes.c_void_p),
                ('ndim', ctypes.c_int32), ('dtype', ctypes.c_int32)]


def table(array):
    shape = np.array(array.shape, dtype=np.int64)
    view = Table(array.ctypes.data, shape.ctypes.data, None, array.ndim, F64)
    view.keep = (array, shape)
    return view


def of_numpy(p):
    rows, cols = p.sum(1, keepdims=True), p.sum(0, keepdims=True)
    return (p * np.log(p / (rows * cols))).sum()


def mutual_information(library, k):
    def make(name):
        p = np.random.default_rng(3).exponential(size=(k, k))
        p /= p.sum()
        counts = np.round(p * 1e9).astype(np.int64)
        out, word = np.zeros(1), np.zeros(1, dtype=np.uint64)
        return Work(
            name, k * k, 'cell', library.call('info_mutual_information', library.ctx, table(p), 1, 2, 0, None, out),
            peers={'numpy': (lambda: of_numpy(p), None),
                   'scipy entropies': (stats and (lambda: stats.entropy(p.sum(0)) + stats.entropy(p.sum(1)) -
                                                  stats.entropy(p.ravel())), None),
                   'sklearn mutual_info_score': (metrics and (
                       lambda: metrics.mutual_info_score(None, None, contingency=counts)), None)},
            limits={'plain read': (library.call('peer_read', p, p.nbytes, library.threads, word), None)},
            agree=lambda: (abs(out[0] - of_numpy(p)) / out[0], 1e-9))
    return make


def works(library):
    if library.has('info_mutual_information'):
        for k in (64, 1024, 4096):
            yield 'MI of a table %d x %d' % (k, k), mutual_information(library, k)
