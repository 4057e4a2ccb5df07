"""Entropy and divergences of rows of probabilities, in f64 and f32, with AVX2 alone too. The bars are this project's own."""
import ctypes

import numpy as np

from harness import BF16, Work, matrix, optional, to_bf16

stats = optional('scipy.stats')
distance = optional('scipy.spatial.distance')
torch = optional('torch')


def probabilities(seed, n, dtype):
    p = np.random.default_rng(seed).exponential(size=n)
    return (p / p.sum()).astype(dtype)


def tensors(*arrays):
    return [torch.from_numpy(a) if torch else None for a in arrays]


def relative(a, b):
    return abs(a - b) / abs(b)


def bar(dtype, value):
    """Bars are for f64; f32 is compared without."""
    return value if dtype == 'float64' else None


def entropy(library, ctx, dtype, n):
    def make(name):
        p, out, peer = probabilities(1, n, dtype), np.zeros(1), np.zeros(1)
        exact, (tensor,) = p.astype('float64'), tensors(p)
        word = np.zeros(1, dtype=np.uint64)
        large = n >= 10**7
        return Work(
            name, n, 'element', library.call('info_entropy', ctx, matrix(p), None, out, 1),
            peers={
                'libm loop (f64)': (library.call('peer_entropy', exact, 1, n, peer), bar(dtype, 6)),
                'numpy -(p*log p).sum()': (lambda: -(p * np.log(p)).sum(), bar(dtype, 8 if large else None)),
                'scipy.stats.entropy': (stats and (lambda: stats.entropy(p)), bar(dtype, 12)),
                'torch -(p*log p).sum()': (torch and (lambda: -(tensor * tensor.log()).sum()), None),
            },
            limits={'plain read': (library.call('peer_read', p, p.nbytes, library.threads, word),
                                   bar(dtype, 1.3 if large else None))},
            agree=lambda: (relative(out[0], peer[0]), 1e-10))
    return make


def kl(library, ctx, dtype, n):
    def make(name):
        p, q, out, peer = probabilities(1, n, dtype), probabilities(2, n, dtype), np.zeros(1), np.zeros(1)
        exact_p, exact_q, (tp, tq) = p.astype('float64'), q.astype('float64'), tensors(p, q)
        return Work(
            name, n, 'element', library.call('info_kl', ctx, matrix(p), matrix(q), None, out, 1),
            peers={
                'libm loop (f64)': (library.call('peer_kl', exact_p, exact_q, 1, n, peer), None),
                'numpy (p*log(p/q)).sum()': (lambda: (p * np.log(p / q)).sum(), None),
                'scipy.stats.entropy(p, q)': (stats and (lambda: stats.entropy(p, q)),
                                              bar(dtype, 40 if n >= 10**7 else 12)),
                'torch kl_div': (torch and (lambda: torch.nn.functional.kl_div(tq.log(), tp, reduction='sum')), None),
            },
            # KL has the terms q - p, which the loop lacks: f32 rows sum to 1 within 1e-8 or so
            agree=lambda: (relative(out[0], peer[0]), 1e-10 if dtype == 'float64' else 1e-6))
    return make


def torch_js(a, b):
    m = (a + b) / 2
    return (torch.xlogy(a, a / m) + torch.xlogy(b, b / m)).sum(-1) / 2


def js(library, ctx, dtype, n):
    def make(name):
        p, q, out, peer = probabilities(1, n, dtype), probabilities(2, n, dtype), np.zeros(1), np.zeros(1)
        exact_p, exact_q, (tp, tq) = p.astype('float64'), q.astype('float64'), tensors(p, q)
        return Work(
            name, n, 'element', library.call('info_js', ctx, matrix(p), matrix(q), None, out, 1),
            peers={
                'libm loop (f64)': (library.call('peer_js', exact_p, exact_q, 1, n, peer), None),
                'scipy jensenshannon': (distance and (lambda: distance.jensenshannon(p, q)), bar(dtype, 10)),
                'torch xlogy': (torch and (lambda: torch_js(tp, tq)), None),
            },
            agree=lambda: (relative(out[0], peer[0]), 1e-10))
    return make


# ---- Rows of logits -------------------------------------------------------------

ROWS, VOCABULARY = 64, 32000
LOGITS = 2  # INFO_LOGITS


class EntropyOptions(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32)] + \
               [(name, ctypes.c_int32) for name in ('kind', 'unit', 'invalid', 'normalize', 'smoothing')] + \
               [('smoothing_amount', ctypes.c_double), ('sum_tolerance', ctypes.c_double),
                ('precision', ctypes.c_int32), ('arithmetic', ctypes.c_int32)]


class DivergenceOptions(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32)] + \
               [(name, ctypes.c_int32) for name in ('p_kind', 'q_kind', 'unit', 'invalid', 'normalize', 'smoothing',
                                                    'pairing')] + \
               [('smoothing_amount', ctypes.c_double), ('sum_tolerance', ctypes.c_double),
                ('precision', ctypes.c_int32), ('arithmetic', ctypes.c_int32)]


def logits_as(dtype, seed):
    """Rows of logits and a view of them; a second model's are those of seed 1 and a tenth of others."""
    x = 3 * np.random.default_rng(1).standard_normal((ROWS, VOCABULARY), dtype=np.float32)
    if seed > 1:
        x += np.float32(0.1) * np.random.default_rng(seed).standard_normal((ROWS, VOCABULARY), dtype=np.float32)
    if dtype == 'bfloat16':
        return x, matrix(to_bf16(x), BF16)
    return x, matrix(x.astype(dtype))


def of_logits(library, symbol, dtype, bar_of_peer):
    def make(name):
        (x, p), (y, q) = logits_as(dtype, 1), logits_as(dtype, 2)
        out, peer, word = np.zeros(ROWS), np.zeros(ROWS), np.zeros(1, dtype=np.uint64)
        peers, (tx, ty) = {}, tensors(*((x.astype(dtype), y.astype(dtype)) if dtype == 'float64' else (x, y)))
        if symbol == 'H':
            o = EntropyOptions(ctypes.sizeof(EntropyOptions), LOGITS)
            call = library.call('info_entropy', library.ctx, p, o, out, ROWS)
            peers['torch entropy by log_softmax'] = (
                torch and (lambda: -(tx.log_softmax(-1).exp() * tx.log_softmax(-1)).sum(-1)), None)
        else:
            o = DivergenceOptions(ctypes.sizeof(DivergenceOptions), LOGITS, LOGITS)
            call = library.call({'KL': 'info_kl', 'JS': 'info_js', 'TV': 'info_total_variation',
                                 'Hellinger': 'info_hellinger'}[symbol], library.ctx, p, q, o, out, ROWS)
        if symbol == 'JS':
            peers['torch xlogy of softmax'] = (torch and (lambda: torch_js(tx.softmax(-1), ty.softmax(-1))), None)
        if symbol == 'TV':
            peers['torch softmax'] = (torch and (lambda: (tx.softmax(-1) - ty.softmax(-1)).abs().sum(-1)), None)
        if symbol == 'Hellinger':
            peers['torch roots of softmax'] = (
                torch and (lambda: (tx.softmax(-1).sqrt() - ty.softmax(-1).sqrt()).square().sum(-1)), None)
        if symbol == 'KL':
            peers['KL loop of llama.cpp'] = (library.call('peer_kl_logits', x, y, ROWS, VOCABULARY, peer), bar_of_peer)
            peers['torch kl_div of log_softmax'] = (torch and (lambda: torch.nn.functional.kl_div(
                ty.log_softmax(-1), tx.log_softmax(-1), log_target=True, reduction='none').sum(-1)), None)
        given = p.keep
        work = Work(name, ROWS * VOCABULARY, 'element', call, peers,
                    limits={'plain read': (library.call('peer_read', given, given.nbytes, library.threads, word), None)},
                    agree=(lambda: (np.abs(out - peer).max(), 1e-3)) if symbol == 'KL' and dtype != 'bfloat16' else None)
        work.keep = o
        return work
    return make


def works(library):
    avx2 = library.context(library.constant('INFO_CPU_AVX2'))
    levels = [('', library.ctx)] + ([(' with AVX2', avx2)] if avx2 else [])
    for symbol, function, measure in (('H', 'info_entropy', entropy), ('KL', 'info_kl', kl), ('JS', 'info_js', js)):
        for short, dtype in (('f64', 'float64'), ('f32', 'float32')):
            for n in (1000, 10**5, 10**7):
                for level, ctx in levels:
                    if library.has(function):
                        yield '%s %s n=%.0e%s' % (symbol, short, n, level), measure(library, ctx, dtype, n)
    for symbol in ('H', 'KL', 'JS', 'TV'):
        for short, dtype in (('f32', 'float32'), ('bf16', 'bfloat16'), ('f64', 'float64')):
            name = '%s of %s logits, %d x %d' % (symbol, short, ROWS, VOCABULARY)
            yield name, of_logits(library, symbol, dtype, 15 if short == 'f32' else None)
    yield 'Hellinger of f64 logits, %d x %d' % (ROWS, VOCABULARY), of_logits(library, 'Hellinger', 'float64', None)
