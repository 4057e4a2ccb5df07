/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <info/info.h>

#include <R.h>
#include <Rinternals.h>
#include <R_ext/Rdynload.h>

/* A matrix of R lies column by column: strides view it without a copy. A vector is one row. */
static info_matrix view_of(SEXP x)
{
    const SEXP dim = Rf_getAttrib(x, R_DimSymbol);
    const int64_t rows = Rf_length(dim) == 2 ? INTEGER(dim)[0] : 1;
    const int64_t cols = Rf_length(dim) == 2 ? INTEGER(dim)[1] : (int64_t)XLENGTH(x);
    const info_matrix view = {
        .data = REAL(x), .rows = rows, .cols = cols, .row_stride = 1, .col_stride = rows, .dtype = INFO_F64};
    return view;
}

/* Leaves by an error of R with the library's text, after the context is gone, or warns of rows without a value. */
static void finish(info_ctx *ctx, info_status status)
{
    char text[1024];
    strncpy(text, info_ctx_message(ctx), sizeof text - 1);
    text[sizeof text - 1] = '\0';
    info_ctx_destroy(ctx);
    if (status < 0 || status == INFO_CANCELED)
        Rf_error("%s: %s", info_status_name(status), text);
    if (status != INFO_OK)
        Rf_warning("%s: %s", info_status_name(status), text);
}

static info_ctx *context(SEXP threads)
{
    const info_ctx_options options = {.struct_size = sizeof options, .threads = Rf_asInteger(threads)};
    info_ctx *ctx = NULL;
    const info_status status = info_ctx_create(&options, &ctx);
    if (status != INFO_OK)
        Rf_error("%s: threads: 1 to 1024", info_status_name(status));
    return ctx;
}

typedef info_status (*of_rows)(info_ctx *, const info_matrix *, const info_entropy_options *, double *, int64_t);
typedef info_status (*of_rows_and_order)(info_ctx *, const info_matrix *, double, const info_entropy_options *,
                                         double *, int64_t);
typedef info_status (*of_pairs)(info_ctx *, const info_matrix *, const info_matrix *, const info_divergence_options *,
                                double *, int64_t);
typedef info_status (*of_pairs_and_order)(info_ctx *, const info_matrix *, const info_matrix *, double,
                                          const info_divergence_options *, double *, int64_t);

static const struct {
    const char *name;
    of_rows plain;
    of_rows_and_order ordered;
} row_measures[] = {
    {"entropy", info_entropy, NULL},
    {"efficiency", info_efficiency, NULL},
    {"redundancy", info_redundancy, NULL},
    {"renyi_entropy", NULL, info_renyi_entropy},
    {"tsallis_entropy", NULL, info_tsallis_entropy},
    {"hill_number", NULL, info_hill_number},
};

static const struct {
    const char *name;
    of_pairs plain;
    of_pairs_and_order ordered;
} pair_measures[] = {
    {"cross_entropy", info_cross_entropy, NULL},
    {"kl", info_kl, NULL},
    {"jeffreys", info_jeffreys, NULL},
    {"js", info_js, NULL},
    {"js_distance", info_js_distance, NULL},
    {"total_variation", info_total_variation, NULL},
    {"hellinger", info_hellinger, NULL},
    {"bhattacharyya", info_bhattacharyya, NULL},
    {"chernoff", info_chernoff, NULL},
    {"chernoff_order", info_chernoff_order, NULL},
    {"chi_square", info_chi_square, NULL},
    {"generalized_js", NULL, info_generalized_js},
    {"renyi_divergence", NULL, info_renyi_divergence},
    {"tsallis_divergence", NULL, info_tsallis_divergence},
    {"alpha_divergence", NULL, info_alpha_divergence},
};

static SEXP rows(SEXP name, SEXP x, SEXP order, SEXP kind, SEXP unit, SEXP invalid, SEXP normalize, SEXP threads)
{
    const char *wanted = CHAR(STRING_ELT(name, 0));
    const info_matrix view = view_of(x);
    const info_entropy_options options = {.struct_size = sizeof options,
                                          .kind = Rf_asInteger(kind),
                                          .unit = Rf_asInteger(unit),
                                          .invalid = Rf_asInteger(invalid),
                                          .normalize = Rf_asInteger(normalize)};
    const SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)view.rows));
    info_ctx *ctx = context(threads);
    info_status status = INFO_ERROR_OPTION;
    for (size_t i = 0; i < sizeof row_measures / sizeof row_measures[0]; i++)
        if (strcmp(row_measures[i].name, wanted) == 0)
            status = row_measures[i].plain
                         ? row_measures[i].plain(ctx, &view, &options, REAL(out), view.rows)
                         : row_measures[i].ordered(ctx, &view, Rf_asReal(order), &options, REAL(out), view.rows);
    finish(ctx, status);
    UNPROTECT(1);
    return out;
}

static SEXP pairs(SEXP name, SEXP p, SEXP q, SEXP order, SEXP p_kind, SEXP q_kind, SEXP unit, SEXP invalid,
                  SEXP normalize, SEXP all, SEXP threads)
{
    const char *wanted = CHAR(STRING_ELT(name, 0));
    const info_matrix a = view_of(p), b = view_of(q);
    const info_divergence_options options = {.struct_size = sizeof options,
                                             .p_kind = Rf_asInteger(p_kind),
                                             .q_kind = Rf_asInteger(q_kind),
                                             .unit = Rf_asInteger(unit),
                                             .invalid = Rf_asInteger(invalid),
                                             .normalize = Rf_asInteger(normalize),
                                             .pairing = Rf_asInteger(all)};
    const int64_t length = options.pairing == INFO_PAIRING_ALL ? a.rows * b.rows : a.rows > b.rows ? a.rows : b.rows;
    const SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)length));
    info_ctx *ctx = context(threads);
    info_status status = INFO_ERROR_OPTION;
    for (size_t i = 0; i < sizeof pair_measures / sizeof pair_measures[0]; i++)
        if (strcmp(pair_measures[i].name, wanted) == 0)
            status = pair_measures[i].plain
                         ? pair_measures[i].plain(ctx, &a, &b, &options, REAL(out), length)
                         : pair_measures[i].ordered(ctx, &a, &b, Rf_asReal(order), &options, REAL(out), length);
    finish(ctx, status);
    UNPROTECT(1);
    return out;
}

/* Targets come as doubles that count from 1; NA is skipped. */
static SEXP likelihood(SEXP logits, SEXP targets, SEXP unit, SEXP summary, SEXP threads)
{
    const info_matrix view = view_of(logits);
    const R_xlen_t count = XLENGTH(targets);
    int64_t *from_zero = (int64_t *)R_alloc((size_t)count + 1, sizeof *from_zero);
    for (R_xlen_t i = 0; i < count; i++) {
        const double target = REAL(targets)[i];
        if (!ISNAN(target) && !(target >= 1 && target <= (double)view.cols && target == (double)(int64_t)target))
            Rf_error("targets: element %lld is %g; 1 to %lld", (long long)i + 1, target, (long long)view.cols);
        from_zero[i] = ISNAN(target) ? -100 : (int64_t)target - 1;
    }
    const info_lm_options options = {.struct_size = sizeof options, .unit = Rf_asInteger(unit)};
    const int whole = Rf_asLogical(summary);
    const SEXP out = PROTECT(Rf_allocVector(REALSXP, whole ? 7 : (R_xlen_t)view.rows));
    info_perplexity_result r = {0};
    info_ctx *ctx = context(threads);
    const info_status status = whole ? info_perplexity(ctx, &view, from_zero, count, &options, &r)
                                     : info_nll(ctx, &view, from_zero, count, &options, REAL(out), view.rows);
    finish(ctx, status);
    if (whole) {
        const double fields[7] = {(double)r.tokens, (double)r.ignored, (double)r.invalid, r.total_nll,
                                  r.mean_nll,       r.standard_error,  r.perplexity};
        memcpy(REAL(out), fields, sizeof fields);
    }
    UNPROTECT(1);
    return out;
}

static const R_CallMethodDef methods[] = {{"C_rows", (DL_FUNC)&rows, 8},
                                          {"C_pairs", (DL_FUNC)&pairs, 11},
                                          {"C_likelihood", (DL_FUNC)&likelihood, 5},
                                          {NULL, NULL, 0}};

void R_init_libinfo(DllInfo *dll)
{
    R_registerRoutines(dll, NULL, methods, NULL, NULL);
    R_useDynamicSymbols(dll, FALSE);
}
