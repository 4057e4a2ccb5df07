"""Vocabulary heads: measures from hidden states against the bare matrix product of the same sizes."""
import ctypes

import numpy as np

from harness import BF16, Python, Work, matrix, optional, to_bf16
from lm import Comparison, Measures, destinations

torch = optional('torch')

ROWS, DEPTH, VOCABULARY = 512, 1024, 32000


class Head(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('reserved', ctypes.c_int32), ('hidden', ctypes.c_void_p),
                ('weight', ctypes.c_void_p), ('bias', ctypes.c_void_p), ('softcap', ctypes.c_double)]


def head(hidden, weight, softcap=0.0):
    views = matrix(hidden), matrix(weight, BF16 if weight.dtype == np.uint16 else None)
    made = Head(ctypes.sizeof(Head), 0, *[ctypes.addressof(view) for view in views], None, softcap)
    made.keep = views
    return made


def make_states(seed):
    random = np.random.default_rng(seed)
    hidden = random.standard_normal((ROWS, DEPTH), dtype=np.float32)
    weight = random.standard_normal((VOCABULARY, DEPTH), dtype=np.float32) / np.float32(np.sqrt(DEPTH) / 3)
    return hidden, weight, random.integers(0, VOCABULARY, ROWS)


def nll(hidden, weight, targets):
    """The same by numpy in blocks of rows, for a check of the results."""
    logits = hidden[:64] @ weight.T
    top = logits.max(1, keepdims=True)
    return top[:, 0] + np.log(np.exp((logits - top).astype(np.float64)).sum(1)) - logits[np.arange(64), targets[:64]]


def statistics(library, bf16=False, softcap=0.0):
    def make(name):
        hidden, weight, targets = make_states(1)
        given = to_bf16(weight) if bf16 else weight
        measures, out = destinations(Measures, ROWS, 'log_probability', 'entropy', 'varentropy')
        product = np.zeros((ROWS, VOCABULARY), dtype=np.float32)
        th, tw, tt = (torch.from_numpy(a) for a in (hidden, weight, targets)) if torch else (None, None, None)

        def torch_loss():
            return torch.nn.functional.cross_entropy(th @ tw.T, tt, reduction='none')

        return Work(
            name, ROWS, 'row',
            library.call('info_head_measure', library.ctx, head(hidden, given, softcap), targets, ROWS, None, measures),
            peers={'torch matmul, cross_entropy': (torch and torch_loss, None)},
            limits={'sgemm alone (numpy matmul)': (Python(lambda: np.matmul(hidden, weight.T, out=product)),
                                                   None if bf16 or softcap else 1.15)},
            agree=None if bf16 or softcap else
            lambda: (np.abs(out['log_probability'][:64] + nll(hidden, weight, targets)).max(), 1e-4))
    return make


def divergence(library):
    def make(name):
        hidden, weight, _ = make_states(1)
        other = weight + np.float32(0.02) * make_states(2)[1]
        comparison, out = destinations(Comparison, ROWS, 'kl')
        product = np.zeros((ROWS, VOCABULARY), dtype=np.float32)

        def products():
            np.matmul(hidden, weight.T, out=product)
            np.matmul(hidden, other.T, out=product)

        return Work(
            name, ROWS, 'row',
            library.call('info_head_compare', library.ctx, head(hidden, weight), head(hidden, other), None, 0, None,
                         comparison),
            limits={'two sgemm alone (numpy matmul)': (Python(products), None)})
    return make


def works(library):
    if library.has('info_head_measure'):
        yield 'head: NLL, H, varentropy, 512 x 1024 x 32000', statistics(library)
        yield 'head: the same, bf16 weights', statistics(library, bf16=True)
        yield 'head: the same, softcap', statistics(library, softcap=30.0)
    if library.has('info_head_compare'):
        yield 'head: KL of two, 512 x 1024 x 32000', divergence(library)
