/* SPDX-License-Identifier: MIT */
#include "lm/compact.h"

#include <math.h>
#include <string.h>

#include "numeric/convert.h"
#include "numeric/total.h"

/* Above it doubles cannot tell tokens apart. */
#define MOST_TOKENS ((int64_t)1 << 53)

/* ---- Arguments ---------------------------------------------------------------- */

static double tolerance_of(info_dtype dtype)
{
    return dtype == INFO_F64 ? 1e-6 : dtype == INFO_F32 ? 1e-5 : 1e-2;
}

info_status info_i_compact_open(info_i_error *error, const info_top_k *list, int64_t vocabulary, int64_t rows,
                                info_i_compact *c)
{
    if (info_i_check_pointer(error, "teacher", list) != INFO_OK ||
        info_i_check_matrix(error, "teacher.log_probabilities", list->log_probabilities) != INFO_OK ||
        info_i_check_integers(error, "teacher.tokens", list->tokens, list->token_type) != INFO_OK)
        return error->status;
    const info_matrix *m = list->log_probabilities;
    int64_t count = 0;
    info_i_check(error, m->rows == rows, INFO_ERROR_SIZE, "teacher.log_probabilities: %lld rows; the student has %lld",
                 (long long)m->rows, (long long)rows);
    info_i_check(error, info_i_multiply(m->rows, m->cols, &count) && list->tokens_len == count, INFO_ERROR_SIZE,
                 "teacher.tokens_len: %lld; %lld x %lld are needed", (long long)list->tokens_len, (long long)m->rows,
                 (long long)m->cols);
    info_i_check_option(error, "teacher.reserved", list->reserved, 0, 0);
    info_i_check(error, list->top == 0, INFO_ERROR_OPTION, "teacher.top: a loss does not need it; leave it 0");
    info_i_check(error, vocabulary >= m->cols && vocabulary <= MOST_TOKENS, INFO_ERROR_SIZE,
                 "vocabulary: %lld; %lld to 2^53 are allowed", (long long)vocabulary, (long long)m->cols);
    c->list = list;
    c->vocabulary = vocabulary;
    c->tolerance = tolerance_of(m->dtype);
    return error->status;
}

static size_t rounded(int64_t bytes)
{
    return (size_t)(bytes + INFO_I_ALIGNMENT - 1) / INFO_I_ALIGNMENT * INFO_I_ALIGNMENT;
}

static size_t cells_bytes(const info_i_compact *c)
{
    return rounded((c->list->log_probabilities->cols + 1) * (int64_t)sizeof(info_i_compact_cell));
}

static size_t order_bytes(const info_i_compact *c)
{
    return rounded(c->list->log_probabilities->cols * (int64_t)sizeof(info_i_ranked));
}

size_t info_i_compact_bytes(const info_i_compact *c, const info_matrix *student)
{
    return cells_bytes(c) + order_bytes(c) + rounded(student->cols * (int64_t)sizeof(double));
}

info_i_compact_row info_i_compact_lay(const info_i_compact *c, const info_matrix *student, void *scratch)
{
    char *place = scratch;
    info_i_compact_row r = {.cells = scratch, .order = (info_i_ranked *)(void *)(place + cells_bytes(c))};
    char *copy = place + cells_bytes(c) + order_bytes(c);
    const info_dtype dtype = student->dtype == INFO_F64 ? INFO_F64 : INFO_F32;
    r.others = (info_matrix){copy, 1, student->cols, student->cols, 1, dtype, 0};
    r.others_out = (info_matrix_out){copy, 1, student->cols, student->cols, 1, dtype, 0};
    return r;
}

/* ---- The teacher -------------------------------------------------------------- */

/* No token twice. */
static info_status check_tokens(const info_i_compact_row *r, int64_t count, int64_t row, info_i_error *error)
{
    info_i_ranked_sort(r->order, count);
    for (int64_t i = 1; i < count; i++)
        if (r->order[i].value == r->order[i - 1].value)
            return info_i_fail(error, INFO_ERROR_TARGET, "teacher.tokens: %lld twice in row %lld",
                               (long long)-r->order[i].value, (long long)row);
    return INFO_OK;
}

/* An entry of the list; false for one that stands for nothing: token -1 of log-probability -inf. */
static bool read_entry(const info_i_compact *c, int64_t row, int64_t i, info_i_compact_cell *cell, info_i_error *error)
{
    const info_matrix *m = c->list->log_probabilities;
    cell->token = info_i_integer_at(c->list->tokens, c->list->token_type, row * m->cols + i);
    cell->cell.log_p = info_i_get(m, row, i);
    if (cell->token == -1 && cell->cell.log_p == -INFINITY)
        return false;
    info_i_check(error, cell->cell.log_p <= c->tolerance, INFO_ERROR_DOMAIN,
                 "teacher.log_probabilities: %s at row %lld, column %lld; none is above 0",
                 info_i_number_text(cell->cell.log_p).text, (long long)row, (long long)i);
    info_i_check(error, cell->token >= 0 && cell->token < c->vocabulary, INFO_ERROR_TARGET,
                 "teacher.tokens: %lld at row %lld; 0 to %lld are allowed", (long long)cell->token, (long long)row,
                 (long long)c->vocabulary - 1);
    return true;
}

info_status info_i_compact_read(const info_i_compact *c, int64_t row, int64_t cols, info_i_compact_row *r,
                                info_i_error *error)
{
    const info_matrix *m = c->list->log_probabilities;
    info_i_total excess = {-1, 0}, tail = {1, 0};
    int64_t listed = 0;
    r->count = 0;
    for (int64_t i = 0; i < m->cols; i++) {
        info_i_compact_cell cell = {0};
        const bool counts = read_entry(c, row, i, &cell, error);
        if (error->status != INFO_OK)
            return error->status;
        if (!counts)
            continue;
        r->order[listed++] = (info_i_ranked){-(double)cell.token, i};
        cell.cell.p = exp(cell.cell.log_p);
        info_i_total_add(&excess, cell.cell.p);
        if (cell.token >= cols) /* the student does not have it: part of the tail */
            continue;
        info_i_total_add(&tail, -cell.cell.p);
        r->cells[r->count++] = cell;
    }
    const double more = info_i_total_value(&excess), rest = info_i_total_value(&tail);
    info_i_check(error, more <= c->tolerance, INFO_ERROR_SUM,
                 "teacher.log_probabilities: row %lld sums to 1 + %s; %s is allowed", (long long)row,
                 info_i_number_text(more).text, info_i_number_text(c->tolerance).text);
    if (error->status != INFO_OK || check_tokens(r, listed, row, error) != INFO_OK)
        return error->status;
    const double log_sum = more > 0 ? log1p(more) : 0;
    for (int64_t i = 0; i < r->count && more > 0; i++) {
        r->cells[i].cell.log_p -= log_sum;
        r->cells[i].cell.p = exp(r->cells[i].cell.log_p);
    }
    const double left = more > 0 ? (rest + more) / (1 + more) : rest;
    r->cells[r->count] = (info_i_compact_cell){.token = -1, .cell = {.p = left > 0 ? left : 0}};
    r->cells[r->count].cell.log_p = log(r->cells[r->count].cell.p);
    return INFO_OK;
}

/* ---- The student -------------------------------------------------------------- */

static bool all_impossible(const info_matrix *m)
{
    for (int64_t j = 0; j < m->cols; j++)
        if (info_i_get(m, 0, j) != -INFINITY)
            return false;
    return true;
}

/* The student's y of all cells; false if its row has no valid value. */
static bool read_student(const info_i_compact *c, const info_matrix *student, int64_t row, info_i_compact_row *r)
{
    const info_i_lm *lm = &c->loss.lm;
    if (student->dtype == INFO_F64)
        info_i_get_row_f64(student, row, 0, student->cols, r->others_out.data);
    else
        info_i_get_row_f32(student, row, 0, student->cols, r->others_out.data);
    for (int64_t i = 0; i < r->count; i++) {
        info_i_compact_cell *cell = &r->cells[i];
        cell->logit = info_i_get(student, row, cell->token);
        cell->y = info_i_lm_get(lm, student, row, cell->token);
        if (!(cell->logit < INFINITY))
            return false;
        info_i_put(&r->others_out, 0, cell->token, -INFINITY);
    }
    r->tail = info_i_row_measure(lm, &r->others, 0, INFO_I_DETAIL_SUM, INFINITY);
    info_i_cell *rest = &r->cells[r->count].cell;
    if (!r->tail.valid && rest->p <= c->tolerance) { /* no other token: what the list leaves is its rounding */
        rest->p = 0;
        rest->log_p = -INFINITY;
    }
    r->cells[r->count].y = r->tail.valid ? r->tail.maximum + r->tail.log_sum : -INFINITY;
    return r->tail.valid || all_impossible(&r->others);
}

/* q of all cells by the largest, which is kept apart; false if none is possible. */
static bool normalize(info_i_compact_row *r)
{
    int64_t top = 0;
    double others = 0;
    for (int64_t i = 1; i <= r->count; i++)
        top = r->cells[i].y > r->cells[top].y ? i : top;
    const double most = r->cells[top].y;
    if (!(most > -INFINITY))
        return false;
    for (int64_t i = 0; i <= r->count; i++)
        others += i == top ? 0 : exp(r->cells[i].y - most);
    const double log_sum = log1p(others);
    for (int64_t i = 0; i <= r->count; i++) {
        info_i_cell *cell = &r->cells[i].cell;
        cell->log_q = (r->cells[i].y - most) - log_sum;
        cell->q = exp(cell->log_q);
        cell->d = cell->log_p == cell->log_q ? 0 : cell->log_p - cell->log_q;
    }
    return true;
}

/* ---- The loss ----------------------------------------------------------------- */

static double term(const info_i_compact *c, const info_i_cell *cell)
{
    if (cell->log_p == -INFINITY && cell->log_q == -INFINITY)
        return 0;
    switch (c->loss.options.divergence) {
    case INFO_DIVERGENCE_FORWARD:
        return cell->log_q == -INFINITY ? INFINITY : info_i_cell_kl(cell);
    case INFO_DIVERGENCE_REVERSE:
        return cell->log_p == -INFINITY ? INFINITY : info_i_cell_kl_reverse(cell);
    case INFO_DIVERGENCE_JS:
        return info_i_cell_js(cell, c->loss.beta);
    default:
        return 0.5 * fabs(info_i_cell_difference(cell));
    }
}

/* d loss / d q, up to a constant, where q > 0. */
static double by_q(const info_i_compact *c, const info_i_cell *cell)
{
    switch (c->loss.options.divergence) {
    case INFO_DIVERGENCE_REVERSE:
        return -cell->d;
    case INFO_DIVERGENCE_JS:
        return (1 - c->loss.beta) * info_i_cell_log_to_mixture(cell, c->loss.beta);
    default:
        return cell->d < 0 ? 0.5 : cell->d > 0 ? -0.5 : 0;
    }
}

/* q - p, or q (g - sum q g); of a cell that has nearly all mass what makes the sum 0. */
static void put_slopes(const info_i_compact *c, info_i_compact_row *r)
{
    double mean = 0, others = 0;
    int64_t certain = -1;
    for (int64_t i = 0; i <= r->count; i++) {
        const info_i_cell *cell = &r->cells[i].cell;
        mean += cell->q > 0 ? cell->q * by_q(c, cell) : 0;
        certain = cell->q > 0.9375 ? i : certain;
    }
    for (int64_t i = 0; i <= r->count; i++) {
        const info_i_cell *cell = &r->cells[i].cell;
        r->cells[i].slope = c->loss.options.divergence == INFO_DIVERGENCE_FORWARD ? info_i_cell_difference(cell)
                            : cell->q > 0                                         ? cell->q * (by_q(c, cell) - mean)
                                                                                  : 0;
        others += i == certain ? 0 : r->cells[i].slope;
    }
    if (certain >= 0)
        r->cells[certain].slope = 0 - others;
}

/* -log sum min(p, q), and its slopes: those of total variation over the sum. */
static double accepted(info_i_compact_row *r)
{
    info_i_total common = {0};
    for (int64_t i = 0; i <= r->count; i++)
        info_i_total_add(&common, fmin(r->cells[i].cell.p, r->cells[i].cell.q));
    const double sum = info_i_total_value(&common);
    for (int64_t i = 0; i <= r->count; i++)
        r->cells[i].slope /= sum;
    return sum;
}

void info_i_compact_value(const info_i_compact *c, const info_matrix *student, int64_t row, info_i_compact_row *r,
                          info_i_loss_row *out)
{
    info_i_total loss = {0};
    out->weight = out->row_weight;
    out->pair.q.valid = read_student(c, student, row, r) && normalize(r);
    if (!out->pair.q.valid)
        return;
    for (int64_t i = 0; i <= r->count; i++)
        info_i_total_add(&loss, term(c, &r->cells[i].cell));
    out->loss = info_i_total_value(&loss);
    if (!isfinite(out->loss))
        return;
    put_slopes(c, r);
    if (c->loss.options.divergence == INFO_DIVERGENCE_ACCEPTANCE) {
        const double sum = accepted(r);
        out->loss = out->loss <= 0.5 ? -log1p(-out->loss) : -log(sum);
    }
}

/* The tail's share goes to its tokens by their probabilities: the cross-entropy's gradient without its target. */
void info_i_compact_gradient(const info_i_compact *c, const info_i_compact_row *r, const info_i_loss_row *value,
                             double factor, const info_matrix_out *out, int64_t row)
{
    const info_i_lm *lm = &c->loss.lm;
    const info_matrix_out line = {(char *)out->data + row * out->row_stride * info_dtype_size(out->dtype),
                                  1,
                                  out->cols,
                                  out->cols,
                                  out->col_stride,
                                  out->dtype,
                                  0};
    info_i_loss plain = {.kind = INFO_I_LOSS_CROSS_ENTROPY, .logits = &r->others, .lm = *lm};
    info_i_loss_row tail = {.target = r->tail.argmax, .pair = {.q = r->tail}};
    const double share = factor * r->cells[r->count].slope;
    const bool counts = value->state == INFO_I_LOSS_COUNTS && isfinite(value->loss);
    tail.state = counts && r->tail.valid && share != 0 ? INFO_I_LOSS_COUNTS : INFO_I_LOSS_INVALID;
    info_i_loss_gradient(&plain, &tail, 0, share, &line);
    if (tail.state == INFO_I_LOSS_COUNTS) {
        const double x = info_i_get(&r->others, 0, tail.target);
        info_i_put(&line, 0, tail.target, share * exp(-r->tail.log_sum) * info_i_loss_through_softcap(lm, x));
    }
    for (int64_t i = 0; i < r->count && counts; i++) {
        const info_i_compact_cell *cell = &r->cells[i];
        info_i_put(&line, 0, cell->token, factor * cell->slope * info_i_loss_through_softcap(lm, cell->logit));
    }
}
