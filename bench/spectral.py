"""Effective rank of hidden states: libinfo's entropy against the decompositions people use.

Torch's and numpy's single-precision results are good to about 1e-5 relative; libinfo is timed at that
tolerance, and at its default of 1e-9. Peers prepare the states and take the d x d covariance as the published script
does, except where their name says Gram; all of that is timed, as it is for libinfo.

Operations are counted as n^2 m for a Gram matrix (n the shorter side, m the longer) and 4/3 n^3 for its
reduction, which every route shares; the rate is compared with that of sgemm.
"""
import ctypes

import numpy as np

from harness import Work, leave_slow, matrix, optional

torch = optional('torch')

PUBLISHED = 'published script, torch.svd'


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


def torch_prepared(tensor):
    z = tensor - tensor.mean(0)
    return z / z.norm(dim=1, keepdim=True)


def torch_covariance(tensor):
    z = torch_prepared(tensor)
    return z.T @ z / len(z)


def published(tensor):
    """Diff-eRank's script: its three functions, one after another."""
    z = torch.nn.functional.normalize(torch_prepared(tensor), dim=1)
    covariance = z.T @ z / z.shape[0]
    values = torch.svd(covariance / torch.trace(covariance))[1]
    return np.exp(-(values * torch.log(values)).nansum().item())


def numpy_gram_rank(x):
    z = prepared(x)
    return rank_of(np.linalg.eigvalsh(z @ z.T if len(z) < len(z.T) else z.T @ z))


def sgemm(n):
    """A limit: name, candidate, operations."""
    square, out = np.asfortranarray(states(n, n)), np.empty((n, n), np.float32)
    return 'sgemm of order %d' % n, lambda: np.matmul(square, square, out=out), 2 * n**3


def erank(library, rows, cols, tolerance, bars):
    """From states: the peers form the covariance too."""
    def make(name):
        x = states(rows, cols)
        tensor = torch and torch.from_numpy(x)
        out, error = np.zeros(1), np.zeros(1)
        n, m = min(rows, cols), max(rows, cols)
        limit, multiply, products = sgemm(n)
        peers = {'numpy eigvalsh, Gram': (lambda: numpy_gram_rank(x), bars.get('gram'))}
        for peer, decompose in ((torch and (('eigvalsh', torch.linalg.eigvalsh), ('svdvals', torch.linalg.svdvals))) or ()):
            peers['torch ' + peer] = (lambda f=decompose: rank_of(f(torch_covariance(tensor)).numpy()), bars.get(peer))
        peers[PUBLISHED] = (torch and (lambda: published(tensor)), bars.get('published'))
        slow = ['torch eigvalsh', 'torch svdvals', PUBLISHED] if cols >= 8192 else [PUBLISHED] if cols >= 4096 else []
        peers = leave_slow(library, name, peers, slow)

        def agree():
            z = prepared(x.astype(np.float64))
            reference = rank_of(np.linalg.eigvalsh(z @ z.T if rows < cols else z.T @ z))
            print('    error %.2g, bound %.2g' % (abs(out[0] / reference - 1), error[0] / reference))
            return abs(out[0] / reference - 1), tolerance or 1e-9

        return Work(name, 1, 'matrix',
                    library.call('info_effective_rank', library.ctx, matrix(x), 1, options(tolerance=tolerance), out,
                                 error, 1),
                    peers=peers,
                    limits={limit: (multiply, None)},
                    agree=agree, peak=(n * n * m + 4 / 3 * n**3, limit, products))
    return make


def of_covariance(library, n, tolerance, bars):
    """The spectral step alone, of a covariance that is there."""
    def make(name):
        z = prepared(states(n, n))
        gram = z.T @ z
        tensor = torch and torch.from_numpy(gram)
        out, error = np.zeros(1), np.zeros(1)
        limit, multiply, products = sgemm(n)
        peers = {'numpy eigvalsh': (lambda: rank_of(np.linalg.eigvalsh(gram)), None)}
        for peer, decompose in ((torch and (('eigvalsh', torch.linalg.eigvalsh), ('svdvals', torch.linalg.svdvals))) or ()):
            peers['torch ' + peer] = (lambda f=decompose: rank_of(f(tensor).numpy()), bars.get(peer))
        peers['torch.svd'] = (torch and (lambda: rank_of(torch.svd(tensor)[1].numpy())), None)
        peers = leave_slow(library, name, peers, ['torch.svd'])

        def agree():
            reference = rank_of(np.linalg.eigvalsh(gram.astype(np.float64)))
            print('    error %.2g, bound %.2g' % (abs(out[0] / reference - 1), error[0] / reference))
            return abs(out[0] / reference - 1), tolerance or 1e-9

        return Work(name, 1, 'matrix',
                    library.call('info_effective_rank', library.ctx, matrix(gram), 1,
                                 options(tolerance=tolerance, input=library.constant('INFO_INPUT_GRAM')), out, error, 1),
                    peers=peers,
                    limits={limit: (multiply, None)},
                    agree=agree, peak=(4 / 3 * n**3, limit, products))
    return make


def batch(library, count, n, tolerance, bars):
    def make(name):
        x = states(count * 2 * n, n).reshape(count, 2 * n, n)
        grams = np.ascontiguousarray(np.einsum('bij,bik->bjk', x, x))
        views = (type(matrix(grams[0])) * count)(*[matrix(g) for g in grams])
        out, error, theirs = np.zeros(count), np.zeros(count), np.zeros(count)
        tensor = torch and torch.from_numpy(grams)
        gram = library.constant('INFO_INPUT_GRAM')
        loop = hasattr(library.peers, 'peer_effective_ranks') and \
            library.call('peer_effective_ranks', grams, count, n, theirs)
        return Work(name, count, 'matrix',
                    library.call('info_effective_rank', library.ctx, views, count,
                                 options(tolerance=tolerance, input=gram), out, error, count),
                    peers={'LAPACK ssyevd, one by one': (loop or None, bars.get('loop')),
                           'numpy eigvalsh, batched': (lambda: np.linalg.eigvalsh(grams), None),
                           'torch eigvalsh, batched': (torch and (lambda: torch.linalg.eigvalsh(tensor)), None),
                           'torch.svd, batched': (torch and (lambda: torch.svd(tensor)), None)},
                    agree=lambda: (max(abs(out[i] / rank_of(np.linalg.eigvalsh(grams[i].astype(np.float64))) - 1)
                                       for i in range(0, count, 37)), tolerance or 1e-9))
    return make


def works(library):
    if not library.has('info_effective_rank'):
        return
    for tolerance, label in ((1e-5, '1e-5'), (0, '1e-9')):
        def bars(**given):
            return given if tolerance > 0 else {}
        yield 'eRank 512x768 to ' + label, erank(library, 512, 768, tolerance, bars(eigvalsh=5))
        yield 'eRank 1024x8192 to ' + label, erank(library, 1024, 8192, tolerance, bars(gram=2, published=1000))
        yield 'eRank 4096x4096 to ' + label, erank(library, 4096, 4096, tolerance, bars(eigvalsh=3.5, svdvals=10))
        yield 'eRank of covariance 4096 to ' + label, of_covariance(library, 4096, tolerance,
                                                                    bars(eigvalsh=3.5, svdvals=10))
        yield 'eRank of 1000 Gram 64x64 to ' + label, batch(library, 1000, 64, tolerance, bars(loop=14))
