"""Vocabulary heads: measures from hidden states against the bare matrix product of the same sizes."""
import ctypes

import numpy as np

from harness import BF16, Python, Work, matrix, optional, to_bf16
from lm import Comparison, LossOptions, LossResult, Measures, destinations

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


class Gradients(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('accumulate', ctypes.c_int32), ('hidden', ctypes.c_void_p),
                ('weight', ctypes.c_void_p), ('bias', ctypes.c_void_p)]


def training(library, bf16=False):
    """Cross-entropy with the gradients of hidden states and weights against the three products alone, and against torch."""
    def make(name):
        hidden, weight, targets = make_states(1)
        given = to_bf16(weight) if bf16 else weight
        d_hidden, d_weight = np.zeros_like(hidden), np.zeros_like(weight)
        views = matrix(d_hidden), matrix(d_weight)
        gradients = Gradients(ctypes.sizeof(Gradients), 0, *[ctypes.addressof(view) for view in views], None)
        options, result = LossOptions(ctypes.sizeof(LossOptions)), LossResult()
        gradients.keep = views
        slopes, by_hidden, by_weight = (np.zeros(shape, dtype=np.float32)
                                        for shape in ((ROWS, VOCABULARY), hidden.shape, weight.shape))

        def products():
            np.matmul(hidden, weight.T, out=slopes)
            np.matmul(slopes, weight, out=by_hidden)
            np.matmul(slopes.T, hidden, out=by_weight)

        def torch_loss():
            x, w = [torch.from_numpy(a).requires_grad_() for a in (hidden, weight)]
            torch.nn.functional.cross_entropy(x @ w.T, torch.from_numpy(targets)).backward()
            return x.grad, w.grad

        def difference():
            if not torch:
                return 0, 1
            return max(np.abs(ours - theirs.numpy()).max() / np.abs(ours).max()
                       for ours, theirs in zip((d_hidden, d_weight), torch_loss())), 1e-4

        return Work(
            name, ROWS, 'row',
            library.call('info_head_loss_cross_entropy', library.ctx, head(hidden, given), targets, ROWS, options, None,
                         result, gradients),
            peers={'torch matmul, cross_entropy, backward': (torch and torch_loss, None if bf16 else 1.5)},
            limits={'three sgemm alone (numpy matmul)': (Python(products), 1.2)},
            agree=None if bf16 else difference)
    return make


def works(library):
    if library.has('info_head_measure'):
        yield 'head: NLL, H, varentropy, 512 x 1024 x 32000', statistics(library)
        yield 'head: the same, bf16 weights', statistics(library, bf16=True)
        yield 'head: the same, softcap', statistics(library, softcap=30.0)
    if library.has('info_head_compare'):
        yield 'head: KL of two, 512 x 1024 x 32000', divergence(library)
    if library.has('info_head_loss_cross_entropy'):
        yield 'head: cross-entropy with gradients, 512 x 1024 x 32000', training(library)
        yield 'head: the same with gradients, bf16 weights', training(library, bf16=True)
