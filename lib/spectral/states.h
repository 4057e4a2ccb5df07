/* SPDX-License-Identifier: MIT
 *
 * states.h: hidden states made ready for linear algebra. Options are resolved against
 * the convention; columns are centered and rows scaled as they say, block by block.
 */
#ifndef INFO_I_STATES_H
#define INFO_I_STATES_H

#include "core/core.h"
#include "info/states.h"
#include "kernels/kernels.h"

/* Options without their defaults. */
typedef struct info_i_spectral {
    bool center, unit_rows, singular_values, gram, zero_rows_fail;
    double smoothing; /* added to each p_i */
    int64_t skip;
    double order;
    double tolerance;
    info_unit unit;
    info_invalid invalid;
} info_i_spectral;

info_status info_i_spectral_open(info_i_error *error, const info_spectral_options *given, info_i_spectral *out);

/* Checks one matrix's view and shape; name as in "x[3]". */
info_status info_i_spectral_check(info_i_error *error, const char *name, const info_matrix *x,
                                  const info_i_spectral *o);

/* Where to compute: with a context its workers share one matrix's rows; without, this thread alone. */
typedef struct info_i_place {
    info_ctx *ctx; /* or NULL */
    info_i_error *error;
    const info_i_kernels *kernels;
} info_i_place;

/* Does task over the items in chunks of grain: by the context's workers, each with scratch_doubles of its own, or
 * here with buffer. Each item's results must be its own. */
info_status info_i_place_run(const info_i_place *place, int64_t items, int64_t grain, int64_t scratch_doubles,
                             info_i_task task, void *user, double *buffer);

/* Prepared states: element (i, j) is factor[i] * (scale * x[i][j] - mean[j] - rest[j]). */
typedef struct info_i_states {
    const char *name;
    info_matrix x;  /* without the skipped rows */
    double *mean;   /* x.cols: the mean row of the scaled states, or zeros */
    double *rest;   /* what the mean's rounding left */
    double *factor; /* x.rows; 0 for a row that is dropped */
    double scale;   /* a power of two that brings the largest magnitude near 1 */
    double squares; /* sum of squares of all prepared elements */
} info_i_states;

/* Doubles of memory that info_i_states_open needs. */
int64_t info_i_states_size(int64_t rows, int64_t cols);

/* Measures the states; mean: the row to subtract where they are centered, NULL: their own mean. INFO_ERROR_DOMAIN if
 * there is an element that is not finite, or a zero row where that is an error. */
info_status info_i_states_measure(const info_i_place *place, const char *name, const info_matrix *x,
                                  const info_i_spectral *o, const double *mean, double *memory, info_i_states *out);

/* The same with their own mean; also INFO_ERROR_DOMAIN if there is no direction at all. */
info_status info_i_states_open(const info_i_place *place, const char *name, const info_matrix *x,
                               const info_i_spectral *o, double *memory, info_i_states *out);

/* Rows row .. row + rows - 1, columns col .. col + cols - 1, prepared, into out (ld cols).
 * buffer: cols doubles, not needed with a context. Fails only by cancellation or memory. */
info_status info_i_states_block_f64(const info_i_place *place, const info_i_states *s, int64_t row, int64_t rows,
                                    int64_t col, int64_t cols, double *out, double *buffer);

/* A piece of states. */
typedef struct info_i_piece {
    int64_t row, rows, col, cols;
} info_i_piece;

/* A piece of all rows and some columns, transposed, or of some rows and all columns as it is, prepared, into panels:
 * column j of row k of the result at out[j / INFO_I_PANEL * panel_step + k * INFO_I_PANEL + j % INFO_I_PANEL], floats
 * or doubles. buffer: INFO_I_PIECE_BUFFER doubles, not needed with a context.
 * Fails only by cancellation or memory. */
#define INFO_I_PIECE_BUFFER (17 * 256)
info_status info_i_states_panels(const info_i_place *place, const info_i_states *s, info_i_piece piece, bool transposed,
                                 bool single, int64_t panel_step, void *out, double *buffer);

#endif
