# SPDX-License-Identifier: MIT
"""Every number of the likelihood and pair reports, errors included, against an independent numpy reimplementation in
f64, to 1e-12 relative; clustered errors against statsmodels where it is installed.

usage: oracle.py LIBRARY"""
import ctypes
import sys

try:
    import numpy as np
except ImportError:
    print('skipped: numpy is not installed')
    sys.exit(77)
try:
    import statsmodels.api as sm
except ImportError:
    sm = None

info = ctypes.CDLL(sys.argv[1])
info.info_ctx_message.restype = ctypes.c_char_p
info.info_ctx_message.argtypes = [ctypes.c_void_p]
I32, U32, I64, F64, PTR = ctypes.c_int32, ctypes.c_uint32, ctypes.c_int64, ctypes.c_double, ctypes.c_void_p
LEVELS = np.array([0, .1, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9, 100]) / 100


def structure(name, *fields):
    return type(name, (ctypes.Structure,),
                {'_fields_': [(field, kind) for kind, names in fields for field in names.split()]})


Options = structure('Options', (U32, 'struct_size'), (I32, 'kind documents percentiles'),
                    (ctypes.c_char_p, 'model reference tokenizer data settings'), (I64, 'shard shards'),
                    (PTR, 'position_edges'), (I64, 'position_edges_len'), (PTR, 'confidence_edges'),
                    (I64, 'confidence_edges_len'))
LikelihoodBatch = structure('LikelihoodBatch', (U32, 'struct_size'), (I32, 'precision'), (I64, 'count'),
                            (PTR, 'log_probability units entropy top_probability correct brier documents positions'))
PairBatch = structure('PairBatch', (U32, 'struct_size'), (I32, 'precision'), (I64, 'count'),
                      (PTR, 'log_probability_p log_probability_q kl kl_reverse js tv same_top correct_p correct_q '
                            'top_probability documents positions'))
Mean = structure('Mean', (I64, 'count'), (F64, 'mean error clustered_error macro_mean macro_error'))
Levels = F64 * 13
Likelihood = structure('Likelihood', (I64, 'tokens skipped clusters'),
                       (F64, 'units total_nll mean_nll standard_error clustered_error perplexity bits_per_unit '
                             'bits_per_unit_error unit_perplexity'), (I64, 'above_zero'),
                       (F64, 'macro_nll macro_nll_error macro_bits_per_unit macro_bits_per_unit_error'),
                       (Mean, 'entropy accuracy brier'), (I64, 'samples calibration_skipped'),
                       (F64, 'calibration_accuracy confidence ece rms mce binary_brier'),
                       (Levels, 'nll_percentiles entropy_percentiles'))
Pair = structure('Pair', (I64, 'tokens skipped'),
                 (F64, 'nll_p nll_p_error nll_q nll_q_error perplexity_p perplexity_p_error perplexity_q '
                       'perplexity_q_error correlation log_ratio log_ratio_error log_ratio_clustered_error ratio '
                       'ratio_error difference difference_error delta_p delta_p_error delta_p_rms delta_p_rms_error'),
                 (Levels, 'delta_p_percentiles'), (F64, 'kl kl_error'), (Levels, 'kl_percentiles'),
                 (F64, 'same_top same_top_error'), (I64, 'above_zero documents'),
                 (Mean, 'kl_mean kl_reverse js tv'), (Levels, 'kl_reverse_percentiles'),
                 (Mean, 'same_top_mean accuracy_p accuracy_q accuracy_change'), (I64, 'changed lost won'),
                 (F64, 'macro_log_ratio macro_log_ratio_error'))
Bin = structure('Bin', (F64, 'lower upper'), (I64, 'tokens'), (F64, 'mean error'))

checked = 0


def near(got, expected, what, scale=0.0):
    """scale: what the number is a difference of."""
    global checked
    checked += 1
    if not abs(got - expected) <= 1e-12 * max(abs(expected), scale):
        sys.exit('%s: %r; %r expected' % (what, got, expected))


# ---- The reimplementation ----

def error_of(x):
    return np.sqrt(((x - x.mean()) ** 2).sum() / (len(x) * (len(x) - 1)))


def clustered(residuals, groups, denominator):
    sums = np.array([residuals[groups == g].sum() for g in np.unique(groups)])
    return np.sqrt(len(sums) / (len(sums) - 1) * (sums ** 2).sum()) / denominator


def mean_of(got, x, groups, what):
    macro = np.array([x[groups == g].mean() for g in np.unique(groups)])
    near(got.count, len(x), what + ' count')
    near(got.mean, x.mean(), what)
    near(got.error, error_of(x), what + ' error')
    near(got.clustered_error, clustered(x - x.mean(), groups, len(x)), what + ' clustered error')
    near(got.macro_mean, macro.mean(), what + ' macro mean')
    near(got.macro_error, error_of(macro), what + ' macro error')


def percentiles(got, x, what):
    for level, value in zip(LEVELS, got):
        near(value, np.quantile(x, level), '%s at %g' % (what, level), np.abs(x).max())


def statsmodels_error(x, groups):
    """CR1 of the intercept, which statsmodels corrects by C / (C - 1) (n - 1) / (n - 1)."""
    fit = sm.OLS(x, np.ones(len(x))).fit(cov_type='cluster', cov_kwds={'groups': groups})
    return fit.bse[0]


# ---- Data and states ----

draw = np.random.default_rng(11)
N = 3000
document = np.repeat(np.arange(400), draw.integers(1, 16, 400))[:N].astype(np.int64)
offsets = draw.normal(size=400)[document]
data = {'p': -np.exp(draw.normal(size=N) + 0.5 * offsets)}
data['q'] = data['p'] * (1 + 0.02 * draw.normal(size=N))
data['entropy'] = np.exp(draw.normal(size=N))
data['top'] = draw.uniform(size=N)
data['bytes'] = draw.integers(0, 6, N).astype(float)
data['brier'] = draw.uniform(0, 2, N)
data['kl'] = np.exp(draw.normal(size=N) * 3 - 8)
data['reverse'] = data['kl'] * draw.uniform(0.9, 1.1, N)
data['js'] = data['kl'] / 4
data['tv'] = np.sqrt(data['kl'] / 2).clip(0, 1)
right = (draw.uniform(size=N) < data['top']).astype(np.int32)
same = (draw.uniform(size=N) < 0.9).astype(np.int32)
right_q = np.where(same, right, draw.integers(0, 2, N)).astype(np.int32)
position = (np.arange(N) % 50).astype(np.int64)
data['p'][17] = np.nan
position_edges = np.array([0, 1, 4, 16, 64], dtype=np.int64)
confidence_edges = np.linspace(0, 1, 11)
ctx = PTR()
assert info.info_ctx_create(None, ctypes.byref(ctx)) == 0


def call(name, *arguments):
    status = getattr(info, 'info_evaluation_' + name)(ctx, *arguments)
    if status < 0:
        sys.exit('%s: %s' % (name, info.info_ctx_message(ctx).decode()))


def constant(name):
    value = I64()
    assert info.info_constant(name, ctypes.byref(value)) == 0
    return value.value


def evaluated(kind, update, batch, **arrays):
    """Three finished shards, cut within documents, merged."""
    whole, cuts = None, (0, 700, 1903, N)
    for shard in range(3):
        part = slice(cuts[shard], cuts[shard + 1])
        state = PTR()
        options = Options(struct_size=ctypes.sizeof(Options), kind=constant(kind), shard=shard, shards=3,
                          percentiles=constant(b'INFO_PERCENTILES_EXACT'), position_edges=position_edges.ctypes.data,
                          position_edges_len=len(position_edges), confidence_edges=confidence_edges.ctypes.data,
                          confidence_edges_len=len(confidence_edges))
        call('create', ctypes.byref(options), ctypes.byref(state))
        given = batch(struct_size=ctypes.sizeof(batch), count=part.stop - part.start,
                      **{name: array[part].ctypes.data for name, array in arrays.items()})
        call(update, state, ctypes.byref(given))
        call('mark', state, I64(0), I32(1))
        if whole is None:
            whole = state
        else:
            call('merge', whole, state)
            info.info_evaluation_destroy(state)
    return whole


def check_bins(state, column, x, keep):
    for axis, edges, by in ((0, position_edges, position[keep]), (1, confidence_edges, data['top'][keep])):
        bins = (Bin * (len(edges) - 1))()
        call('bins', state, I32(axis), I32(column), bins, I64(len(bins)))
        for i, b in enumerate(bins):
            inside = x[(by >= edges[i]) & (by < edges[i + 1])]
            near(b.tokens, len(inside), 'tokens of a bin')
            if len(inside) > 1:
                near(b.mean, inside.mean(), 'mean of a bin')
                near(b.error, error_of(inside), 'error of a bin')


# ---- Likelihoods ----

keep = ~np.isnan(data['p'])
g, nll, units = document[keep], -data['p'][keep], data['bytes'][keep]
state = evaluated(b'INFO_EVALUATION_LIKELIHOOD', 'update_likelihood', LikelihoodBatch, log_probability=data['p'],
                  units=data['bytes'], entropy=data['entropy'], top_probability=data['top'], correct=right,
                  brier=data['brier'], documents=document, positions=position)
l = Likelihood()
call('likelihood', state, ctypes.byref(l))
n, m, log_2 = len(nll), nll.mean(), np.log(2)
near(l.tokens, n, 'tokens')
near(l.skipped, 1, 'skipped')
near(l.clusters, len(np.unique(g)), 'clusters')
near(l.units, units.sum(), 'units')
near(l.total_nll, nll.sum(), 'total nll')
near(l.mean_nll, m, 'mean nll')
near(l.standard_error, error_of(nll), 'standard error')
near(l.clustered_error, clustered(nll - m, g, n), 'clustered error')
near(l.perplexity, np.exp(m), 'perplexity', np.exp(m) * max(1, m))
near(l.bits_per_unit, nll.sum() / units.sum() / log_2, 'bits per unit')
near(l.bits_per_unit_error, clustered(nll - nll.sum() / units.sum() * units, g, units.sum()) / log_2,
     'bits per unit error')
near(l.unit_perplexity, np.exp(nll.sum() / units.sum()), 'unit perplexity')
macro = np.array([nll[g == c].mean() for c in np.unique(g)])
near(l.macro_nll, macro.mean(), 'macro nll')
near(l.macro_nll_error, error_of(macro), 'macro nll error')
ratios = np.array([nll[g == c].sum() / units[g == c].sum() for c in np.unique(g) if units[g == c].sum() > 0]) / log_2
near(l.macro_bits_per_unit, ratios.mean(), 'macro bits per unit')
near(l.macro_bits_per_unit_error, error_of(ratios), 'macro bits per unit error')
mean_of(l.entropy, data['entropy'][keep], g, 'entropy')
mean_of(l.accuracy, right[keep].astype(float), g, 'accuracy')
mean_of(l.brier, data['brier'][keep], g, 'brier')
percentiles(l.nll_percentiles, nll, 'nll')
percentiles(l.entropy_percentiles, data['entropy'][keep], 'entropy')
top, hit = data['top'][keep], right[keep]
number = np.minimum(np.searchsorted(confidence_edges, top, side='right') - 1, 9)
gaps = [(abs(hit[number == b].mean() - top[number == b].mean()), (number == b).mean()) for b in range(10)]
near(l.ece, sum(share * gap for gap, share in gaps), 'ece')
near(l.rms, np.sqrt(sum(share * gap ** 2 for gap, share in gaps)), 'rms')
near(l.mce, max(gap for gap, _ in gaps), 'mce', 1)
near(l.binary_brier, ((top - hit) ** 2).mean(), 'binary brier')
near(l.calibration_accuracy, hit.mean(), 'accuracy of the calibration')
near(l.confidence, top.mean(), 'confidence')
check_bins(state, 0, nll, keep)
if sm is not None:
    near(l.clustered_error, statsmodels_error(nll, g), 'clustered error of statsmodels')

# ---- Pairs ----

state = evaluated(b'INFO_EVALUATION_PAIR', 'update_pair', PairBatch, log_probability_p=data['p'],
                  log_probability_q=data['q'], kl=data['kl'], kl_reverse=data['reverse'], js=data['js'], tv=data['tv'],
                  same_top=same, correct_p=right, correct_q=right_q, top_probability=data['top'], documents=document,
                  positions=position)
r = Pair()
call('pair', state, ctypes.byref(r))
a, b, s = -data['q'][keep], -data['p'][keep], same[keep]
covariance = ((a - a.mean()) * (b - b.mean())).sum() / (n * (n - 1))
near(r.nll_p, b.mean(), 'nll p')
near(r.nll_p_error, error_of(b), 'nll p error')
near(r.nll_q, a.mean(), 'nll q')
near(r.nll_q_error, error_of(a), 'nll q error')
near(r.perplexity_p, np.exp(b.mean()), 'perplexity p')
near(r.perplexity_p_error, np.exp(b.mean()) * error_of(b), 'perplexity p error')
near(r.perplexity_q, np.exp(a.mean()), 'perplexity q')
near(r.perplexity_q_error, np.exp(a.mean()) * error_of(a), 'perplexity q error')
near(r.correlation, covariance / (error_of(a) * error_of(b)), 'correlation')
near(r.log_ratio, (a - b).mean(), 'log ratio', b.mean())
near(r.log_ratio_error, error_of(a - b), 'log ratio error')
near(r.log_ratio_clustered_error, clustered(a - b - (a - b).mean(), g, n), 'log ratio clustered error')
near(r.ratio, np.exp((a - b).mean()), 'ratio')
near(r.ratio_error, np.exp((a - b).mean()) * error_of(a - b), 'ratio error')
up, uq = np.exp(b.mean()) * error_of(b), np.exp(a.mean()) * error_of(a)
near(r.difference, np.exp(a.mean()) - np.exp(b.mean()), 'difference', np.exp(a.mean()))
near(r.difference_error ** 2, up ** 2 + uq ** 2 - 2 * np.exp(a.mean() + b.mean()) * covariance, 'difference error', up ** 2)
delta = np.exp(-a) - np.exp(-b)
near(r.delta_p, delta.mean(), 'delta p', np.abs(delta).mean())
near(r.delta_p_error, error_of(delta), 'delta p error')
near(r.delta_p_rms, np.sqrt((delta ** 2).mean()), 'delta p rms')
near(r.delta_p_rms_error, 0.5 / np.sqrt((delta ** 2).mean()) * error_of(delta ** 2), 'delta p rms error')
percentiles(r.delta_p_percentiles, delta, 'delta p')
near(r.kl, data['kl'][keep].mean(), 'kl')
near(r.kl_error, error_of(data['kl'][keep]), 'kl error')
percentiles(r.kl_percentiles, data['kl'][keep], 'kl')
near(r.same_top, s.mean(), 'same top')
near(r.same_top_error, np.sqrt(s.mean() * (1 - s.mean()) / (n - 1)), 'same top error')
for name, x in (('kl_mean', data['kl']), ('kl_reverse', data['reverse']), ('js', data['js']), ('tv', data['tv']),
                ('same_top_mean', same), ('accuracy_p', right), ('accuracy_q', right_q)):
    mean_of(getattr(r, name), x[keep].astype(float), g, name)
change = (right_q[keep] - right[keep]).astype(float)
near(r.accuracy_change.mean, change.mean(), 'accuracy change', 1)
near(r.accuracy_change.error, error_of(change), 'accuracy change error')
near(r.accuracy_change.clustered_error, clustered(change - change.mean(), g, n), 'accuracy change clustered error')
percentiles(r.kl_reverse_percentiles, data['reverse'][keep], 'reverse kl')
near(r.changed, (s == 0).sum(), 'changed')
near(r.lost, ((right == 1) & (right_q == 0))[keep].sum(), 'lost')
near(r.won, ((right == 0) & (right_q == 1))[keep].sum(), 'won')
macro = np.array([(a - b)[g == c].mean() for c in np.unique(g)])
near(r.macro_log_ratio, macro.mean(), 'macro log ratio', b.mean())
near(r.macro_log_ratio_error, error_of(macro), 'macro log ratio error')
check_bins(state, 5, data['kl'][keep], keep)
if sm is not None:
    near(r.log_ratio_clustered_error, statsmodels_error(a - b, g), 'clustered error of the log ratio by statsmodels')
print('%d numbers agree%s' % (checked, '' if sm is not None else '; statsmodels is not installed'))
