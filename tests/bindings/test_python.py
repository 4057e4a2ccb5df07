"""The Python binding: what it takes, gives, and says when something is wrong."""
import inspect
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import unittest
import warnings

try:
    import numpy as np
except ImportError:
    print('skipped: no numpy')
    sys.exit(77)
try:
    import torch
except ImportError:
    torch = None

import libinfo
import libinfo.hf

sys.argv = sys.argv[:1]
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(libinfo.__file__)))
RNG = np.random.default_rng(7)
LOGITS = RNG.normal(size=(5, 40))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def entropy(p):
    return -(p * np.log(p)).sum(-1)


class Inputs(unittest.TestCase):
    def test_numpy_of_every_type(self):
        for dtype, tolerance in ((np.float64, 1e-14), (np.float32, 1e-6), (np.float16, 1e-6)):
            x = LOGITS.astype(dtype)
            np.testing.assert_allclose(libinfo.entropy(x, kind='logits'), entropy(softmax(x.astype(float))),
                                       rtol=tolerance)

    def test_lists_numbers_and_integers(self):
        self.assertAlmostEqual(libinfo.entropy([.5, .25, .25], unit='bit')[0], 1.5, 14)
        self.assertEqual(libinfo.entropy([[2, 1, 1], [1, 0, 0]], kind='counts', unit='bit').tolist()[1], 0)
        self.assertEqual(libinfo.entropy((.5, .5), unit=libinfo.BIT)[0], 1)

    def test_views_are_read_where_they_lie(self):
        wide = np.zeros((10, 80))
        wide[::2, ::-2] = LOGITS
        wide[1::2] = np.nan
        plain = libinfo.entropy(LOGITS, kind='logits')
        np.testing.assert_array_equal(libinfo.entropy(wide[::2, ::-2], kind='logits'), plain)
        np.testing.assert_array_equal(libinfo.entropy(np.asfortranarray(LOGITS), kind='logits'), plain)
        np.testing.assert_array_equal(libinfo.entropy(LOGITS.reshape(5, 1, 40), kind='logits'), plain)
        packed = np.zeros(5, np.dtype([('flag', 'i1'), ('x', 'f8', 40)]))
        packed['x'] = LOGITS
        np.testing.assert_array_equal(libinfo.entropy(packed['x'], kind='logits'), plain)

    def test_buffers_and_dlpack(self):
        import array
        self.assertEqual(libinfo.entropy(array.array('d', [.5, .5]), unit='bit')[0], 1)
        if hasattr(np, 'from_dlpack'):
            class Tensor:
                def __init__(self, x):
                    self.x = x

                def __dlpack__(self, **how):
                    return self.x.__dlpack__(**how)

                def __dlpack_device__(self):
                    return self.x.__dlpack_device__()
            np.testing.assert_array_equal(libinfo.entropy(Tensor(LOGITS), kind='logits'),
                                          libinfo.entropy(LOGITS, kind='logits'))

    @unittest.skipIf(torch is None, 'no torch')
    def test_torch(self):
        x = torch.tensor(LOGITS, dtype=torch.bfloat16, requires_grad=True)
        exact = entropy(softmax(x.detach().double().numpy()))
        np.testing.assert_allclose(libinfo.entropy(x, kind='logits'), exact, rtol=1e-6)
        np.testing.assert_allclose(libinfo.entropy(x.float(), kind='logits'), exact, rtol=1e-6)
        y = torch.zeros(3, 4)
        self.assertIs(libinfo.loss_cross_entropy(y, torch.tensor([0, 1, 2]), gradient=y).gradient, y)
        np.testing.assert_allclose(y[0].numpy(), np.array([-.75, .25, .25, .25]) / 3, rtol=1e-6)

    def test_what_is_no_number_is_refused(self):
        for x in (np.array([[1j, 0]]), np.array(['a', 'b']), 'words'):
            with self.assertRaisesRegex(TypeError, 'allowed'):
                libinfo.entropy(x)
        with self.assertRaisesRegex(TypeError, 'integers'):
            libinfo.nll(LOGITS, [.5] * 5)


class Results(unittest.TestCase):
    def test_divergences_pair_and_broadcast(self):
        p, q = softmax(LOGITS), softmax(LOGITS[::-1])
        kl = (p * np.log(p / q)).sum(-1)
        np.testing.assert_allclose(libinfo.kl(p, q), kl, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(libinfo.kl(p, LOGITS[::-1], q_kind='logits'), kl, rtol=1e-12, atol=1e-15)
        self.assertEqual(libinfo.kl(p[:1], q).shape, (5,))
        self.assertEqual(libinfo.js(p, q, pairing='all').shape, (25,))
        self.assertEqual(libinfo.renyi_divergence(p, p, 2).tolist(), [0] * 5)

    def test_rows_of_logits(self):
        targets = np.arange(5)
        measures = libinfo.logits_measure(LOGITS, targets)
        log_p = np.log(softmax(LOGITS))[np.arange(5), targets]
        np.testing.assert_allclose(measures.log_probability, log_p, rtol=1e-12)
        np.testing.assert_allclose(libinfo.nll(LOGITS, targets), -log_p, rtol=1e-12)
        np.testing.assert_array_equal(measures.argmax, LOGITS.argmax(1))
        self.assertEqual(libinfo.logits_measure(LOGITS, measures=['entropy'])._fields, ('entropy',))
        self.assertNotIn('rank', libinfo.logits_measure(LOGITS)._fields)
        with self.assertRaisesRegex(ValueError, 'allowed are log_sum_exp'):
            libinfo.logits_measure(LOGITS, measures=['entropie'])
        self.assertAlmostEqual(libinfo.perplexity(np.zeros((4, 8)), [0, 1, 2, 3]).perplexity, 8, 12)
        compared = libinfo.logits_compare(LOGITS, LOGITS + 3)
        self.assertLess(compared.kl.max(), 1e-14)
        self.assertEqual(compared.same_top.tolist(), [1] * 5)
        warmer = libinfo.logits_compare(LOGITS, LOGITS, q_transform={'temperature': 2}).kl
        np.testing.assert_allclose(warmer, libinfo.logits_compare(LOGITS, LOGITS / 2).kl, rtol=1e-12)

    def test_targets_are_read_in_the_type_that_they_have(self):
        wanted, in_bits = libinfo.nll(LOGITS, [4, 3, 2, 1, 0]), libinfo.nll(LOGITS, [4, 3, 2, 1, 0], unit='bit')
        for kind in ('int64', 'int32', 'int16', 'int8', 'uint32', 'uint16', 'uint8', 'uint64'):
            targets = np.array([4, 3, 2, 1, 0], kind)
            self.assertEqual(libinfo.nll(LOGITS, targets).tolist(), wanted.tolist(), kind)
            self.assertEqual(libinfo.logits_select(LOGITS, targets, 1).tolist(), (-wanted).tolist(), kind)
            self.assertEqual(libinfo.nll(LOGITS, targets, unit='bit').tolist(), in_bits.tolist(), kind)
        skipped = np.array([65535, 3, 2, 1, 0], np.uint16)
        self.assertEqual(libinfo.nll(LOGITS, skipped, ignore='index', ignore_index=65535)[0], 0)
        with self.assertRaisesRegex(libinfo.OptionError, 'ignore_index'):
            libinfo.nll(LOGITS, skipped, ignore='index', ignore_index=-100)
        with self.assertRaisesRegex(TypeError, 'no option'):
            libinfo.nll(LOGITS, skipped, target_type='int64')
        listed = np.log(softmax(LOGITS))
        tokens = np.tile(np.arange(LOGITS.shape[1]), (5, 1))
        losses = [libinfo.loss_top_k(libinfo.TopK(log_probabilities=listed, tokens=tokens.astype(kind)),
                                     LOGITS.shape[1], LOGITS[::-1].copy()).rows.tolist() for kind in ('int64', 'uint16')]
        self.assertEqual(*losses)

    def test_gradients(self):
        result, gradient = libinfo.loss_cross_entropy(LOGITS, [0, 1, 2, 3, 4], gradient=True)
        wanted = softmax(LOGITS)
        wanted[np.arange(5), np.arange(5)] -= 1
        np.testing.assert_allclose(gradient, wanted / 5, atol=1e-15)
        self.assertIsNone(libinfo.loss_cross_entropy(LOGITS, [0, 1, 2, 3, 4]).gradient)
        self.assertEqual(result.rows, 5)
        p, q = libinfo.divergence_gradient('kl', LOGITS, LOGITS[::-1], p_kind='logits', q_kind='logits',
                                           p_gradient=True, q_gradient=True)
        np.testing.assert_allclose(q, softmax(LOGITS[::-1]) - softmax(LOGITS), atol=1e-14)
        self.assertEqual(p.shape, LOGITS.shape)

    def test_spectra_geometry_and_coding(self):
        x = RNG.normal(size=(30, 12))
        rank = libinfo.effective_rank(x)
        self.assertTrue(1 < rank.out[0] < 12 and rank.error[0] < 1e-10)
        self.assertEqual(libinfo.effective_rank([x, x[:20]]).out.shape, (2,))
        self.assertEqual(libinfo.diff_erank(x, x).difference, 0)
        self.assertEqual(libinfo.spectrum(x, out=12).shape, (12,))
        self.assertEqual(libinfo.kernel_matrix(x).shape, (30, 30))
        self.assertEqual(libinfo.token_gains(x).shape, (30,))
        channel = np.array([[.9, .1], [.1, .9]])
        capacity = libinfo.capacity(channel, unit='bit')
        self.assertAlmostEqual(capacity.result.value, 1 + .9 * math.log2(.9) + .1 * math.log2(.1), 9)
        np.testing.assert_allclose(capacity.input, [.5, .5], atol=1e-6)

    def test_tables_and_samples(self):
        table = np.array([[.5, 0], [0, .5]])
        self.assertEqual(libinfo.mutual_information(table, 1, 2, 0, unit='bit'), 1)
        labels = libinfo.label_compare(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
        self.assertAlmostEqual(labels.v_measure, 1, 12)

    def test_a_function_of_ones_own(self):
        p, q = softmax(LOGITS), softmax(LOGITS[::-1])
        own = libinfo.f_divergence(p, q, lambda t: t * math.log(t) if t else 0., math.inf)
        np.testing.assert_allclose(own, libinfo.kl(p, q), rtol=1e-12)


class Objects(unittest.TestCase):
    def test_counts(self):
        counts = libinfo.Counts(width=2)
        counts.add([np.array([1, 2, 3, 1]), np.array([1, 2, 3, 1], np.int16)])
        self.assertEqual(counts.summarize().distinct, 3)
        self.assertAlmostEqual(counts.mutual_information(1, 2, 0, estimator='plug_in').value, 1.5 * math.log(2), 14)
        one = counts.marginal(1)
        self.assertEqual(one.summarize().width, 1)
        other = libinfo.Counts(width=2)
        other.merge(counts)
        self.assertEqual(other.find([1, 1]), 2)

    def test_evaluations_are_saved_and_merged(self):
        def state(shard):
            made = libinfo.Evaluation(kind='likelihood', model='m', shards=2, shard=shard)
            made.update_likelihood({'log_probability': np.array([-1., -2.])})
            made.mark(2, 1)
            return made
        try:
            first, second = state(0), state(1)
        except TypeError as problem:
            self.fail(problem)
        again = libinfo.Evaluation.load(first.save())
        again.merge(second)
        self.assertEqual(again.likelihood().likelihood.mean_nll, 1.5)
        with self.assertRaises(ValueError):
            libinfo.Evaluation.load(first.save()[:-1])


class Words(unittest.TestCase):
    def test_errors_carry_the_librarys_text(self):
        with self.assertRaisesRegex(ValueError, 'x: row 0 sums to 0.7') as caught:
            libinfo.entropy([.5, .2])
        self.assertIsInstance(caught.exception, libinfo.SumError)
        self.assertEqual(caught.exception.name, 'INFO_ERROR_SUM')
        with self.assertRaisesRegex(ValueError, "unit: 'bits'; allowed are 'bit', 'dit', 'nat'"):
            libinfo.entropy([.5, .5], unit='bits')
        with self.assertRaisesRegex(TypeError, "no option 'base'"):
            libinfo.entropy([.5, .5], base=2)
        with self.assertRaises(TypeError):
            libinfo.entropy()

    def test_rows_without_a_value_are_warned_of(self):
        x = LOGITS.copy()
        x[1, 1] = math.nan
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter('always')
            h = libinfo.entropy(x, kind='logits', invalid='nan')
        self.assertTrue(math.isnan(h[1]) and not math.isnan(h[0]))
        self.assertEqual([each.category for each in seen], [libinfo.InvalidRowsWarning])

    def test_help_names_what_there_is(self):
        self.assertIn('Shannon entropy', libinfo.entropy.__doc__)
        self.assertIn('unit: of results', libinfo.entropy.__doc__)
        self.assertIn('kind', inspect.signature(libinfo.entropy).parameters)
        for name in libinfo.FUNCTIONS:
            self.assertIn('Declared in info/', getattr(libinfo, name).__doc__)
            inspect.signature(getattr(libinfo, name))


class Guests(unittest.TestCase):
    def test_progress_and_its_end(self):
        x = RNG.normal(size=(4000, 2000))
        seen = []
        with libinfo.progress(seen.append):
            libinfo.entropy(x, kind='logits')
        self.assertTrue(seen and seen == sorted(seen) and seen[-1] == 1)

        class Bar:
            total, n = None, 0

            def update(self, step):
                self.n += step
        bar = Bar()
        with libinfo.progress(bar):
            libinfo.entropy(x, kind='logits')
        self.assertAlmostEqual(bar.n, 1)
        with self.assertRaises(libinfo.Canceled), libinfo.progress(lambda fraction: False):
            libinfo.entropy(x, kind='logits')

    def test_an_interrupt_ends_the_call(self):
        def interrupt(fraction):
            raise KeyboardInterrupt
        with self.assertRaises(KeyboardInterrupt), libinfo.progress(interrupt):
            libinfo.entropy(RNG.normal(size=(4000, 2000)), kind='logits')
        self.assertEqual(libinfo.entropy([.5, .5], unit='bit')[0], 1)

    def test_threads(self):
        alone = libinfo.entropy(LOGITS, kind='logits')
        libinfo.set_threads(2)
        try:
            self.assertEqual(libinfo.get_threads(), 2)
            np.testing.assert_array_equal(libinfo.entropy(LOGITS, kind='logits'), alone)
            found = [None] * 4

            def work(i):
                found[i] = libinfo.entropy(LOGITS, kind='logits')
            threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
            [each.start() for each in threads]
            [each.join() for each in threads]
            for each in found:
                np.testing.assert_array_equal(each, alone)
        finally:
            libinfo.set_threads(1)

    def run_python(self, program, **environment):
        return subprocess.run([sys.executable, '-c', program], capture_output=True, text=True, check=False,
                              env={**os.environ, **environment})

    def test_a_library_that_does_not_fit_is_told(self):
        self.assertIn('was not found', self.run_python('import libinfo', LIBINFO_LIBRARY='/nowhere.so').stderr)
        with open(os.environ['LIBINFO_INTERFACE'], encoding='utf-8') as file:
            interface = json.load(file)
        with tempfile.TemporaryDirectory() as place:
            for change, words in (({'abi': 99}, 'binary interface'),
                                  ({'functions': {'info_of_tomorrow': {}}}, 'without info_of_tomorrow')):
                path = os.path.join(place, 'other.json')
                with open(path, 'w', encoding='utf-8') as out:
                    json.dump({**interface, **change}, out)
                self.assertIn(words, self.run_python('import libinfo', LIBINFO_INTERFACE=path).stderr)

    def test_stubs_are_python(self):
        with tempfile.TemporaryDirectory() as place:
            path = os.path.join(place, '__init__.pyi')
            subprocess.run([sys.executable, os.path.join(PACKAGE, 'stubs.py'), os.environ['LIBINFO_INTERFACE'], path],
                           check=True)
            with open(path, encoding='utf-8') as file:
                text = file.read()
            compile(text, path, 'exec')
            self.assertIn('def entropy(x: Any, *, ', text)

    def test_a_report_of_activations(self):
        report = libinfo.hf.from_activations(np.zeros((4, 8), np.float32), [0, 1, 2, 3], [RNG.normal(size=(4, 3))], 6)
        self.assertAlmostEqual(report.perplexity, 8, 5)
        self.assertAlmostEqual(report.bits_per_byte, 1.5, 6)
        self.assertEqual((report.tokens, report.top_1, len(report.effective_rank)), (3, 1, 1))


if __name__ == '__main__':
    unittest.main(verbosity=0)
