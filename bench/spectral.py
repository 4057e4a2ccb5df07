"""Effective rank of hidden states: libinfo's entropy against the decompositions people use.

Torch's and numpy's single-precision results are good to about 1e-5 relative; libinfo is timed at that
tolerance, and at its default of 1e-9. Peers take the d x d covariance as the published script does, except
where their name says Gram.
"""
import ctypes

import numpy as np

from harness import Work, matrix, optional

torch = optional('torch')


class Options(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32)] + \
               [(name, ctypes.c_int32) for name in ('convention', 'centre', 'normalise_rows', 'scale', 'input',
                                                    'zero_rows', 'unit', 'invalid', 'reserved')] + \
               [('skip', ctypes.c_int64), ('order', ctypes.c_double), ('tolerance', ctypes.c_double)]


def options(**fields):
    return Options(ctypes.sizeof(Options), **fields)


def states(rows, cols):
    """Tokens with a decaying spectrum, as hidden states have."""
    random = np.random.default_rng(7)
    return (random.standard_normal((rows, cols)) * (1 + np.arange(cols)) ** -0.3).astype(np.float32)


def prepared(x):
    z = x - x.mean(0)
    return z / np.linalg.norm(z, axis=1, keepdims=True)


def rank_of(eigenvalues):
    p = eigenvalues[eigenvalues > 0].astype(np.float64)
    p = p / p.sum()
    return np.exp(-(p * np.log(p)).sum())


def torch_rank(tensor, decompose):
    z = tensor - tensor.mean(0)
    z = z / z.norm(dim=1, keepdim=True)
    return rank_of(decompose(z.T @ z / len(z)).numpy())


def numpy_gram_rank(x):
    z = prepared(x)
    return rank_of(np.linalg.eigvalsh(z @ z.T if len(z) < len(z.T) else z.T @ z))


def erank(library, rows, cols, tolerance, bars, published):
    def make(name):
        x = states(rows, cols)
        tensor = torch and torch.from_numpy(x)
        out, error = np.zeros(1), np.zeros(1)
        n = min(rows, cols)
        square = np.asfortranarray(states(n, n))
        peers = {'numpy eigvalsh, Gram': (lambda: numpy_gram_rank(x), bars.get('gram'))}
        if torch:
            peers['torch eigvalsh'] = (published and (lambda: torch_rank(tensor, torch.linalg.eigvalsh)),
                                       bars.get('eigvalsh'))
            peers['torch svdvals'] = (published and (lambda: torch_rank(tensor, torch.linalg.svdvals)),
                                      bars.get('svdvals'))

        def agree():
            reference = rank_of(np.linalg.eigvalsh((lambda z: z @ z.T if rows < cols else z.T @ z)(
                prepared(x.astype(np.float64)))))
            print('    error %.2g, bound %.2g' % (abs(out[0] / reference - 1), error[0] / reference))
            return abs(out[0] / reference - 1), tolerance or 1e-9

        return Work(name, 1, 'matrix',
                    library.call('info_effective_rank', library.ctx, matrix(x), 1, options(tolerance=tolerance), out,
                                 error, 1),
                    peers=peers,
                    limits={'sgemm of n^3': (lambda: square @ square, None)},
                    agree=agree)
    return make


def batch(library, count, n, tolerance):
    def make(name):
        x = states(count * 2 * n, n).reshape(count, 2 * n, n)
        grams = np.einsum('bij,bik->bjk', x, x)
        views = (type(matrix(grams[0])) * count)(*[matrix(g) for g in grams])
        out, error = np.zeros(count), np.zeros(count)
        tensor = torch and torch.from_numpy(grams)
        gram = library.constant('INFO_INPUT_GRAM')
        return Work(name, count, 'matrix',
                    library.call('info_effective_rank', library.ctx, views, count,
                                 options(tolerance=tolerance, input=gram), out, error, count),
                    peers={'numpy eigvalsh, one by one': (lambda: [np.linalg.eigvalsh(g) for g in grams], 14),
                           'torch eigvalsh, batched': (torch and (lambda: torch.linalg.eigvalsh(tensor)), None)},
                    agree=lambda: (max(abs(out[i] / rank_of(np.linalg.eigvalsh(grams[i].astype(np.float64))) - 1)
                                       for i in range(0, count, 37)), tolerance or 1e-9))
    return make


def works(library):
    if not library.has('info_effective_rank'):
        return
    for tolerance, label in ((1e-5, '1e-5'), (0, '1e-9')):
        quick = tolerance > 0
        yield 'eRank 512x768 to ' + label, erank(library, 512, 768, tolerance, {'eigvalsh': 5} if quick else {}, True)
        yield 'eRank 1024x8192 to ' + label, erank(library, 1024, 8192, tolerance, {'gram': 2} if quick else {}, False)
        yield 'eRank 4096x4096 to ' + label, erank(library, 4096, 4096, tolerance,
                                                   {'eigvalsh': 3.5, 'svdvals': 10} if quick else {}, True)
        yield 'eRank of 1000 Gram 64x64 to ' + label, batch(library, 1000, 64, tolerance)
