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
               [(name, ctypes.c_int32) for name in ('convention', 'center', 'normalize_rows', 'scale', 'input',
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


class DimeOptions(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('unit', ctypes.c_int32), ('order', ctypes.c_double),
                ('permutations', ctypes.c_int64), ('seed', ctypes.c_uint64)]


def entropy_of(eigenvalues):
    p = eigenvalues[eigenvalues > 0]
    return -(p * np.log(p)).sum()


def dime(library, n, permutations=10):
    """The peers do what published scripts do: eigenvalues of each product of Hadamard, in f64."""
    def make(name):
        x = states(n, 64).astype(np.float64)
        kernels = []
        for half in (x[:, :32], x[:, 16:48]):
            squares = ((half[:, None] - half[None]) ** 2).sum(2)
            kernels.append(np.exp(-squares / np.median(squares)))
        first, second = kernels
        out = np.zeros(4)
        tensors = torch and [torch.from_numpy(k) for k in kernels]

        def numpy_dime():
            random, permuted = np.random.default_rng(1), 0
            for _ in range(permutations):
                order = random.permutation(n)
                permuted += entropy_of(np.linalg.eigvalsh(first * second[np.ix_(order, order)] / n)) / permutations
            return permuted - entropy_of(np.linalg.eigvalsh(first * second / n))

        def torch_dime():
            permuted = 0
            for _ in range(permutations):
                order = torch.randperm(n)
                product = tensors[0] * tensors[1][order][:, order] / n
                permuted += entropy_of(torch.linalg.eigvalsh(product).numpy()) / permutations
            return permuted - entropy_of(torch.linalg.eigvalsh(tensors[0] * tensors[1] / n).numpy())

        return Work(name, permutations + 1, 'entropy',
                    library.call('info_dime', library.ctx, matrix(first), matrix(second),
                                 DimeOptions(ctypes.sizeof(DimeOptions), permutations=permutations, seed=1), out),
                    peers={'numpy eigvalsh': (numpy_dime, None),
                           'torch eigvalsh': (torch and torch_dime, None)},
                    agree=lambda: (abs(out[1] / entropy_of(np.linalg.eigvalsh(first * second / n)) - 1), 1e-9))
    return make


def numpy_stochastic_lanczos(z, probes, steps):
    """What the estimate replaces: Lanczos' quadrature of random signs, without a sketch."""
    n, trace = z.shape[1], (z * z).sum()
    v = np.random.default_rng(3).choice([-1.0, 1.0], (n, probes)) / np.sqrt(n)
    before, beta, alphas, betas = 0, 0, [], []
    for _ in range(steps):
        w = z.T @ (z @ v) / trace - beta * before
        alpha = (v * w).sum(0)
        w -= alpha * v
        before, beta = v, np.linalg.norm(w, axis=0)
        v = w / beta
        alphas.append(alpha)
        betas.append(beta)
    total = 0
    for i in range(probes):
        t = np.diag([a[i] for a in alphas]) + np.diag([b[i] for b in betas[:-1]], 1) + np.diag([b[i] for b in betas[:-1]], -1)
        values, vectors = np.linalg.eigh(t)
        values = np.maximum(values, 1e-300)
        total -= (vectors[0] ** 2 * values * np.log(values)).sum()
    return np.exp(n * total / probes)


def estimate(library, n):
    def make(name):
        x = states(n, n)
        tensor = torch and torch.from_numpy(x)
        z = prepared(x.astype(np.float64))
        out, rank = np.zeros(7), np.zeros(1)
        return Work(name, 1, 'matrix',
                    library.call('info_effective_rank_estimate', library.ctx, matrix(x), None, None, out),
                    peers={'libinfo, to 1e-5': (library.call('info_effective_rank', library.ctx, matrix(x), 1,
                                                             options(tolerance=1e-5), rank, None, 1), None),
                           'numpy, 64 probes, 20 steps of Lanczos': (lambda: numpy_stochastic_lanczos(z, 64, 20), None),
                           'torch eigvalsh': (torch and (lambda: rank_of(torch.linalg.eigvalsh(
                               torch_covariance(tensor)).numpy())), None)},
                    # out[1], out[2]: the interval, of 95 %
                    agree=lambda: (abs(out[0] / rank[0] - 1), 2 * (out[2] - out[1]) / out[0]))
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
    yield 'DiME of 512 points, 10 permutations', dime(library, 512)
    yield 'estimate of eRank 2048x2048', estimate(library, 2048)
