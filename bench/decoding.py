"""Kept sets and temperatures of rows of logits, against torch's sort-based sampling and a plain read."""
import ctypes

import numpy as np

from harness import Work, matrix, optional

torch = optional('torch')
VOCABULARY = 128256


class Rule(ctypes.Structure):
    _fields_ = [('rule', ctypes.c_int32), ('reserved', ctypes.c_int32), ('value', ctypes.c_double)]


class Set(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('reserved', ctypes.c_int32), ('rules', ctypes.c_void_p),
                ('rules_len', ctypes.c_int64), ('ids', ctypes.c_void_p), ('ids_per_row', ctypes.c_int64),
                ('ids_len', ctypes.c_int64)]


class Measures(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('reserved', ctypes.c_int32), ('length', ctypes.c_int64)] + \
        [(name, ctypes.c_void_p) for name in ('size', 'log_mass', 'kl', 'tv', 'entropy', 'contains', 'log_probability')] + \
        [('ids', ctypes.c_void_p), ('ids_per_row', ctypes.c_int64), ('ids_len', ctypes.c_int64),
         ('mask', ctypes.c_void_p), ('mask_len', ctypes.c_int64)]


class Results(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('reserved', ctypes.c_int32), ('length', ctypes.c_int64)] + \
        [(name, ctypes.c_void_p) for name in ('parameter', 'reached', 'derivative', 'outcome')]


def peaked_row(seed):
    """A row as a model gives it where it is fairly sure: a few tokens far above a broad rest."""
    random = np.random.default_rng(seed)
    row = (2 * random.standard_normal(VOCABULARY)).astype(np.float32)
    row[random.integers(0, VOCABULARY, 8)] += 12 + 6 * random.random(8).astype(np.float32)
    return row.reshape(1, -1)


def torch_top_p(tensor, share):
    ordered, place = torch.sort(tensor, descending=True)
    p = torch.softmax(ordered, -1)
    keep = torch.cumsum(p, -1) - p < share
    return place[keep], torch.log(p[keep].sum())


def kept(library, rule, value):
    def make(name):
        logits = peaked_row(1)
        rules = (Rule * 1)(Rule(rule, 0, value))
        log_mass, entropy, word = np.zeros(1), np.zeros(1), np.zeros(1, dtype=np.uint64)
        chosen = Set(ctypes.sizeof(Set), 0, ctypes.addressof(rules), 1, None, 0, 0)
        measures = Measures(ctypes.sizeof(Measures), 0, 1)
        measures.log_mass, measures.entropy = log_mass.ctypes.data, entropy.ctypes.data
        tensor = torch.from_numpy(logits[0]) if torch else None
        call = library.call('info_kept_measure', library.ctx, matrix(logits), None, 0, chosen, None, measures)
        make.keep = (rules, chosen, measures, log_mass, entropy, logits)
        return Work(name, VOCABULARY, 'element', call,
                    peers={'torch sort, softmax, cumsum': (torch and (lambda: torch_top_p(tensor, value)), None)},
                    limits={'plain read': (library.call('peer_read', logits, logits.nbytes, 1, word), None)})
    return make


def entropy_temperature(library):
    def make(name):
        logits = peaked_row(2)
        target, out, word = np.full(1, 2.0), np.zeros(1), np.zeros(1, dtype=np.uint64)
        results = Results(ctypes.sizeof(Results), 0, 1, out.ctypes.data)
        tensor = torch.from_numpy(logits[0]).double() if torch else None

        def bisection():
            low, high = 1e-2, 1e2
            for _ in range(50):
                middle = (low * high) ** 0.5
                log_p = torch.log_softmax(tensor / middle, -1)
                if -(log_p.exp() * log_p).sum() > 2:
                    high = middle
                else:
                    low = middle
            return low

        make.keep = (target, out, results, logits)
        return Work(name, VOCABULARY, 'element',
                    library.call('info_temperature_for_entropy', library.ctx, matrix(logits), target, 1, None, results),
                    peers={'torch, 50 bisections': (torch and bisection, None)},
                    limits={'plain read': (library.call('peer_read', logits, logits.nbytes, 1, word), None)},
                    agree=(lambda: (abs(out[0] / bisection() - 1), 1e-9)) if torch else None)
    return make


def works(library):
    if library.has('info_kept_measure'):
        yield 'kept set top-k 40, one row of 128256 f32', kept(library, 1, 40)
        yield 'kept set top-p .9, one row of 128256 f32', kept(library, 2, .9)
        yield 'kept set min-p .05, one row of 128256 f32', kept(library, 3, .05)
        yield 'temperature for an entropy, one row of 128256 f32', entropy_temperature(library)
