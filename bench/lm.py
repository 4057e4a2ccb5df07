"""Rows of logits: what one model says of its tokens, and two models of the same ones."""
import ctypes

import numpy as np

from harness import BF16, Work, matrix, optional, to_bf16

torch = optional('torch')

ROWS, VOCABULARY = 512, 128256


class Measures(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('reserved', ctypes.c_int32), ('length', ctypes.c_int64)] + \
               [(name, ctypes.c_void_p) for name in ('log_sum_exp', 'maximum', 'argmax', 'log_probability', 'rank',
                                                     'entropy', 'varentropy', 'collision', 'top_probability')]


class Comparison(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('reserved', ctypes.c_int32), ('length', ctypes.c_int64)] + \
               [(name, ctypes.c_void_p) for name in ('kl', 'kl_reverse', 'js', 'generalized_js', 'tv', 'acceptance',
                                                     'same_top', 'log_probability_p', 'log_probability_q', 'delta_p')]


def destinations(kind, rows, *names):
    """A struct of the given kind with an array behind each of the names."""
    arrays = {name: np.zeros(rows) for name in names}
    made = kind(ctypes.sizeof(kind), 0, rows, **{name: array.ctypes.data for name, array in arrays.items()})
    made.keep = arrays
    return made, arrays


def make_logits(seed):
    random = np.random.default_rng(seed)
    return random.standard_normal((ROWS, VOCABULARY), dtype=np.float32) * 3


def make_targets():
    return np.random.default_rng(9).integers(0, VOCABULARY, ROWS)


def statistics(library, bf16):
    """NLL, entropy and varentropy of every row, in one call."""
    def make(name):
        logits, targets = make_logits(1), make_targets()
        measures, out = destinations(Measures, ROWS, 'log_probability', 'entropy', 'varentropy')
        peer, word = np.zeros(ROWS), np.zeros(1, dtype=np.uint64)
        given = to_bf16(logits) if bf16 else logits
        view = matrix(given, BF16) if bf16 else matrix(given)
        tensor = index = None
        if torch:
            tensor, index = torch.from_numpy(logits), torch.from_numpy(targets)
            tensor = tensor.bfloat16() if bf16 else tensor

        def torch_entropy():
            log_p = torch.log_softmax(tensor, -1)
            return -(log_p.exp() * log_p).sum(-1)

        peers = {
            'torch cross_entropy': (torch and (lambda: torch.nn.functional.cross_entropy(tensor, index, reduction='none')),
                                    15 if bf16 else 12),
            'torch entropy by log_softmax': (torch and torch_entropy, 49 if bf16 else 50),
        }
        if not bf16:
            peers['NLL loop of llama.cpp'] = (library.call('peer_nll', logits, targets, ROWS, VOCABULARY, peer), 10)
        return Work(
            name, ROWS * VOCABULARY, 'element',
            library.call('info_logits_measure', library.ctx, view, targets, ROWS, None, measures), peers,
            limits={'plain read': (library.call('peer_read', given, given.nbytes, library.threads, word), 1.3)},
            agree=None if bf16 else lambda: (np.abs(out['log_probability'] + peer).max(), 1e-4))
    return make


def pair(library, bf16, wanted, rows=ROWS):
    """Two models' rows: the second is the first and a tenth of another."""
    def make(name):
        a, b = make_logits(1)[:rows], make_logits(2)[:rows]
        b = a + b * np.float32(0.1)
        comparison, out = destinations(Comparison, rows, *wanted)
        peer, word = np.zeros(rows), np.zeros(1, dtype=np.uint64)
        given = [to_bf16(m) for m in (a, b)] if bf16 else [a, b]
        views = [matrix(m, BF16) if bf16 else matrix(m) for m in given]
        ta = tb = None
        if torch:
            ta, tb = [torch.from_numpy(m).bfloat16() if bf16 else torch.from_numpy(m) for m in (a, b)]

        def torch_kl():
            return torch.nn.functional.kl_div(torch.log_softmax(tb, -1), torch.log_softmax(ta, -1), log_target=True,
                                              reduction='none').sum(-1)

        def torch_js():
            p, q = torch.softmax(ta, -1), torch.softmax(tb, -1)
            m = ((p + q) / 2).log()
            return ((p * (p.log() - m)).sum(-1) + (q * (q.log() - m)).sum(-1)) / 2

        def torch_tv():
            return (torch.softmax(ta, -1) - torch.softmax(tb, -1)).abs().sum(-1) / 2

        peers = {}
        if 'kl' in wanted:
            peers['torch kl_div of log_softmax'] = (torch and torch_kl, 15 if bf16 else 30)
            if not bf16:
                peers['KL loop of llama.cpp'] = (library.call('peer_kl_logits', a, b, rows, VOCABULARY, peer), 15)
        elif 'js' in wanted:
            peers['torch JS by softmax'] = (torch and torch_js, None)
        else:
            peers['torch TV by softmax'] = (torch and torch_tv, None)
        return Work(
            name, rows * VOCABULARY, 'pair',
            library.call('info_logits_compare', library.ctx, *views, None, 0, None, comparison), peers,
            limits={'plain read of one side': (library.call('peer_read', given[0], given[0].nbytes, library.threads, word),
                                               None)},
            agree=(lambda: (np.abs(out['kl'] - peer).max(), 1e-3)) if 'kl' in wanted and not bf16 else None)
    return make


class LossOptions(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32)] + \
               [(name, ctypes.c_int32) for name in ('reduction', 'invalid', 'ignore')] + \
               [('ignore_index', ctypes.c_int64)] + \
               [(name, ctypes.c_double) for name in ('temperature', 'softcap', 'scale', 'label_smoothing', 'z_loss',
                                                     'js_beta')] + \
               [('class_weights', ctypes.c_void_p), ('class_weights_len', ctypes.c_int64),
                ('row_weights', ctypes.c_void_p), ('row_weights_len', ctypes.c_int64),
                ('divergence', ctypes.c_int32), ('target_type', ctypes.c_int32)]


JENSEN_SHANNON = 2  # INFO_DIVERGENCE_JS


class LossResult(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for name in ('rows', 'ignored', 'invalid')] + \
               [(name, ctypes.c_double) for name in ('weight', 'loss')]


def loss(library, kind, dtype, rows=64, softcap=0):
    """A loss and its gradient with respect to the logits, against torch's forward and backward."""
    bf16 = dtype == 'bf16'

    def make(name):
        a = make_logits(1)[:rows]
        b, targets = a + make_logits(2)[:rows] * np.float32(0.1), make_targets()[:rows]
        given = [to_bf16(m) if bf16 else m.astype(np.float64) if dtype == 'f64' else m for m in (a, b)]
        teacher, student = [matrix(m, BF16) if bf16 else matrix(m) for m in given]
        out = np.zeros_like(given[0])
        gradient = matrix(out, BF16) if bf16 else matrix(out)
        result, options = LossResult(), LossOptions(ctypes.sizeof(LossOptions))
        options.divergence = JENSEN_SHANNON if kind == 'JS' else 0
        options.softcap = softcap
        tt = tx = index = None
        if torch:
            tt, tx = [torch.from_numpy(m).bfloat16() for m in (a, b)] if bf16 else map(torch.from_numpy, given)
            index = torch.from_numpy(targets)

        def torch_loss():
            leaf = tx.detach().requires_grad_()
            x, t = [softcap * torch.tanh(m / softcap) if softcap else m for m in (leaf, tt)]
            if kind == 'cross-entropy':
                value = torch.nn.functional.cross_entropy(x, index)
            elif kind == 'JS':
                p, q = torch.log_softmax(t, -1), torch.log_softmax(x, -1)
                m = torch.logaddexp(p, q) - np.log(2)
                value = sum(torch.nn.functional.kl_div(m, side, log_target=True, reduction='batchmean') for side in (p, q)) / 2
            else:
                value = torch.nn.functional.kl_div(torch.log_softmax(x, -1), torch.log_softmax(t, -1),
                                                   log_target=True, reduction='batchmean')
            value.backward()
            return value

        if kind == 'cross-entropy':
            ours = library.call('info_loss_cross_entropy', library.ctx, student, targets, rows, options, result, gradient)
        else:
            ours = library.call('info_loss_divergence', library.ctx, teacher, student, options, result, gradient)
        return Work(name, rows * VOCABULARY, 'element', ours,
                    peers={'torch forward and backward': (torch and torch_loss, None)},
                    agree=(lambda: (abs(result.loss - torch_loss().item()), 1e-4)) if torch and not bf16 else None)
    return make


def works(library):
    if library.has('info_logits_measure'):
        yield 'NLL, H, varentropy of logits f32 512 x 128256', statistics(library, False)
        yield 'NLL, H, varentropy of logits bf16 512 x 128256', statistics(library, True)
    if library.has('info_logits_compare'):
        yield 'KL of two logits f32 512 x 128256', pair(library, False, ['kl'])
        yield 'KL of two logits bf16 512 x 128256', pair(library, True, ['kl'])
        yield 'TV of two logits f32 512 x 128256', pair(library, False, ['tv'])
        yield 'JS of two logits f32 512 x 128256', pair(library, False, ['js'])
        yield 'JS of two logits bf16 512 x 128256', pair(library, True, ['js'])
    if library.has('info_loss_cross_entropy'):
        for kind in ('cross-entropy', 'KL', 'JS'):
            for dtype in ('f32', 'bf16'):
                yield 'loss and gradient: %s %s 64 x 128256' % (kind, dtype), loss(library, kind, dtype)
            yield 'loss and gradient: %s f64 16 x 128256' % kind, loss(library, kind, 'f64', 16)
            yield 'loss and gradient: %s f32 16 x 128256, softcap' % kind, loss(library, kind, 'f32', 16, 30)
