/* SPDX-License-Identifier: MIT
 *
 * How many bits does a prediction cost? The source is a row of logits, drawn at
 * random; what may stand for it is any other row's distribution, or the mean of a cluster of
 * rows; the distortion is the KL divergence from the row to its stand-in.
 */
#include <math.h>
#include <stdlib.h>

#include "../io/npy.h"
#include "study.h"

#define MOST_ROWS 1024

/* Numbers of clusters whose means may stand for their rows. */
static const int64_t means[] = {1, 4, 16, 64};
#define MEANS ((int64_t)(sizeof means / sizeof means[0]))

struct table {
    int64_t rows, cols, stand_ins;
    double *joint;      /* rows x cols: p / rows */
    double *stand_in;   /* stand_ins x cols */
    double *distortion; /* rows x stand_ins, in bits */
};

static bool told(info_ctx *ctx, info_status status, struct failure *failure)
{
    if (status >= 0 && status != INFO_CANCELED)
        return true;
    return fail(failure, "logits: %s", info_ctx_message(ctx));
}

static bool make_table(struct table *t, const info_matrix *logits, struct failure *failure)
{
    t->rows = logits->rows;
    t->cols = logits->cols;
    t->stand_ins = t->rows;
    for (int64_t i = 0; i < MEANS; i++)
        t->stand_ins += means[i] < t->rows ? means[i] : 0;
    t->joint = malloc((size_t)(t->rows * t->cols) * sizeof *t->joint);
    t->stand_in = malloc((size_t)(t->stand_ins * t->cols) * sizeof *t->stand_in);
    t->distortion = malloc((size_t)(t->rows * t->stand_ins) * sizeof *t->distortion);
    return (t->joint != NULL && t->stand_in != NULL && t->distortion != NULL) || fail(failure, "logits: no memory");
}

static void soften(struct table *t, const struct tensor *tensor)
{
    for (int64_t i = 0; i < t->rows; i++) {
        double *p = t->stand_in + i * t->cols, top = -INFINITY, sum = 0;
        for (int64_t k = 0; k < t->cols; k++) {
            p[k] = tensor_at(tensor, (size_t)(i * t->cols + k));
            top = fmax(top, p[k]);
        }
        for (int64_t k = 0; k < t->cols; k++)
            sum += p[k] = exp(p[k] - top);
        for (int64_t k = 0; k < t->cols; k++) {
            p[k] /= sum;
            t->joint[i * t->cols + k] = p[k] / (double)t->rows;
        }
    }
}

/* Means of clusters of rows that lose the least information about the token. */
static bool add_means(struct table *t, info_ctx *ctx, struct failure *failure)
{
    info_matrix joint, view;
    double *encoder = malloc((size_t)(t->rows * means[MEANS - 1]) * sizeof *encoder);
    bool done = (encoder != NULL || fail(failure, "logits: no memory")) &&
                told(ctx, info_matrix_init(&joint, t->joint, t->rows, t->cols, INFO_F64), failure);
    int64_t at = t->rows;
    for (int64_t i = 0; done && i < MEANS && means[i] < t->rows; i++) {
        const info_bottleneck_options options = {
            .struct_size = sizeof options, .method = INFO_BOTTLENECK_SEQUENTIAL, .clusters = means[i], .restarts = 1};
        const info_matrix_out out = {encoder, t->rows, means[i], means[i], 1, INFO_F64, 0};
        const info_matrix_out decoder = {t->stand_in + at * t->cols, means[i], t->cols, t->cols, 1, INFO_F64, 0};
        info_bottleneck_result result;
        done = told(ctx, info_bottleneck(ctx, &joint, INFINITY, &options, &out, NULL, 0, &result), failure) &&
               told(ctx, info_matrix_init(&view, encoder, t->rows, means[i], INFO_F64), failure) &&
               told(ctx, info_bottleneck_clusters(ctx, &joint, &view, NULL, NULL, 0, &decoder, NULL, 0), failure);
        at += means[i];
    }
    free(encoder);
    return done;
}

static bool find_curve(struct study *s, struct table *t, info_ctx *ctx, struct failure *failure)
{
    const info_divergence_options all = {
        .struct_size = sizeof all, .unit = INFO_BIT, .pairing = INFO_PAIRING_ALL, .normalize = 1};
    const info_coding_options options = {.struct_size = sizeof options, .unit = INFO_BIT, .kind = INFO_COUNTS};
    double *ones = malloc((size_t)t->rows * sizeof *ones);
    for (int64_t i = 0; ones != NULL && i < t->rows; i++)
        ones[i] = 1;
    info_matrix p, q, source, distortion;
    const bool done =
        (ones != NULL || fail(failure, "logits: no memory")) &&
        told(ctx, info_matrix_init(&p, t->stand_in, t->rows, t->cols, INFO_F64), failure) &&
        told(ctx, info_matrix_init(&q, t->stand_in, t->stand_ins, t->cols, INFO_F64), failure) &&
        told(ctx, info_kl(ctx, &p, &q, &all, t->distortion, t->rows * t->stand_ins), failure) &&
        told(ctx, info_matrix_init(&source, ones, 1, t->rows, INFO_F64), failure) &&
        told(ctx, info_matrix_init(&distortion, t->distortion, t->rows, t->stand_ins, INFO_F64), failure) &&
        told(ctx, info_rate_distortion_curve(ctx, &source, &distortion, &options, s->rate, STUDY_RATES), failure);
    free(ones);
    return done;
}

bool study_predictions(struct study *s, const char *path, info_ctx *ctx, struct failure *failure)
{
    struct file file;
    struct tensor tensor = {0};
    struct table t = {0};
    if (!file_open(&file, path, failure))
        return false;
    bool done = npy_view(&tensor, &file, path, failure);
    if (done && (tensor.axes != 2 || !element_is_float(tensor.type) || tensor.shape[0] < 2))
        done = fail(failure, "%s: logits are a matrix of floating-point numbers, one row per token", path);
    if (done) {
        info_matrix logits = tensor_matrix(&tensor, 0);
        logits.rows = logits.rows < MOST_ROWS ? logits.rows : MOST_ROWS;
        done = make_table(&t, &logits, failure);
    }
    if (done) {
        soften(&t, &tensor);
        s->predictions = t.rows;
        s->reproductions = t.stand_ins;
        done = add_means(&t, ctx, failure) && find_curve(s, &t, ctx, failure);
    }
    free(t.joint);
    free(t.stand_in);
    free(t.distortion);
    tensor_free(&tensor);
    file_close(&file);
    return done;
}
