"""Single tokens: chosen log-probabilities and top-k lists of rows of logits, and what is made of their scores."""
import ctypes

import numpy as np

from harness import Work, matrix, optional
from lm import ROWS, VOCABULARY, make_logits

torch = optional('torch')


class CalibrationOptions(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('binning', ctypes.c_int32), ('bins', ctypes.c_int64)]


def selection(library, per_row):
    def make(name):
        logits = make_logits(1)
        tokens = np.random.default_rng(3).integers(0, VOCABULARY, (ROWS, per_row))
        out, word = np.zeros((ROWS, per_row)), np.zeros(1, dtype=np.uint64)
        tensor, index = (torch.from_numpy(logits), torch.from_numpy(tokens)) if torch else (None, None)

        def gathered():
            return torch.log_softmax(tensor, -1).gather(1, index)

        return Work(
            name, ROWS * VOCABULARY, 'element',
            library.call('info_logits_select', library.ctx, matrix(logits), tokens, per_row, ROWS * per_row, None, out,
                         ROWS * per_row),
            peers={'torch log_softmax, gather': (torch and gathered, None)},
            limits={'plain read': (library.call('peer_read', logits, logits.nbytes, library.threads, word), None)},
            agree=(lambda: (np.abs(out - gathered().numpy()).max(), 1e-4)) if torch else None)
    return make


def top(library, k):
    def make(name):
        logits = make_logits(1)
        tokens, log_p, word = np.zeros((ROWS, k), np.int64), np.zeros((ROWS, k)), np.zeros(1, dtype=np.uint64)
        tensor = torch.from_numpy(logits) if torch else None

        def torch_top():
            return torch.topk(torch.log_softmax(tensor, -1), k)

        def numpy_top():
            return np.sort(np.partition(logits, VOCABULARY - k, 1)[:, -k:], 1)

        return Work(
            name, ROWS * VOCABULARY, 'element',
            library.call('info_logits_top_k', library.ctx, matrix(logits), k, None, tokens, log_p, ROWS * k),
            peers={'torch topk alone': (torch and (lambda: torch.topk(tensor, k)), None),
                   'torch log_softmax, topk': (torch and torch_top, None),
                   'numpy partition alone': (numpy_top, None)},
            limits={'plain read': (library.call('peer_read', logits, logits.nbytes, library.threads, word), None)},
            agree=lambda: (np.abs(np.take_along_axis(logits, tokens, 1)[:, ::-1] - numpy_top()).max(), 0))
    return make


def calibration(library, count):
    def make(name):
        random = np.random.default_rng(5)
        confidence = random.random(count)
        correct = (random.random(count) < confidence).astype(np.int32)
        options, result = CalibrationOptions(ctypes.sizeof(CalibrationOptions), 0, 15), np.zeros(8)

        def binned():
            place = np.minimum((confidence * 15).astype(np.int64), 14)
            sums = np.bincount(place, confidence, 15) - np.bincount(place, correct, 15)
            return np.abs(sums).sum() / count

        return Work(
            name, count, 'sample',
            library.call('info_calibration', library.ctx, confidence, correct, count, options, None, 0, result),
            peers={'numpy bincount': (binned, None)},
            agree=lambda: (abs(result[4] / binned() - 1), 1e-9))
    return make


def works(library):
    if library.has('info_logits_select'):
        yield 'selected log-softmax f32 512 x 128256, 8 tokens', selection(library, 8)
    if library.has('info_logits_top_k'):
        yield 'top 20 f32 512 x 128256', top(library, 20)
        yield 'top 1000 f32 512 x 128256', top(library, 1000)
    if library.has('info_calibration'):
        yield 'calibration n=1e6', calibration(library, 10**6)
