"""Gains of tokens against the backend's own Cholesky speed, and Lasso paths. The bars are this project's own."""
import ctypes

import numpy as np

from harness import Work, matrix, optional

lapack = optional('scipy.linalg.lapack')
linear_model = optional('sklearn.linear_model')


class LassoOptions(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('rows', ctypes.c_int32), ('ridge_share', ctypes.c_double),
                ('tolerance', ctypes.c_double), ('smallest', ctypes.c_double), ('max_sweeps', ctypes.c_int64)]


def sequence(seed, n, d):
    """Unit rows with a direction in common, as hidden states have."""
    random = np.random.default_rng(seed)
    z = random.standard_normal((n, d)) + 0.5 * random.standard_normal((1, d))
    return z / np.linalg.norm(z, axis=1, keepdims=True)


def gains(library, n, d):
    def make(name):
        z, out = sequence(1, n, d), np.zeros(n)
        gram = np.asfortranarray(z @ z.T + np.eye(n))
        # Half of the speed of a Cholesky factorization: n^2 d + n^3/3 operations in twice the time per operation.
        bar = 2 * (n * n * d + n**3 / 3) / (n**3 / 3)
        return Work(name, n, 'token', library.call('info_token_gains', library.ctx, matrix(z), None, out, n),
                    limits={'dpotrf of order n': (lapack and (lambda: lapack.dpotrf(gram, lower=1)), bar)},
                    agree=lambda: (abs(out.sum() / np.linalg.slogdet(gram)[1] - 1), 1e-12))
    return make


def lasso(library, n, d, smallest, tokens):
    """tokens paths of 100 penalties, each of a token in R^d on one context of n tokens: to scikit-learn d samples of
    n features, one path after the other, at the same penalties and tolerance."""
    def make(name):
        random = np.random.default_rng(2)
        z = sequence(3, n, d)
        w = np.zeros((tokens, n))
        for row in w:
            row[random.choice(n, 50, False)] = random.standard_normal(50)
        t = w @ z + 0.1 * random.standard_normal((tokens, d)) / np.sqrt(d)
        out = np.zeros((tokens * 100, 6))
        options = LassoOptions(ctypes.sizeof(LassoOptions), 0, 0, 1e-7, smallest, 0)
        reached = []

        def scikit():
            reached[:] = [linear_model.lasso_path(z.T, row, eps=smallest, n_alphas=100, tol=1e-7) for row in t]

        def difference():
            alphas, weights, _ = reached[0]
            best = [0.5 * ((t[0] - z.T @ column)**2).sum() + d * a * abs(column).sum()
                    for a, column in zip(alphas, weights.T)]
            return max(abs(out[:100, 1] / best - 1))

        return Work(name, tokens, 'path',
                    library.call('info_lasso_path', library.ctx, matrix(z), matrix(t), None, 100, options, None, out,
                                 tokens * 100),
                    peers={'sklearn lasso_path': (linear_model and scikit, 5)},
                    agree=(lambda: (difference(), 1e-4)) if linear_model else None)
    return make


def works(library):
    if library.has('info_token_gains'):
        yield 'gains of all tokens, 2048 x 4096', gains(library, 2048, 4096)
    if library.has('info_lasso_path'):
        yield 'Lasso path, 1000 samples x 4096 features (context of 4096 tokens, d = 1000)', \
            lasso(library, 4096, 1000, 1e-2, 1)
        yield 'Lasso path, 4096 samples x 1000 features (context of 1000 tokens, d = 4096)', \
            lasso(library, 1000, 4096, 1e-2, 1)
        yield '8 Lasso paths, 4096 samples x 1000 features (context of 1000 tokens, d = 4096)', \
            lasso(library, 1000, 4096, 1e-2, 8)
