"""Entropy and divergences of rows of probabilities. The bars are this project's own."""
import numpy as np

from harness import Work, matrix, optional

stats = optional('scipy.stats')
special = optional('scipy.special')
distance = optional('scipy.spatial.distance')
torch = optional('torch')


def probabilities(seed, n):
    p = np.random.default_rng(seed).exponential(size=n)
    return p / p.sum()


def relative(a, b):
    return abs(a - b) / abs(b)


def entropy(library, n):
    def make(name):
        p, out, peer = probabilities(1, n), np.zeros(1), np.zeros(1)
        tensor = torch and torch.from_numpy(p)
        word = np.zeros(1, dtype=np.uint64)
        large = n >= 10**7
        return Work(
            name, n, 'element', library.call('info_entropy', library.ctx, matrix(p), None, out, 1),
            peers={
                'libm loop': (library.call('peer_entropy', p, 1, n, peer), 6),
                'numpy -(p*log p).sum()': (lambda: -(p * np.log(p)).sum(), 8 if large else None),
                'scipy.stats.entropy': (stats and (lambda: stats.entropy(p)), 12),
                'torch -(p*log p).sum()': (torch and (lambda: -(tensor * tensor.log()).sum()), None),
            },
            limits={'plain read': (library.call('peer_read', p, 8 * n, library.threads, word), 1.3 if large else None)},
            agree=lambda: (relative(out[0], peer[0]), 1e-10))
    return make


def kl(library, n):
    def make(name):
        p, q, out, peer = probabilities(1, n), probabilities(2, n), np.zeros(1), np.zeros(1)
        tp, tq = (torch.from_numpy(p), torch.from_numpy(q)) if torch else (None, None)
        return Work(
            name, n, 'element', library.call('info_kl', library.ctx, matrix(p), matrix(q), None, out, 1),
            peers={
                'libm loop': (library.call('peer_kl', p, q, 1, n, peer), None),
                'numpy (p*log(p/q)).sum()': (lambda: (p * np.log(p / q)).sum(), None),
                'scipy.stats.entropy(p, q)': (stats and (lambda: stats.entropy(p, q)), 40 if n >= 10**7 else 12),
                'torch kl_div': (torch and (lambda: torch.nn.functional.kl_div(tq.log(), tp, reduction='sum')), None),
            },
            agree=lambda: (relative(out[0], peer[0]), 1e-10))
    return make


def js(library, n):
    def make(name):
        p, q, out, peer = probabilities(1, n), probabilities(2, n), np.zeros(1), np.zeros(1)
        return Work(
            name, n, 'element', library.call('info_js', library.ctx, matrix(p), matrix(q), None, out, 1),
            peers={
                'libm loop': (library.call('peer_js', p, q, 1, n, peer), None),
                'scipy jensenshannon': (distance and (lambda: distance.jensenshannon(p, q)), 10),
            },
            agree=lambda: (relative(out[0], peer[0]), 1e-10))
    return make


def works(library):
    for n in (1000, 10**5, 10**7):
        if library.has('info_entropy'):
            yield 'H f64 n=%.0e' % n, entropy(library, n)
        if library.has('info_kl'):
            yield 'KL f64 n=%.0e' % n, kl(library, n)
        if library.has('info_js'):
            yield 'JS f64 n=%.0e' % n, js(library, n)
