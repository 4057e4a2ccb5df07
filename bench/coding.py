"""Rate-distortion and the bottleneck. Plain iterations take thousands of steps to a gap of 1e-9 nat,
millions where no support is sparse: how many is counted by our own plain iteration (up to a cap, and
then the true ratio is larger than what is printed), some steps of each candidate are timed, and
one is multiplied by the other."""
import ctypes
import time

import numpy as np

from harness import Work, matrix, optional

special = optional('scipy.special')

GAP = 1e-9
FIRST_ORDER = 1
CAP = {256: 200000, 1024: 40000}  # steps of a plain iteration; where it needs more, its time is that of so many


class Options(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('unit', ctypes.c_int32), ('tolerance', ctypes.c_double),
                ('max_iterations', ctypes.c_int64), ('method', ctypes.c_int32), ('kind', ctypes.c_int32),
                ('start', ctypes.c_void_p), ('start_len', ctypes.c_int64)]


class Result(ctypes.Structure):
    _fields_ = [(name, ctypes.c_double) for name in ('value', 'lower', 'upper', 'rate', 'distortion', 'slope')] + [
        ('iterations', ctypes.c_int64), ('status', ctypes.c_int32), ('reserved', ctypes.c_int32)]


class BottleneckOptions(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('unit', ctypes.c_int32), ('kind', ctypes.c_int32),
                ('method', ctypes.c_int32), ('clusters', ctypes.c_int64), ('determinism', ctypes.c_double),
                ('tolerance', ctypes.c_double), ('max_iterations', ctypes.c_int64), ('restarts', ctypes.c_int64),
                ('seed', ctypes.c_uint64), ('start', ctypes.c_void_p), ('start_len', ctypes.c_int64)]


class BottleneckResult(ctypes.Structure):
    _fields_ = [(name, ctypes.c_double) for name in ('value', 'lower', 'upper', 'compression', 'relevance',
                                                     'relevance_bound', 'entropy', 'beta')] + [
        ('clusters', ctypes.c_int64), ('iterations', ctypes.c_int64), ('status', ctypes.c_int32),
        ('reserved', ctypes.c_int32)]


class Steps:
    """A candidate that is count times what one of its steps takes: the difference of two runs."""

    def __init__(self, run, few, many, count):
        self.run, self.few, self.many, self.count = run, few, many, count

    def seconds(self, repeat):
        few, many = (timed(1, lambda: self.run(steps)) for steps in (self.few, self.many))
        return max(many - few, 0) / (self.many - self.few) * self.count * repeat


def problem(kind, n):
    rng = np.random.default_rng(1)
    if kind == 'random':
        p, d = rng.exponential(size=n), rng.random((n, n))
    else:
        x = 6 * (np.arange(n) + 0.5) / n - 3
        p, d = np.exp(-x * x / 2), (x[:, None] - x[None, :])**2
    return p / p.sum(), np.ascontiguousarray(d)


def bare(p, d, slope, steps):
    """Blahut's iteration, nothing but the update."""
    q = np.full(d.shape[1], 1 / d.shape[1])
    a = np.exp(-slope * d)
    for _ in range(steps):
        w = q * a
        w /= w.sum(axis=1, keepdims=True)
        q = p @ w
    return q


def textbook(p, d, slope, steps):
    """Blahut's iteration as textbooks and published codes have it: the channel, the output, and
    distortion and rate of every step, from which they see when to stop."""
    q = np.full(d.shape[1], 1 / d.shape[1])
    for _ in range(steps):
        w = q * np.exp(-slope * d)
        w /= w.sum(axis=1, keepdims=True)
        q = p @ w
        joint = p[:, None] * w
        distortion = np.sum(joint * d)
        rate = np.sum(joint * np.log(np.maximum(w, 1e-300) / np.maximum(q, 1e-300)))
    return distortion, rate


def rate_distortion(library, kind, n, slope):
    def make(name):
        p, d = problem(kind, n)
        source, distortion, result, plain = matrix(p), matrix(d), Result(), Result()
        function = library.info.info_rate_distortion
        function.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_int32, ctypes.c_double] + [ctypes.c_void_p] * 2 + [
            ctypes.c_int64] + [ctypes.c_void_p] * 2

        def call(options, out):
            status = function(library.ctx, ctypes.byref(source), ctypes.byref(distortion), 0, slope,
                              ctypes.byref(options), None, 0, None, ctypes.byref(out))
            assert status >= 0, library.info.info_ctx_message(library.ctx)

        def options(method=0, steps=0):
            return Options(ctypes.sizeof(Options), 0, GAP, steps, method, 0, None, 0)

        call(options(FIRST_ORDER, CAP[n]), plain)
        steps = plain.iterations
        print('    (the plain iteration needs %s%d steps)' % ('more than ' if plain.status else '', steps))
        ours, few = options(), 16 * 1024 // n
        return Work(
            name, 1, 'problem', type('Ours', (), {'seconds': staticmethod(
                lambda repeat: timed(repeat, lambda: call(ours, result)))}),
            peers={
                'our plain Blahut-Arimoto': (Steps(lambda k: call(options(FIRST_ORDER, k), Result()), 10, 210, steps), 40),
                'numpy, bare updates': (Steps(lambda k: bare(p, d, slope, k), 1, few + 1, steps), None),
                'numpy, textbook': (Steps(lambda k: textbook(p, d, slope, k), 1, few // 4 + 1, steps), 1000),
            },
            agree=lambda: (result.upper - result.lower, GAP))
    return make


def timed(repeat, function):
    begin = time.perf_counter()
    for _ in range(repeat):
        function()
    return time.perf_counter() - begin


def self_consistent(pyx, px, encoder, beta, steps):
    """The bottleneck's equations in numpy, on matrix products."""
    tiny = 1e-300
    for _ in range(steps):
        weighted = encoder * px[:, None]
        pt = weighted.sum(axis=0)
        pyt = weighted.T @ pyx / pt[:, None]
        exponent = beta * (pyx @ np.log(pyt + tiny).T) + np.log(pt + tiny)
        encoder = np.exp(exponent - exponent.max(axis=1, keepdims=True))
        encoder /= encoder.sum(axis=1, keepdims=True)
    return encoder


def all_pairs(pyx, px, encoder, beta, steps):
    """The same as it is written down, and as embo's steps are made: relative entropies of all pairs at once."""
    for _ in range(steps):
        weighted = encoder * px[:, None]
        pt = weighted.sum(axis=0)
        pyt = pyx.T @ weighted / pt
        divergence = special.rel_entr(pyx.T[:, None, :], pyt[:, :, None]).sum(axis=0)
        encoder = (pt[:, None] * np.exp(-beta * divergence)).T
        encoder /= encoder.sum(axis=1, keepdims=True)
    return encoder


def bottleneck(library, rows, cols, clusters):
    def make(name):
        rng = np.random.default_rng(2)
        joint = rng.exponential(size=(rows, cols))
        joint /= joint.sum()
        start = rng.exponential(size=(rows, clusters))
        start /= start.sum(axis=1, keepdims=True)
        px = joint.sum(axis=1)
        pyx, view, result = joint / px[:, None], matrix(joint), BottleneckResult()
        function = library.info.info_bottleneck
        function.argtypes = [ctypes.c_void_p] * 2 + [ctypes.c_double] + [ctypes.c_void_p] * 3 + [ctypes.c_int64,
                                                                                              ctypes.c_void_p]
        # One random run of so many steps; its fixed cost is taken off by the difference of two lengths.
        def call(steps):
            options = BottleneckOptions(ctypes.sizeof(BottleneckOptions), 0, 0, 0, clusters, 0, 1e-300, steps, 1, 1, None, 0)
            status = function(library.ctx, ctypes.byref(view), 20.0, ctypes.byref(options), None, None, 0,
                              ctypes.byref(result))
            assert status >= 0, library.info.info_ctx_message(library.ctx)

        def ours(repeat):
            short, few = timed(1, lambda: call(8)), result.iterations
            long, many = timed(1, lambda: call(264)), result.iterations
            return (long - short) / (many - few) * repeat

        return Work(name, 1, 'step', type('Ours', (), {'seconds': staticmethod(ours)}),
                    peers={'numpy on gemm': (Steps(lambda k: self_consistent(pyx, px, start, 20.0, k), 2, 66, 1), 1.3),
                           'scipy rel_entr of all pairs (embo)': (
                               special and Steps(lambda k: all_pairs(pyx, px, start, 20.0, k), 1, 3, 1), 100)})
    return make


def works(library):
    if library.has('info_rate_distortion'):
        for n in (256, 1024):
            for kind in ('random', 'smooth'):
                yield 'R(D) %s %d x %d to 1e-9 nat' % (kind, n, n), rate_distortion(library, kind, n, 20.0)
    if library.has('info_bottleneck'):
        yield 'bottleneck step 512 x 256, 64 clusters', bottleneck(library, 512, 256, 64)
