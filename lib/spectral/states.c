/* SPDX-License-Identifier: MIT
 * Hidden states made ready for linear algebra. */
#include <math.h>
#include <string.h>

#include "kernels/states.h"
#include "kernels/symmetric.h"
#include "numeric/convert.h"
#include "spectral/states.h"

#define DEFAULT_TOLERANCE 1e-9
#define RANKME_SMOOTHING 1e-7

/* ---- Options ------------------------------------------------------------ */

static bool choose(info_choice given, bool conventional)
{
    return given == INFO_CHOICE_CONVENTION ? conventional : given == INFO_CHOICE_YES;
}

static info_status check_options(info_i_error *error, const info_spectral_options *o)
{
    const info_i_allowed allowed[] = {
        {"options.convention", o->convention, 0, INFO_CONVENTION_RANKME},
        {"options.center", o->center, 0, INFO_CHOICE_NO},
        {"options.normalize_rows", o->normalize_rows, 0, INFO_CHOICE_NO},
        {"options.scale", o->scale, 0, INFO_SCALE_SINGULAR_VALUES},
        {"options.input", o->input, 0, INFO_INPUT_GRAM},
        {"options.zero_rows", o->zero_rows, 0, INFO_ZERO_ROWS_ERROR},
        {"options.unit", o->unit, INFO_NAT, INFO_DIT},
        {"options.invalid", o->invalid, 0, INFO_INVALID_NAN},
        {"options.reserved", o->reserved, 0, 0},
        {"options.skip", o->skip, 0, INT64_MAX},
        {0},
    };
    info_i_check_options(error, allowed);
    info_i_check_real(error, "options.order", o->order, 0, INFINITY, INFO_I_CLOSED);
    info_i_check_real(error, "options.tolerance", o->tolerance, 0, 0.1, INFO_I_CLOSED);
    const bool plain = o->convention == 0 && o->center == 0 && o->normalize_rows == 0 && o->scale == 0 && o->skip == 0;
    return info_i_check(error, o->input != INFO_INPUT_GRAM || plain, INFO_ERROR_OPTION,
                        "options.input: a Gram matrix is taken as it is; convention, center, normalize_rows, scale "
                        "and skip must be 0");
}

info_status info_i_spectral_open(info_i_error *error, const info_spectral_options *given, info_i_spectral *out)
{
    info_spectral_options o;
    *out = (info_i_spectral){0};
    info_i_options(error, info_spectral_options, "options", &o, given);
    if (check_options(error, &o) != INFO_OK)
        return error->status;
    const bool diff_erank = o.convention == INFO_CONVENTION_DIFF_ERANK;
    *out = (info_i_spectral){
        .gram = o.input == INFO_INPUT_GRAM,
        .center = choose(o.center, diff_erank),
        .unit_rows = choose(o.normalize_rows, diff_erank),
        .singular_values = o.scale == INFO_SCALE_CONVENTION ? !diff_erank : o.scale == INFO_SCALE_SINGULAR_VALUES,
        .zero_rows_fail = o.zero_rows == INFO_ZERO_ROWS_ERROR,
        .smoothing = o.convention == INFO_CONVENTION_RANKME ? RANKME_SMOOTHING : 0,
        .skip = o.skip,
        .order = o.order == 0 ? 1 : o.order,
        .tolerance = o.tolerance == 0 ? DEFAULT_TOLERANCE : o.tolerance,
        .unit = o.unit,
        .invalid = o.invalid,
    };
    return INFO_OK;
}

info_status info_i_spectral_check(info_i_error *error, const char *name, const info_matrix *x, const info_i_spectral *o)
{
    info_i_check_matrix(error, name, x);
    info_i_check(error, !o->gram || x->rows == x->cols, INFO_ERROR_SIZE,
                 "%s: %lld x %lld; it must be square with options.input 1 (a Gram matrix)", name, (long long)x->rows,
                 (long long)x->cols);
    return info_i_check(error, o->skip < x->rows, INFO_ERROR_SIZE, "%s: has %lld rows; options.skip = %lld leaves none",
                        name, (long long)x->rows, (long long)o->skip);
}

/* ---- Passes over the states --------------------------------------------- */

/* Workers take ranges of columns (sums over rows) or of rows; each element of a result
 * belongs to one of them, so that their number leaves no trace. */
#define COLUMN_GRAIN 256
#define ROW_GRAIN 16

typedef struct pass {
    const info_i_place *place;
    const info_i_spectral *options;
    info_i_states *s;
    double *row_value; /* x.rows: what the pass finds for each row */
    double threshold;  /* length below which a row has no direction */
} pass;

info_status info_i_place_run(const info_i_place *place, int64_t items, int64_t grain, int64_t scratch_doubles,
                             info_i_task task, void *user, double *buffer)
{
    if (place->ctx)
        return info_i_parallel(place->ctx, items, grain, (size_t)scratch_doubles * sizeof(double), task, user);
    for (int64_t begin = 0; begin < items; begin += grain) {
        const int64_t end = begin + grain < items ? begin + grain : items;
        const info_status status = task(user, begin, end, buffer, place->error);
        if (status != INFO_OK)
            return status;
    }
    return INFO_OK;
}

static const info_i_row_kernels *kernels_of(const info_i_place *place, const info_i_states *s)
{
    return s->x.dtype == INFO_F64 ? &place->kernels->states->f64 : &place->kernels->states->f32;
}

/* Elements of a row as they lie in memory if those are contiguous doubles or floats, else a copy in buffer:
 * of doubles as such, of the shorter types as floats. */
static const void *row_of(const info_i_states *s, int64_t row, int64_t col, int64_t count, double *buffer)
{
    if (s->x.dtype == INFO_F64)
        return info_i_row_f64(&s->x, row, col, count, buffer);
    if (s->x.dtype == INFO_F32 && s->x.col_stride == 1)
        return info_i_element(&s->x, row, col);
    info_i_get_row_f32(&s->x, row, col, count, (float *)(void *)buffer);
    return buffer;
}

static info_status not_finite(info_i_error *error, const info_i_states *s, int64_t row)
{
    int64_t col = 0;
    while (isfinite(info_i_get(&s->x, row, col)))
        col++;
    return info_i_fail(error, INFO_ERROR_DOMAIN, "%s: element (%lld, %lld) of the rows used is %s; it must be finite",
                       s->name, (long long)row, (long long)col, info_i_number_text(info_i_get(&s->x, row, col)).text);
}

static info_status find_largest(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    pass *p = user;
    for (int64_t i = begin; i < end; i++) {
        const void *row = row_of(p->s, i, 0, p->s->x.cols, scratch);
        p->row_value[i] = kernels_of(p->place, p->s)->largest(p->s->x.cols, row);
        if (isnan(p->row_value[i]))
            return not_finite(error, p->s, i);
    }
    return INFO_OK;
}

static info_status average_columns(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)error;
    pass *p = user;
    info_i_states *s = p->s;
    const double rows = (double)s->x.rows;
    for (int64_t i = 0; i < s->x.rows; i++)
        kernels_of(p->place, s)
            ->add_to_columns(end - begin, row_of(s, i, begin, end - begin, scratch), s->scale, s->mean + begin,
                             s->rest + begin);
    for (int64_t j = begin; j < end; j++) {
        const double mean = (s->mean[j] + s->rest[j]) / rows;
        s->rest[j] = (fma(-mean, rows, s->mean[j]) + s->rest[j]) / rows;
        s->mean[j] = mean;
    }
    return INFO_OK;
}

static info_status measure_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    pass *p = user;
    info_i_states *s = p->s;
    for (int64_t i = begin; i < end; i++) {
        const void *row = row_of(s, i, 0, s->x.cols, scratch);
        const double squares = kernels_of(p->place, s)->squares(s->x.cols, row, s->scale, s->mean, s->rest);
        const bool zero = sqrt(squares) <= p->threshold;
        if (zero && p->options->zero_rows_fail)
            return info_i_fail(error, INFO_ERROR_DOMAIN, "%s: row %lld of the rows used %s", s->name, (long long)i,
                               p->options->center ? "equals the mean row" : "is zero");
        s->factor[i] = !p->options->unit_rows ? 1 : zero ? 0 : 1 / sqrt(squares);
        p->row_value[i] = zero ? 0 : p->options->unit_rows ? 1 : squares;
    }
    return INFO_OK;
}

/* ---- Opening ------------------------------------------------------------ */

int64_t info_i_states_size(int64_t rows, int64_t cols)
{
    return 2 * rows + 3 * cols;
}

info_status info_i_states_measure(const info_i_place *place, const char *name, const info_matrix *x,
                                  const info_i_spectral *o, const double *mean, double *memory, info_i_states *out)
{
    info_i_states s = {.name = name, .x = *x, .mean = memory};
    s.x.data = info_i_element(x, o->skip, 0);
    s.x.rows -= o->skip;
    const int64_t rows = s.x.rows, cols = s.x.cols;
    s.rest = s.mean + cols;
    s.factor = s.rest + cols;
    pass p = {.place = place, .options = o, .s = &s, .row_value = s.factor + rows};
    double *buffer = p.row_value + rows, most = 0;
    memset(s.mean, 0, (size_t)(2 * cols) * sizeof *s.mean);

    info_status status = info_i_place_run(place, rows, ROW_GRAIN, cols, find_largest, &p, buffer);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < rows; i++)
        most = p.row_value[i] > most ? p.row_value[i] : most;
    int exponent = 0;
    frexp(most, &exponent);
    s.scale = ldexp(1, exponent < -1023 ? 1023 : -exponent);
    p.threshold = 4 * sqrt((double)cols) * 0x1p-53 * (s.scale * most);

    for (int64_t j = 0; o->center && mean && j < cols; j++)
        s.mean[j] = s.scale * mean[j];
    if (o->center && !mean)
        status = info_i_place_run(place, cols, COLUMN_GRAIN, COLUMN_GRAIN, average_columns, &p, buffer);
    if (status == INFO_OK)
        status = info_i_place_run(place, rows, ROW_GRAIN, cols, measure_rows, &p, buffer);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < rows; i++)
        s.squares += p.row_value[i];
    *out = s;
    return INFO_OK;
}

info_status info_i_states_open(const info_i_place *place, const char *name, const info_matrix *x,
                               const info_i_spectral *o, double *memory, info_i_states *out)
{
    info_i_states s;
    const info_status status = info_i_states_measure(place, name, x, o, NULL, memory, &s);
    if (status != INFO_OK)
        return status;
    if (s.squares == 0)
        return info_i_fail(place->error, INFO_ERROR_DOMAIN,
                           o->center ? "%s: no row differs from the mean row, so no direction is left"
                                     : "%s: all rows are zero, so there is no direction",
                           name);
    *out = s;
    return INFO_OK;
}

/* ---- Blocks ------------------------------------------------------------- */

typedef struct block {
    const info_i_place *place;
    const info_i_states *s;
    info_i_piece piece;
    bool single;
    void *out;
    int64_t panel_step;
} block;

/* count elements of a row from col on, as floats or doubles. */
static void prepare(const block *b, int64_t i, int64_t col, int64_t count, void *out, double *buffer)
{
    const info_i_states *s = b->s;
    const info_i_row_kernels *kernels = kernels_of(b->place, s);
    const void *row = row_of(s, i, col, count, buffer);
    if (b->single)
        kernels->prepare_f32(count, row, s->scale, s->mean + col, s->rest + col, s->factor[i], out);
    else
        kernels->prepare_f64(count, row, s->scale, s->mean + col, s->rest + col, s->factor[i], out);
}

static void *element_of(const block *b, void *base, int64_t index)
{
    return (char *)base + (size_t)index * (b->single ? sizeof(float) : sizeof(double));
}

static info_status fill_rows(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)error;
    const block *b = user;
    for (int64_t i = begin; i < end; i++)
        prepare(b, b->piece.row + i, b->piece.col, b->piece.cols, element_of(b, b->out, i * b->piece.cols), scratch);
    return INFO_OK;
}

static info_status fill_panels(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)error;
    const block *b = user;
    const int64_t cols = b->piece.cols;
    for (int64_t i = begin; i < end; i++)
        for (int64_t j = 0; j < cols; j += INFO_I_PANEL)
            prepare(b, b->piece.row + i, j, cols - j < INFO_I_PANEL ? cols - j : INFO_I_PANEL,
                    element_of(b, b->out, j / INFO_I_PANEL * b->panel_step + i * INFO_I_PANEL), scratch);
    return INFO_OK;
}

/* Columns of ROW_GRAIN rows that are prepared before they are transposed; panels are of whole ROW_GRAINs. */
#define STRIP 256
_Static_assert(INFO_I_PANEL % ROW_GRAIN == 0 && (ROW_GRAIN + 1) * STRIP == INFO_I_PIECE_BUFFER, "rows of a panel");

static info_status fill_transposed(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    (void)error;
    const block *b = user;
    double *rows = scratch, *buffer = rows + ROW_GRAIN * STRIP;
    for (int64_t j = 0; j < b->piece.cols; j += STRIP) {
        const int64_t count = b->piece.cols - j < STRIP ? b->piece.cols - j : STRIP;
        for (int64_t i = begin; i < end; i++)
            prepare(b, i, b->piece.col + j, count, element_of(b, rows, (i - begin) * STRIP), buffer);
        void *out =
            element_of(b, b->out, begin / INFO_I_PANEL * b->panel_step + j * INFO_I_PANEL + begin % INFO_I_PANEL);
        if (b->single)
            b->place->kernels->symmetric_f32->transpose(end - begin, count, (float *)(void *)rows, STRIP, out,
                                                        INFO_I_PANEL);
        else
            b->place->kernels->symmetric_f64->transpose(end - begin, count, rows, STRIP, out, INFO_I_PANEL);
    }
    return INFO_OK;
}

info_status info_i_states_panels(const info_i_place *place, const info_i_states *s, info_i_piece piece, bool transposed,
                                 bool single, int64_t panel_step, void *out, double *buffer)
{
    block b = {place, s, piece, single, out, panel_step};
    return info_i_place_run(place, piece.rows, ROW_GRAIN, INFO_I_PIECE_BUFFER,
                            transposed ? fill_transposed : fill_panels, &b, buffer);
}

info_status info_i_states_block_f64(const info_i_place *place, const info_i_states *s, int64_t row, int64_t rows,
                                    int64_t col, int64_t cols, double *out, double *buffer)
{
    block b = {.place = place, .s = s, .piece = {row, rows, col, cols}, .out = out};
    return info_i_place_run(place, rows, ROW_GRAIN, cols, fill_rows, &b, buffer);
}
