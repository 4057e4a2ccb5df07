/* SPDX-License-Identifier: MIT
 * Information bottleneck: published values, exhaustive search, self-consistency, curves, bad input. */
#include "problems.h"

static double *random_joint(uint64_t seed, int64_t rows, int64_t cols, double power)
{
    double *p = random_rows(seed, rows, cols, power), sum = 0;
    for (int64_t i = 0; i < rows * cols; i++)
        sum += p[i] *= 1 + (double)(i / cols % 3);
    for (int64_t i = 0; i < rows * cols; i++)
        p[i] /= sum;
    return p;
}

/* H(T) and I(T;Y) of a partition, from their definitions. */
static void partition_values(const double *joint, int64_t rows, int64_t cols, const int64_t *labels, int64_t clusters,
                             double *entropy, double *relevance)
{
    double *table = calloc((size_t)(clusters * cols), sizeof *table), *py = calloc((size_t)cols, sizeof *py);
    *entropy = *relevance = 0;
    for (int64_t x = 0; x < rows; x++)
        for (int64_t y = 0; y < cols; y++) {
            table[labels[x] * cols + y] += joint[x * cols + y];
            py[y] += joint[x * cols + y];
        }
    for (int64_t t = 0; t < clusters; t++) {
        double pt = 0;
        for (int64_t y = 0; y < cols; y++)
            pt += table[t * cols + y];
        *entropy -= pt > 0 ? pt * log(pt) : 0;
        for (int64_t y = 0; y < cols; y++) {
            const double p = table[t * cols + y];
            *relevance += p > 0 ? p * log(p / (pt * py[y])) : 0;
        }
    }
    free(table);
    free(py);
}

/* min over all partitions into at most clusters parts of H(T) - beta I(T;Y), or of -I(T;Y). */
static double exhaustive(const double *joint, int64_t rows, int64_t cols, int64_t clusters, double beta)
{
    int64_t labels[16] = {0};
    double best = INFINITY;
    for (;;) {
        double h, i;
        partition_values(joint, rows, cols, labels, clusters, &h, &i);
        best = fmin(best, isinf(beta) ? -i : h - beta * i);
        int64_t x = 0;
        while (x < rows && ++labels[x] == clusters)
            labels[x++] = 0;
        if (x == rows)
            return best;
    }
}

START_TEST(published_values)
{
    double joint[9] = {0};
    joint[0] = joint[2] = joint[5] = joint[7] = joint[8] = 0.2;
    const info_matrix view = view_of(joint, 3, 3);
    const info_bottleneck_options options = {.struct_size = sizeof options, .unit = INFO_BIT};
    info_bottleneck_result r;
    ck_assert_int_ge(info_bottleneck(NULL, &view, 2.5, &options, NULL, NULL, 0, &r), INFO_OK);
    ck_assert_double_eq_tol(r.compression, 0.8, 1e-6);
    ck_assert_double_eq_tol(r.relevance, 0.4, 1e-6);
    ck_assert_int_ge(info_bottleneck(NULL, &view, 10, &options, NULL, NULL, 0, &r), INFO_OK);
    ck_assert_double_eq_tol(r.compression, 1.5129028137, 1e-6);
    ck_assert_double_eq_tol(r.relevance, 0.5701613886, 1e-7);
}
END_TEST

START_TEST(no_compression_pays_below_the_contraction_bound)
{
    double *joint = random_joint(3, 6, 5, 1);
    const info_matrix view = view_of(joint, 6, 5);
    for (double beta = 0; beta <= 1; beta += 0.25) {
        info_bottleneck_result r;
        ck_assert_int_eq(info_bottleneck(NULL, &view, beta, NULL, NULL, NULL, 0, &r), INFO_OK);
        ck_assert_double_eq(r.value, 0);
        ck_assert_double_eq(r.upper, 0);
        ck_assert_double_eq(r.relevance, 0);
    }
    free(joint);
}
END_TEST

START_TEST(an_identity_joint_is_a_known_line)
{
    /* X = Y uniform on n: I(X;T) = I(T;Y), so beta < 1 keeps nothing and beta > 1 everything. */
    enum { N = 5 };
    double joint[N * N] = {0};
    for (int i = 0; i < N; i++)
        joint[i * N + i] = 1.0 / N;
    const info_matrix view = view_of(joint, N, N);
    info_bottleneck_result r;
    ck_assert_int_eq(info_bottleneck(NULL, &view, 3, NULL, NULL, NULL, 0, &r), INFO_OK); /* the bounds meet */
    ck_assert_double_eq_tol(r.value, -2 * log(N), 1e-12);
    ck_assert_double_eq_tol(r.compression, log(N), 1e-12);
    ck_assert_int_eq(r.clusters, N);
}
END_TEST

START_TEST(the_encoder_solves_the_self_consistent_equations)
{
    enum { N = 8, M = 6, K = 8 };
    double *joint = random_joint(4, N, M, 3), encoder[N * K], weights[K], decoder[K * M], information[K], px[N] = {0};
    const info_matrix view = view_of(joint, N, M);
    const info_matrix_out out = {encoder, N, K, K, 1, INFO_F64, 0}, decoded = {decoder, K, M, M, 1, INFO_F64, 0};
    const double beta = 6;
    for (int d = 0; d < 2; d++) {
        const double determinism = d * 0.5;
        const info_bottleneck_options options = {
            .struct_size = sizeof options, .determinism = determinism, .tolerance = 1e-16, .max_iterations = 50000};
        info_bottleneck_result r;
        ck_assert_int_eq(info_bottleneck(NULL, &view, beta, &options, &out, NULL, 0, &r), INFO_LOCAL_OPTIMUM);
        const info_matrix p = view_of(encoder, N, K);
        ck_assert_int_eq(info_bottleneck_clusters(NULL, &view, &p, NULL, weights, K, &decoded, information, K),
                         INFO_OK);
        double total = 0, relevance = 0;
        for (int t = 0; t < K; t++) {
            total += weights[t];
            relevance += information[t];
        }
        ck_assert_double_eq_tol(total, 1, 1e-14);
        ck_assert_double_eq_tol(relevance, r.relevance, 1e-13);
        for (int x = 0; x < N; x++) {
            double exponent[K], sum = 0, largest = -INFINITY;
            px[x] = 0;
            for (int y = 0; y < M; y++)
                px[x] += joint[x * M + y];
            for (int t = 0; t < K; t++) {
                exponent[t] = log(weights[t]);
                for (int y = 0; y < M; y++) {
                    const double q = joint[x * M + y] / px[x];
                    exponent[t] -= q > 0 ? beta * q * log(q / decoder[t * M + y]) : 0;
                }
                exponent[t] /= 1 - determinism;
                largest = fmax(largest, exponent[t]);
            }
            for (int t = 0; t < K; t++)
                sum += exp(exponent[t] - largest);
            for (int t = 0; t < K; t++)
                ck_assert_double_eq_tol(encoder[x * K + t], exp(exponent[t] - largest) / sum, 1e-5);
        }
        ck_assert_double_le(r.lower, r.value);
        ck_assert_double_le(r.relevance, r.relevance_bound);
        ck_assert_double_le(r.relevance, r.compression);
    }
    free(joint);
}
END_TEST

/* A letter that occurs next to never is encoded as one with the same p(y|x) that occurs. */
START_TEST(letters_of_subnormal_probability_have_an_encoder)
{
    enum { N = 5, K = 3 };
    const double joint[N * 2] = {0.3, 0.1, 0.1, 0.5, 4e-324, 0, 0x1p-60, 0x1p-60, 5e-323, 5e-323};
    const info_matrix view = view_of(joint, N, 2);
    double encoder[N * K];
    const info_matrix_out out = {encoder, N, K, K, 1, INFO_F64, 0};
    for (double determinism = 0; determinism <= 1; determinism += 0.5) {
        const info_bottleneck_options options = {
            .struct_size = sizeof options, .clusters = K, .determinism = determinism};
        info_bottleneck_result r;
        ck_assert_int_ge(info_bottleneck(NULL, &view, 12, &options, &out, NULL, 0, &r), INFO_OK);
        ck_assert_double_gt(r.relevance, 0.1);
        for (int x = 0; x < N; x++)
            ck_assert_double_eq_tol(encoder[K * x] + encoder[K * x + 1] + encoder[K * x + 2], 1, 1e-15);
        for (int t = 0; t < K; t++)
            ck_assert_double_eq_tol(encoder[K * 4 + t], encoder[K * 3 + t], 1e-15);
    }
}
END_TEST

START_TEST(the_best_partition_is_found_on_small_tables)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        const int64_t rows = 7, cols = 4, clusters = 3;
        double *joint = random_joint(seed, rows, cols, 3);
        const info_matrix view = view_of(joint, rows, cols);
        int64_t labels[7];
        info_bottleneck_result r;
        info_bottleneck_options options = {
            .struct_size = sizeof options, .clusters = clusters, .restarts = 60, .method = INFO_BOTTLENECK_SEQUENTIAL};
        ck_assert_int_ge(info_bottleneck(NULL, &view, INFINITY, &options, NULL, labels, rows, &r), INFO_OK);
        const double most = -exhaustive(joint, rows, cols, clusters, INFINITY);
        ck_assert_double_eq_tol(r.relevance, most, 1e-13);
        ck_assert_double_ge(r.upper, most);
        for (double beta = 2; beta < 40; beta *= 3) {
            const double least = exhaustive(joint, rows, cols, clusters, beta);
            options.method = INFO_BOTTLENECK_SEQUENTIAL;
            ck_assert_int_ge(info_bottleneck(NULL, &view, beta, &options, NULL, labels, rows, &r), INFO_OK);
            ck_assert_double_eq_tol(r.value, least, 1e-12);
            ck_assert_double_le(r.lower, least);
            /* The deterministic bottleneck, by the self-consistent equations. */
            options.method = INFO_BOTTLENECK_ITERATIVE;
            options.determinism = 1;
            ck_assert_int_ge(info_bottleneck(NULL, &view, beta, &options, NULL, labels, rows, &r), INFO_OK);
            ck_assert_double_eq_tol(r.value, least, 1e-12);
            double h, i;
            partition_values(joint, rows, cols, labels, clusters, &h, &i);
            ck_assert_double_eq_tol(r.value, h - beta * i, 1e-12);
            options = (info_bottleneck_options){.struct_size = sizeof options, .clusters = clusters, .restarts = 60};
        }
        free(joint);
    }
}
END_TEST

/* Agglomeration is greedy: never better than the best partition, and equal to it where one join leads there, or
 * where joins that lose nothing do. */
/* One start, and tables too large to search: where the exchange stops, no single letter is better off elsewhere. */
START_TEST(a_partition_found_by_exchange_cannot_be_bettered_by_one_letter)
{
    enum { ROWS = 40, COLS = 9, CLUSTERS = 6 };
    for (uint64_t seed = 1; seed <= 8; seed++) {
        double *joint = random_joint(seed, ROWS, COLS, 3), h, i;
        const info_matrix view = view_of(joint, ROWS, COLS);
        int64_t labels[ROWS];
        info_bottleneck_result r;
        const info_bottleneck_options options = {.struct_size = sizeof options,
                                                 .clusters = CLUSTERS,
                                                 .restarts = 1,
                                                 .method = INFO_BOTTLENECK_SEQUENTIAL,
                                                 .seed = seed};
        const double beta = seed % 2 ? INFINITY : 8;
        ck_assert_int_ge(info_bottleneck(NULL, &view, beta, &options, NULL, labels, ROWS, &r), INFO_OK);
        partition_values(joint, ROWS, COLS, labels, CLUSTERS, &h, &i);
        const double found = isinf(beta) ? -i : h - beta * i;
        for (int64_t x = 0; x < ROWS; x++) {
            const int64_t own = labels[x];
            for (labels[x] = 0; labels[x] < CLUSTERS; labels[x]++) {
                partition_values(joint, ROWS, COLS, labels, CLUSTERS, &h, &i);
                ck_assert_double_ge(isinf(beta) ? -i : h - beta * i, found - 1e-12);
            }
            labels[x] = own;
        }
        free(joint);
    }
}
END_TEST

START_TEST(agglomeration_against_the_best_partition)
{
    enum { N = 7, M = 4 };
    for (uint64_t seed = 1; seed <= 6; seed++) {
        double *joint = random_joint(seed, N, M, 3);
        const info_matrix view = view_of(joint, N, M);
        for (int64_t clusters = 2; clusters < N; clusters++) {
            const info_bottleneck_options options = {
                .struct_size = sizeof options, .clusters = clusters, .method = INFO_BOTTLENECK_AGGLOMERATIVE};
            info_bottleneck_result r;
            ck_assert_int_ge(info_bottleneck(NULL, &view, INFINITY, &options, NULL, NULL, 0, &r), INFO_OK);
            const double most = -exhaustive(joint, N, M, clusters, INFINITY);
            ck_assert_double_le(r.relevance, most + 1e-13);
            ck_assert_double_ge(r.upper, most);
            if (clusters == N - 1)
                ck_assert_double_eq_tol(r.relevance, most, 1e-13);
            if (clusters < 4) { /* the price of entropy goes into every join */
                ck_assert_int_ge(info_bottleneck(NULL, &view, 6, &options, NULL, NULL, 0, &r), INFO_OK);
                const double least = exhaustive(joint, N, M, clusters, 6);
                ck_assert_double_ge(r.value, least - 1e-13);
                ck_assert_double_le(r.lower, least);
            }
        }
        for (int x = 0; x < N; x++) /* three kinds of rows */
            for (int y = 0; y < M; y++)
                joint[x * M + y] = (x + 1) * (y == x % 3 ? 0.7 : 0.1) / 28;
        int64_t labels[N];
        const info_bottleneck_options options = {
            .struct_size = sizeof options, .clusters = 3, .method = INFO_BOTTLENECK_AGGLOMERATIVE};
        info_bottleneck_result r;
        ck_assert_int_ge(info_bottleneck(NULL, &view, INFINITY, &options, NULL, labels, N, &r), INFO_OK);
        ck_assert_double_eq_tol(r.relevance, -exhaustive(joint, N, M, 3, INFINITY), 1e-13);
        for (int x = 0; x < N; x++)
            ck_assert_int_eq(labels[x], labels[x % 3]);
        free(joint);
    }
}
END_TEST

START_TEST(agglomeration_joins_the_cheapest_pair_at_every_step)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        enum { N = 9, M = 6 };
        double *joint = random_joint(seed + 20, N, M, 4);
        const info_matrix view = view_of(joint, N, M);
        int64_t greedy[N], labels[N];
        for (int x = 0; x < N; x++)
            greedy[x] = x;
        for (int64_t left = N; left > 1; left--) {
            const info_bottleneck_options options = {
                .struct_size = sizeof options, .clusters = left, .method = INFO_BOTTLENECK_AGGLOMERATIVE};
            info_bottleneck_result r;
            ck_assert_int_ge(info_bottleneck(NULL, &view, INFINITY, &options, NULL, labels, N, &r), INFO_OK);
            ck_assert_int_eq(r.clusters, left);
            double h, i;
            partition_values(joint, N, M, greedy, N, &h, &i);
            ck_assert_double_eq_tol(r.relevance, i, 1e-12);
            for (int x = 0; x < N; x++)
                for (int z = 0; z < N; z++)
                    ck_assert_int_eq(labels[x] == labels[z], greedy[x] == greedy[z]);
            int64_t best_a = 0, best_b = 0;
            double best = -1;
            for (int64_t a = 0; a < N; a++)
                for (int64_t b = 0; b < a; b++) {
                    int64_t joined[N];
                    for (int x = 0; x < N; x++)
                        joined[x] = greedy[x] == a ? b : greedy[x];
                    if (memcmp(joined, greedy, sizeof joined) == 0)
                        continue;
                    bool b_exists = false;
                    for (int x = 0; x < N; x++)
                        b_exists |= greedy[x] == b;
                    partition_values(joint, N, M, joined, N, &h, &i);
                    if (b_exists && i > best) {
                        best = i;
                        best_a = a;
                        best_b = b;
                    }
                }
            for (int x = 0; x < N; x++)
                greedy[x] = greedy[x] == best_a ? best_b : greedy[x];
        }
        free(joint);
    }
}
END_TEST

START_TEST(the_curve_rises_and_is_no_worse_than_single_calls)
{
    double *joint = random_joint(9, 12, 10, 4), betas[9];
    const info_matrix view = view_of(joint, 12, 10);
    info_bottleneck_result points[9], alone;
    const info_bottleneck_options options = {.struct_size = sizeof options, .restarts = 3};
    for (int i = 0; i < 9; i++)
        betas[i] = pow(1.8, i);
    ck_assert_int_ge(info_bottleneck_curve(NULL, &view, betas, 9, &options, points), INFO_OK);
    for (int i = 0; i < 9; i++) {
        ck_assert_double_eq(points[i].beta, betas[i]);
        ck_assert_int_ge(info_bottleneck(NULL, &view, betas[i], &options, NULL, NULL, 0, &alone), INFO_OK);
        ck_assert_double_le(points[i].value, alone.value + 1e-9);
        ck_assert_double_le(points[i].relevance, points[i].relevance_bound);
        ck_assert_double_ge(points[i].value, points[i].lower);
        if (i > 0) {
            ck_assert_double_ge(points[i].compression, points[i - 1].compression - 1e-6);
            ck_assert_double_ge(points[i].relevance, points[i - 1].relevance - 1e-6);
        }
    }
    free(joint);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_bits_and_counts_are_probabilities)
{
    double counts[] = {4, 0, 1, 2, 7, 0, 0, 0, 0, 0, 3, 3, 9, 1, 0, 0}, p[16], sum = 0;
    for (int i = 0; i < 16; i++)
        sum += counts[i];
    for (int i = 0; i < 16; i++)
        p[i] = counts[i] / sum;
    const info_matrix a = view_of(counts, 4, 4), b = view_of(p, 4, 4);
    info_bottleneck_options options = {.struct_size = sizeof options, .kind = INFO_COUNTS, .seed = 42};
    info_bottleneck_result r, s, t;
    double encoder[16];
    const info_matrix_out out = {encoder, 4, 4, 4, 1, INFO_F64, 0};
    ck_assert_int_ge(info_bottleneck(NULL, &a, 8, &options, &out, NULL, 0, &r), INFO_OK);
    ck_assert_int_ge(info_bottleneck(NULL, &a, 8, &options, NULL, NULL, 0, &s), INFO_OK);
    ck_assert_mem_eq(&r, &s, sizeof r);
    options.kind = INFO_PROBABILITIES;
    ck_assert_int_ge(info_bottleneck(NULL, &b, 8, &options, NULL, NULL, 0, &t), INFO_OK);
    ck_assert_double_eq_tol(r.value, t.value, 1e-11);
    double row = 0;
    for (int i = 4; i < 8; i++) /* a letter that never occurs gets p(t) */
        row += encoder[i];
    ck_assert_double_eq_tol(row, 1, 1e-14);
}
END_TEST

/* T = A X + noise: both informations from determinants. */
static void determinants(const double s[9], const double a[4], double *compression, double *relevance)
{
    double t[2][2], given[2][2]; /* covariance of T, and of T given Y, for X of 2 and Y of 1 */
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) {
            t[i][j] = given[i][j] = i == j;
            for (int k = 0; k < 2; k++)
                for (int l = 0; l < 2; l++) {
                    t[i][j] += a[i * 2 + k] * s[k * 3 + l] * a[j * 2 + l];
                    given[i][j] += a[i * 2 + k] * (s[k * 3 + l] - s[k * 3 + 2] * s[6 + l] / s[8]) * a[j * 2 + l];
                }
        }
    const double dt = t[0][0] * t[1][1] - t[0][1] * t[1][0], dg = given[0][0] * given[1][1] - given[0][1] * given[1][0];
    *compression = log(dt) / 2;
    *relevance = log(dt / dg) / 2;
}

START_TEST(gaussian_variables_in_closed_form)
{
    const double s[] = {2, 0.3, 1, 0.3, 1, -0.4, 1, -0.4, 1.5};
    const info_matrix view = view_of(s, 3, 3);
    double critical[2], a[4];
    const info_matrix_out projection = {a, 2, 2, 2, 1, INFO_F64, 0};
    info_bottleneck_result r;
    ck_assert_int_eq(info_bottleneck_gaussian(NULL, &view, 2, 1, NULL, critical, 2, &projection, &r), INFO_OK);
    ck_assert_double_eq(r.value, 0);
    /* Y has one coordinate: 1 - l_1 = S_yx S_x^-1 S_xy / S_y, and no other component. */
    const double det = s[0] * s[4] - s[1] * s[3];
    const double square = (s[4] * 1 * 1 - 2 * s[1] * 1 * -0.4 + s[0] * 0.16) / det / s[8];
    ck_assert_double_eq_tol(critical[0], 1 / square, 1e-13);
    ck_assert_double_ge(critical[1], 1e10);
    for (double beta = critical[0] * 1.01; beta < 100; beta *= 2) {
        double compression, relevance;
        ck_assert_int_eq(info_bottleneck_gaussian(NULL, &view, 2, beta, NULL, critical, 2, &projection, &r), INFO_OK);
        ck_assert_int_eq(r.clusters, 1);
        determinants(s, a, &compression, &relevance);
        ck_assert_double_eq_tol(r.compression, compression, 1e-12);
        ck_assert_double_eq_tol(r.relevance, relevance, 1e-12);
        ck_assert_double_eq_tol(r.compression, log((beta - 1) * square / (1 - square)) / 2, 1e-12);
        /* No other scale of the projection is better. */
        for (int i = 0; i < 2; i++) {
            const double factor = i ? 1.05 : 0.95, other[] = {a[0] * factor, a[1] * factor, 0, 0};
            determinants(s, other, &compression, &relevance);
            ck_assert_double_ge(compression - beta * relevance, r.lower);
        }
    }
}
END_TEST

START_TEST(bad_input_has_its_own_status_and_names_its_argument)
{
    info_ctx *ctx;
    ck_assert_int_eq(info_ctx_create(NULL, &ctx), INFO_OK);
    double joint[] = {0.5, 0, 0, 0.5};
    const info_matrix view = view_of(joint, 2, 2);
    int64_t labels[2] = {-7, -7};
    info_bottleneck_result r = {.value = -1};
    info_bottleneck_options options = {.struct_size = sizeof options};
#define CALL(beta) info_bottleneck(ctx, &view, beta, &options, NULL, labels, 2, &r)
    ck_assert_int_eq(CALL(-1), INFO_ERROR_DOMAIN);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "beta"));
    ck_assert_int_eq(CALL(NAN), INFO_ERROR_DOMAIN);
    ck_assert_int_eq(CALL(INFINITY), INFO_ERROR_DOMAIN);
    joint[0] = 0.4;
    ck_assert_int_eq(CALL(2), INFO_ERROR_SUM);
    ck_assert_ptr_nonnull(strstr(info_ctx_message(ctx), "joint"));
    joint[0] = NAN;
    ck_assert_int_eq(CALL(2), INFO_ERROR_DOMAIN);
    joint[0] = -0.1;
    ck_assert_int_eq(CALL(2), INFO_ERROR_DOMAIN);
    joint[0] = 0.5;
    options.determinism = 1.5;
    ck_assert_int_eq(CALL(2), INFO_ERROR_OPTION);
    options = (info_bottleneck_options){.struct_size = sizeof options, .kind = INFO_LOGITS};
    ck_assert_int_eq(CALL(2), INFO_ERROR_OPTION);
    options = (info_bottleneck_options){
        .struct_size = sizeof options, .max_iterations = 1, .restarts = 1, .seed = 3, .clusters = 2};
    ck_assert_int_eq(info_bottleneck(ctx, &view, 2, &options, NULL, labels, 1, &r), INFO_ERROR_OUTPUT);
    ck_assert_double_eq(r.value, -1);
    ck_assert_int_eq(labels[0], -7);
    const double singular[] = {1, 1, 1, 1};
    const info_matrix covariance = view_of(singular, 2, 2);
    ck_assert_int_eq(info_bottleneck_gaussian(ctx, &covariance, 1, 2, NULL, NULL, 0, NULL, &r), INFO_ERROR_DOMAIN);
    ck_assert_int_eq(info_bottleneck_gaussian(ctx, &covariance, 2, 2, NULL, NULL, 0, NULL, &r), INFO_ERROR_SIZE);
    info_ctx_destroy(ctx);
#undef CALL
}
END_TEST

MAIN("information bottleneck", published_values, letters_of_subnormal_probability_have_an_encoder,
     no_compression_pays_below_the_contraction_bound, an_identity_joint_is_a_known_line,
     the_encoder_solves_the_self_consistent_equations, the_best_partition_is_found_on_small_tables,
     a_partition_found_by_exchange_cannot_be_bettered_by_one_letter, agglomeration_against_the_best_partition,
     agglomeration_joins_the_cheapest_pair_at_every_step, the_curve_rises_and_is_no_worse_than_single_calls,
     the_same_seed_gives_the_same_bits_and_counts_are_probabilities, gaussian_variables_in_closed_form,
     bad_input_has_its_own_status_and_names_its_argument)
