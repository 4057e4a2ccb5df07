"""Counts of samples, information from them, labels, nearest neighbors."""
import ctypes

import numpy as np

from harness import Python, Work, matrix, optional

metrics = optional('sklearn.metrics')
selection = optional('sklearn.feature_selection')


class Series(ctypes.Structure):
    _fields_ = [('data', ctypes.c_void_p), ('length', ctypes.c_int64), ('stride', ctypes.c_int64),
                ('type', ctypes.c_int32), ('reserved', ctypes.c_int32)]


INT64, INT32 = 0, 1


def series(*arrays):
    views = (Series * len(arrays))(*[Series(a.ctypes.data, a.size, 1, INT64 if a.itemsize == 8 else INT32, 0)
                                     for a in arrays])
    views.keep = arrays
    return views


def of_bincount(x, y, k):
    p = np.bincount(x * k + y, minlength=k * k).reshape(k, k) / x.size
    q = p.sum(1, keepdims=True) * p.sum(0, keepdims=True)
    seen = p > 0
    return (p[seen] * np.log(p[seen] / q[seen])).sum()


def information(library, k, n=10**7):
    def make(name):
        rng = np.random.default_rng(5)
        x = rng.integers(0, k, n)
        y = np.where(rng.random(n) < 0.3, x, rng.integers(0, k, n))
        out, table, direct = np.zeros(10), np.zeros(k * k, dtype=np.uint64), np.zeros(1)
        return Work(
            name, n, 'sample',
            library.call('info_sample_mutual_information', library.ctx, series(x, y), np.array([k, k]), 2, 1, 2, 0, None, out),
            peers={'numpy bincount': (lambda: of_bincount(x, y, k), 6),
                   'a dense loop in C': (library.call('peer_mutual_information', x, y, n, k, table, direct), 5),
                   'sklearn mutual_info_score': (metrics and (lambda: metrics.mutual_info_score(x, y)), 80)},
            limits={'plain read': (library.call('peer_read', x, x.nbytes, library.threads, np.zeros(1, np.uint64)), None)},
            agree=lambda: (abs(out[0] - of_bincount(x, y, k)) / out[0], 1e-9))
    return make


class Bigrams:
    """A table made, filled and destroyed; 1e8 tokens with --slow, 1e7 otherwise."""

    def __init__(self, library, tokens, vocabulary):
        self.library, self.tokens, self.vocabulary = library, tokens, np.array([vocabulary, vocabulary])
        self.distinct = 0

    def __call__(self):
        info, table, summary = self.library.info, ctypes.c_void_p(), (ctypes.c_int64 * 8)()
        view = series(self.tokens)
        assert info.info_counts_create(self.library.ctx, ctypes.c_void_p(self.vocabulary.ctypes.data), 2, ctypes.byref(table)) == 0
        assert info.info_counts_add_ngrams(self.library.ctx, table, view, None, ctypes.c_int64(0)) == 0
        assert info.info_counts_summarize(self.library.ctx, table, summary) == 0
        info.info_counts_destroy(table)
        self.distinct = summary[1]


def bigrams(library, vocabulary=128000):
    def make(name):
        n = 10**8 if library.slow else 10**7
        rng = np.random.default_rng(7)
        tokens = (np.exp(rng.random(n) * np.log(vocabulary)) - 1).astype(np.int32) # Zipf's law
        keys = tokens[:-1].astype(np.int64) * vocabulary + tokens[1:]
        ours = Bigrams(library, tokens, vocabulary)
        return Work(name, n, 'token', Python(ours),
                    peers={'numpy unique': (lambda: np.unique(keys, return_counts=True), 4)},
                    agree=lambda: (abs(ours.distinct - np.unique(keys).size), 0))
    return make


def labels(library, n=3000):
    def make(name):
        rng = np.random.default_rng(11)
        a, b = rng.permutation(10 * n) % n, rng.permutation(10 * n) % n
        a[:n], b[:n] = rng.integers(0, n, n), rng.integers(0, n, n)
        out = np.zeros(13)
        return Work(name, a.size, 'object', library.call('info_label_compare', library.ctx, series(a), series(b), None, out),
                    peers={'sklearn adjusted_mutual_info_score': (metrics and (
                        lambda: metrics.adjusted_mutual_info_score(a, b)), 50)},
                    # Its sums of logarithms of factorials are good to some 1e-10 here; ours are the exact rational mean to the last place.
                    agree=lambda: (abs(out[8] - metrics.adjusted_mutual_info_score(a, b)), 1e-9))
    return make


def neighbors(library, n=10**5):
    def make(name):
        rng = np.random.default_rng(13)
        x = rng.normal(size=n)
        y = 0.6 * x + 0.8 * rng.normal(size=n)
        out = np.zeros(4)

        def of_sklearn():
            from sklearn.feature_selection._mutual_info import _compute_mi_cc
            return _compute_mi_cc(x, y, 3)

        return Work(name, n, 'point',
                    library.call('info_neighbor_mutual_information', library.ctx, matrix(x.reshape(-1, 1)),
                                 matrix(y.reshape(-1, 1)), None, None, None, 0, out),
                    peers={'sklearn (without its noise)': (selection and of_sklearn, 15)},
                    agree=lambda: (abs(out[0] - of_sklearn()), 1e-9))
    return make


def works(library):
    if library.has('info_sample_mutual_information'):
        for k in (64, 4096):
            yield 'MI of 1e7 samples, K = %d' % k, information(library, k)
        yield 'bigrams, V = 128000', bigrams(library)
        yield 'AMI of 3000 x 3000 labels', labels(library)
        yield 'KSG of 1e5 points', neighbors(library)
