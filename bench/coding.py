"""Rate-distortion, capacity and the bottleneck. Plain iterations take thousands of steps to a
gap of 1e-9 nat: some of them are timed and multiplied by how many there are."""
import ctypes
import time

import numpy as np

from harness import Work, matrix

GAP = 1e-9
FIRST_ORDER = 1
CAP = 20000  # steps of a plain iteration; where it needs more, its time is that of so many


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


class Scaled:
    """A candidate that is steps times what one of its steps takes."""

    def __init__(self, run, sample, steps):
        self.run, self.sample, self.steps = run, sample, steps

    def seconds(self, repeat):
        begin = time.perf_counter()
        self.run(self.sample)
        return (time.perf_counter() - begin) / self.sample * self.steps * repeat


def problem(kind, n):
    rng = np.random.default_rng(1)
    if kind == 'random':
        p, d = rng.exponential(size=n), rng.random((n, n))
    else:
        x = 6 * (np.arange(n) + 0.5) / n - 3
        p, d = np.exp(-x * x / 2), (x[:, None] - x[None, :])**2
    return p / p.sum(), np.ascontiguousarray(d)


def textbook(p, d, slope, steps):
    """Blahut's iteration as it is usually written."""
    q = np.full(d.shape[1], 1 / d.shape[1])
    a = np.exp(-slope * d)
    for _ in range(steps):
        w = q * a
        w /= w.sum(axis=1, keepdims=True)
        q = p @ w
    return q


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

        call(options(FIRST_ORDER, CAP), plain)
        steps = plain.iterations
        print('    (the plain iteration needs %s%d steps)' % ('more than ' if plain.status else '', steps))
        ours = options()
        return Work(
            name, 1, 'problem', type('Ours', (), {'seconds': staticmethod(
                lambda repeat: timed(repeat, lambda: call(ours, result)))}),
            peers={
                'our plain Blahut-Arimoto': (Scaled(lambda k: call(options(FIRST_ORDER, k), Result()), 200, steps), 40),
                'numpy textbook': (Scaled(lambda k: textbook(p, d, slope, k), 4, steps), 1000),
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
            long, many = timed(1, lambda: call(136)), result.iterations
            return (long - short) / (many - few) * repeat

        return Work(name, 1, 'step', type('Ours', (), {'seconds': staticmethod(ours)}),
                    peers={'numpy on gemm': (Scaled(lambda k: self_consistent(pyx, px, start, 20.0, k), 32, 1), 1.3)})
    return make


def works(library):
    if library.has('info_rate_distortion'):
        for n in (256, 1024):
            for kind in ('random', 'smooth'):
                yield 'R(D) %s %d x %d to 1e-9 nat' % (kind, n, n), rate_distortion(library, kind, n, 20.0)
    if library.has('info_bottleneck'):
        yield 'bottleneck step 512 x 256, 64 clusters', bottleneck(library, 512, 256, 64)
