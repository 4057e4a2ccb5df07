"""Lengths that C declarations do not say: which arrays a count is of, and how long each output must be.

An expression names the function's parameters as a caller with a matrix library writes them: x.rows, p.cols, k.
`pairs` is the number of results of two sides: max(p.rows, q.rows), or p.rows * q.rows with INFO_PAIRING_ALL. The
Python binding allocates by these expressions, and its tests call every function that has one.
"""

# A function's output, or an output of all functions of a header.
LENGTHS = {
    ('distribution.h', 'out'): 'pairs',
    ('info_entropy', 'out'): 'x.rows',
    ('info_efficiency', 'out'): 'x.rows',
    ('info_redundancy', 'out'): 'x.rows',
    ('info_renyi_entropy', 'out'): 'x.rows',
    ('info_tsallis_entropy', 'out'): 'x.rows',
    ('info_hill_number', 'out'): 'x.rows',
    ('info_capacity', 'input'): 'channel.rows',
    ('info_capacity_cost', 'input'): 'channel.rows',
    ('info_rate_distortion', 'output'): 'distortion.cols',
    ('info_rate_distortion_conditional', 'rates'): 'joint.rows',
    ('info_rate_distortion_conditional', 'distortions'): 'joint.rows',
    ('info_rate_distortion_gaussian', 'levels'): 'source.cols',
    ('info_rate_distortion_curve', 'points'): 'count',
    ('info_bottleneck', 'labels'): 'joint.rows',
    ('info_bottleneck_curve', 'points'): 'count',
    ('info_bottleneck_clusters', 'weights'): 'encoder.cols',
    ('info_bottleneck_clusters', 'information'): 'encoder.cols',
    ('info_bottleneck_gaussian', 'critical'): 'x_size',
    ('info_code_table', 'frequencies'): 'rows.rows * rows.cols',
    ('info_code_table', 'excess'): 'rows.rows',
    ('info_code_table', 'margin'): 'rows.rows',
    ('continuous.h', 'local'): 'x.rows',
    ('info_nll', 'out'): 'logits.rows',
    ('info_class_kl', 'out'): 'pairs',
    ('info_word_surprisal', 'out'): 'max(words) + 1',
    ('info_spectral_entropy', 'out'): 'count',
    ('info_spectral_entropy', 'error'): 'count',
    ('info_effective_rank', 'out'): 'count',
    ('info_effective_rank', 'error'): 'count',
    ('info_logits_select', 'out'): 'tokens_len',
    ('info_logits_top_k', 'tokens'): 'logits.rows * k',
    ('info_logits_top_k', 'log_p'): 'logits.rows * k',
    ('info_brier', 'out'): 'logits.rows',
    ('info_loss_top_k', 'rows'): 'student.rows',
    ('info_policy_coefficients', 'out'): 'count',
    ('info_log_determinant', 'out'): '1',
    ('info_token_gains', 'out'): 'z.rows',
    ('info_token_conditional_entropy', 'out'): 'tokens.rows',
    ('info_information_gain', 'out'): 'tokens.rows',
    ('info_ridge', 'out'): 'tokens.rows',
    ('info_lasso_path', 'out'): 'tokens.rows * points',
    ('info_lasso_select', 'indices'): 'tokens.rows * k',
    ('info_lasso_select', 'weights'): 'tokens.rows * k',
    ('info_lasso_select', 'out'): 'tokens.rows',
    ('info_ranking_compare', 'out'): 'a.rows',
    ('info_reconstruction_error', 'out'): 'tokens.rows',
    ('info_reconstruction_spread', 'out'): 'tokens.rows',
    ('info_sentence_distance', 'out'): '1',
    ('info_head_measure_part', 'parts'): 'head.hidden.rows',
    ('info_head_compare_part', 'parts'): 'p.hidden.rows',
    ('info_block_entropies', 'out'): 'max_order',
    ('info_distance_information', 'out'): 'count',
    ('info_v_information', 'pointwise'): 'count',
    ('info_evaluation_quantiles', 'out'): 'count',
}

# Functions whose matrices are arrays of matrices, `count` of them each.
OF_MANY_MATRICES = {'info_spectral_entropy', 'info_effective_rank', 'info_diff_erank'}

# Pointers to one struct, whatever length follows.
SINGLE = {'info_table', 'info_encoder', 'info_decoder', 'info_head', 'info_attention'}


def length_needed(function, header, output):
    return LENGTHS.get((function, output)) or LENGTHS.get((header, output))


def counted(count, waiting):
    """Of the arrays that stand before a length, those it is the length of."""
    open_arrays = [each for each in waiting if each['type'].replace('const ', '').rstrip('*') not in SINGLE]
    if count.endswith('_len'):
        names = [each['name'] for each in open_arrays]
        if count[:-len('_len')] in names:
            return open_arrays[names.index(count[:-len('_len')]):]
    return open_arrays
