"""The limits of the machine, to read the other numbers by: what ours is here is the limit itself."""
import numpy as np

from harness import Python, Work


def read(library, size):
    def make(name):
        data, word = np.ones(size // 8), np.zeros(1, dtype=np.uint64)
        return Work(name, size, 'byte', library.call('peer_read', data, size, library.threads, word))
    return make


def product(n):
    def make(name):
        a, b = np.ones((n, n), dtype=np.float32), np.ones((n, n), dtype=np.float32)
        out = np.zeros_like(a)
        return Work(name, 2 * n**3, 'flop', Python(lambda: np.matmul(a, b, out=out)))
    return make


def works(library):
    for label, size in (('L1 16 kB', 1 << 14), ('L2 512 kB', 1 << 19), ('memory 256 MB', 1 << 28)):
        yield 'limit: read ' + label, read(library, size)
    yield 'limit: sgemm 2048', product(2048)
