/* SPDX-License-Identifier: MIT
 *
 * info/coding.h: the limits of compression, each answer with its proof.
 *
 *   1. options and results shared by the family
 *   2. channel capacity, without and with input costs
 *   3. rate-distortion: a point, the ends, the whole curve; with side information; Gaussian sources
 *   4. information bottleneck: soft and hard clusters, curves; Gaussian variables
 *   5. a coder: integer code tables and a range coder
 *
 * Every optimization of 2 to 4 returns a value, the optimizer that attains it, and a
 * certified interval: by convex duality (and with the rounding errors of the
 * evaluation added) the true optimum lies in [lower, upper], whatever method
 * found the optimizer and wherever it stopped. If the interval is wider than
 * the tolerance, the status is INFO_NOT_CONVERGED and the bounds hold all the
 * same.
 *
 * Information is in options.unit (values, bounds, target rates; slopes are in
 * that unit per unit of distortion); the tolerance is in nats always.
 *
 * All functions are thread-safe in the sense of info/base.h, report progress,
 * and return INFO_CANCELED with untouched outputs when canceled.
 */
#ifndef INFO_CODING_H
#define INFO_CODING_H

#include <info/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 1. Options and results --------------------------------------------- */

/** How a convex problem is solved. The certificate is the same for all. */
typedef int32_t info_coding_method;
#define INFO_CODING_DEFAULT 0     /* second order, first order where that fails */
#define INFO_CODING_FIRST_ORDER 1 /* the plain iteration of Blahut and Arimoto only */

/** Which point of a curve is wanted. */
typedef int32_t info_coding_at;
#define INFO_AT_SLOPE 0      /* where its slope (taken positive) is the target */
#define INFO_AT_DISTORTION 1 /* where the distortion is the target */
#define INFO_AT_RATE 2       /* where the rate is the target */
#define INFO_AT_COST 3       /* where the cost is the target */

typedef struct info_coding_options {
    uint32_t struct_size;   /* sizeof(info_coding_options) */
    info_unit unit;         /* INFO_NAT by default */
    double tolerance;       /* on upper - lower, in nats; 0: 1e-9 */
    int64_t max_iterations; /* over all steps of a call; 0: 100000 */
    info_coding_method method;
    info_kind kind;      /* of the channel's rows or of the source */
    const double *start; /* warm start: a distribution on the optimizer's alphabet; NULL: uniform */
    int64_t start_len;
} info_coding_options;

/** A point of a curve, or a capacity. */
typedef struct info_coding_result {
    double value; /* what was asked for, as attained by the returned optimizer */
    double lower; /* lower <= optimum <= upper, certified */
    double upper;
    double rate;        /* mutual information under the optimizer */
    double distortion;  /* expected distortion or cost under the optimizer; 0 without */
    double slope;       /* of the curve there (-dR/dD, dC/dcost); infinite at the end of least distortion */
    int64_t iterations; /* steps of all kinds */
    info_status status; /* INFO_OK, INFO_NOT_CONVERGED; also what the function returns */
    int32_t reserved;
} info_coding_result;

/* ---- 2. Channel capacity ------------------------------------------------ */

/** Capacity of a discrete memoryless channel,
 *
 *      C = max_p I(p, W) = max_p sum_x p_x D(W_x || p W).
 *
 *  For the returned p, I(p, W) <= C <= max_x D(W_x || p W); the two are
 *  lower and upper, and value is the first.
 *
 *  \param channel  W, one row of output probabilities (options.kind) per input
 *                  letter. Columns of zeros are outputs that never occur. A row
 *                  of zeros is no distribution and an error.
 *  \param input    receives p, one entry per row; may be NULL.
 *
 *  \return INFO_OK; INFO_NOT_CONVERGED; INFO_CANCELED; INFO_ERROR_NULL
 *          (channel, result); INFO_ERROR_SUM; INFO_ERROR_DOMAIN;
 *          INFO_ERROR_OPTION; INFO_ERROR_OUTPUT; INFO_ERROR_OVERLAP; INFO_ERROR_SIZE
 *          (start_len is not the number of rows); INFO_ERROR_MEMORY; and what
 *          info_matrix_init() finds wrong in a view.
 *
 *  Cost: one pass over W per first-order step; a second-order step costs the
 *  Cholesky factor of the active inputs; tens of steps in all.
 *  Source: Arimoto (1972); Blahut (1972); dual form: Chiang and Boyd (2004). */
INFO_API info_status info_capacity(info_ctx *ctx, const info_matrix *channel, const info_coding_options *options,
                                   double *input, int64_t input_len, info_coding_result *result);

/** Capacity under a cost, C(E) = max { I(p, W) : sum_x p_x b_x <= E }: concave
 *  and increasing up to the cost of the unconstrained optimum.
 *
 *  \param costs   b, one row with one finite number per input letter.
 *  \param at      INFO_AT_SLOPE: the point where one more unit of cost brings
 *                 target more information (0: no constraint); INFO_AT_COST: the
 *                 capacity with a mean cost of at most target; INFO_AT_RATE: the
 *                 least mean cost at which target can be transmitted (value
 *                 and bounds are then costs).
 *
 *  \return as info_capacity(); INFO_ERROR_INFEASIBLE if target is below the
 *          least cost, or a rate above capacity; INFO_ERROR_DOMAIN also for a target
 *          that is NaN or negative as a slope or rate, and for costs that
 *          are not finite; INFO_ERROR_SIZE if costs does not fit the channel. */
INFO_API info_status info_capacity_cost(info_ctx *ctx, const info_matrix *channel, const info_matrix *costs,
                                        info_coding_at at, double target, const info_coding_options *options,
                                        double *input, int64_t input_len, info_coding_result *result);

/* ---- 3. Rate-distortion ------------------------------------------------- */

/** A point of the rate-distortion function of a memoryless source,
 *
 *      R(D) = min { I(X;Y) : E d(X,Y) <= D } over test channels p(y|x).
 *
 *  For any slope s and any output distribution q, with z_x = sum_y q_y
 *  exp(-s d_xy) and c_y = sum_x p_x exp(-s d_xy) / z_x,
 *
 *      R(D) >= -sum_x p_x log z_x - log max_y c_y - s D    for every D,
 *
 *  and any test channel bounds R from above. value is attained by the returned
 *  one, upper equals it.
 *
 *  \param source      p, one row (options.kind). Letters of probability 0 count
 *                     for nothing.
 *  \param distortion  d, one row per source letter and one column per
 *                     reproduction letter, >= 0. +inf forbids a pair.
 *  \param at          what target is
 *  \param target      INFO_AT_SLOPE: the point of slope target (0: the end of
 *                     rate zero; +inf: the end of least distortion).
 *                     INFO_AT_DISTORTION: the least rate for distortion target.
 *                     INFO_AT_RATE: the least distortion for rate target; value
 *                     and bounds are then distortions, and the tolerance
 *                     applies to slope * (upper - lower).
 *  \param output      receives p(y), one entry per column; may be NULL.
 *  \param channel     receives p(y|x), shaped as distortion; may be NULL. Rows of
 *                     source letters of probability 0 are the conditional
 *                     distribution of the same formula, or p(y) if it has none.
 *
 *  \return INFO_OK; INFO_NOT_CONVERGED; INFO_CANCELED; INFO_ERROR_INFEASIBLE
 *          (target below the least distortion; a source letter all of whose
 *          distortions are infinite); INFO_ERROR_DOMAIN (NaN, negative
 *          distortion, negative or NaN target); INFO_ERROR_SUM; INFO_ERROR_SIZE (shapes that
 *          do not fit); and as info_capacity().
 *
 *  Cost: as info_capacity() at a slope; 5 to 15 slopes for a target.
 *  Source: Blahut (1972); Berger, Rate Distortion Theory, Theorem 2.5.3. */
INFO_API info_status info_rate_distortion(info_ctx *ctx, const info_matrix *source, const info_matrix *distortion,
                                          info_coding_at at, double target, const info_coding_options *options,
                                          double *output, int64_t output_len, const info_matrix_out *channel,
                                          info_coding_result *result);

/** The rate-distortion function as count points, equally spaced in distortion
 *  from the least (points[0], slope +inf) to the one of rate zero, or of the
 *  least rate where +inf forbids pairs and no letter serves all (points[count - 1], slope 0). Each is solved as info_rate_distortion() does, starting
 *  from its neighbor; options.max_iterations holds for each.
 *
 *  \return as info_rate_distortion(); INFO_NOT_CONVERGED if any point is not;
 *          INFO_ERROR_SIZE (count < 2). */
INFO_API info_status info_rate_distortion_curve(info_ctx *ctx, const info_matrix *source, const info_matrix *distortion,
                                                const info_coding_options *options, info_coding_result *points,
                                                int64_t count);

/** Rate-distortion with side information Z that encoder and decoder both see,
 *
 *      R_X|Z(D) = min { I(X;Y|Z) : E d(X,Y) <= D }
 *               = min { sum_z p(z) R_z(D_z) : sum_z p(z) D_z <= D },
 *
 *  R_z being the rate-distortion function of the source p(x|z). At the optimum all
 *  parts have one slope. The bounds are those of info_rate_distortion(), summed.
 *  (Of a source that the decoder alone has side information on, the rate is at least that,
 *  and at most that without: Wyner and Ziv 1976.)
 *
 *  \param joint       p(z, x) or counts (options.kind), one row per value of Z and one
 *                     column per source letter. Rows of zeros are values that never occur.
 *  \param distortion  d, one row per source letter, as in info_rate_distortion().
 *  \param at          what target is, as in info_rate_distortion()
 *  \param target      likewise
 *  \param rates       receives R_z(D_z) of each row of joint, 0 for one that never
 *                     occurs; may be NULL.
 *  \param distortions receives D_z; may be NULL.
 *
 *  \return as info_rate_distortion(). options.start is the start for every value of Z.
 *
 *  Cost: that of info_rate_distortion() for each value of Z.
 *  Source: Gray (1973), A New Class of Lower Bounds to Information Rates of Stationary Sources via
 *  Conditional Rate-Distortion Functions. */
INFO_API info_status info_rate_distortion_conditional(info_ctx *ctx, const info_matrix *joint,
                                                      const info_matrix *distortion, info_coding_at at, double target,
                                                      const info_coding_options *options, double *rates,
                                                      int64_t rates_len, double *distortions, int64_t distortions_len,
                                                      info_coding_result *result);

/** What a Gaussian source is given by. */
typedef int32_t info_gaussian_source;
#define INFO_GAUSSIAN_COVARIANCE 0 /* its covariance matrix, symmetric, positive semidefinite */
#define INFO_GAUSSIAN_VARIANCES 1  /* the eigenvalues of its covariance, one row */
#define INFO_GAUSSIAN_SAMPLES 2    /* one sample per row, such as hidden states; centered, covariance over n */

typedef struct info_gaussian_options {
    uint32_t struct_size; /* sizeof(info_gaussian_options) */
    info_unit unit;
    info_gaussian_source source;
    int32_t reserved;
} info_gaussian_options;

/** Rate-distortion function of a Gaussian vector under squared error, summed
 *  over components, by reverse water-filling: with the eigenvalues l_i of the
 *  covariance and the water level t,
 *
 *      D = sum_i min(t, l_i),   R = sum_i max(0, 1/2 log(l_i / t)).
 *
 *  The slope at a level is 1 / (2 t). value, lower and upper as in
 *  info_rate_distortion(), the interval being that of rounding alone. Among all
 *  sources of this covariance the Gaussian one needs the highest rate, so that
 *  for hidden states the result is an upper bound.
 *
 *  \param levels  receives min(t, l_i), the distortion of each principal component, by
 *                 descending eigenvalue, one per column; may be NULL.
 *
 *  \return INFO_OK; INFO_ERROR_DOMAIN (not finite, a negative variance, a
 *          covariance that is not symmetric or has a clearly negative eigenvalue; a
 *          target out of range); INFO_ERROR_INFEASIBLE (distortion 0 with a
 *          positive variance); INFO_ERROR_SIZE; and as info_capacity().
 *
 *  Cost: that of the eigenvalues of the smaller of covariance and Gram matrix.
 *  Source: Cover and Thomas, Elements of Information Theory, section 10.3.3. */
INFO_API info_status info_rate_distortion_gaussian(info_ctx *ctx, const info_matrix *source, info_coding_at at,
                                                   double target, const info_gaussian_options *options, double *levels,
                                                   int64_t levels_len, info_coding_result *result);

/* ---- 4. Information bottleneck ------------------------------------------ */

/** How clusters are found. */
typedef int32_t info_bottleneck_method;
#define INFO_BOTTLENECK_ITERATIVE 0     /* self-consistent equations; soft clusters, hard ones for determinism 1 */
#define INFO_BOTTLENECK_SEQUENTIAL 1    /* hard clusters; letters move one by one to where they cost least */
#define INFO_BOTTLENECK_AGGLOMERATIVE 2 /* hard clusters; letters merge pair by pair, the cheapest first */

typedef struct info_bottleneck_options {
    uint32_t struct_size; /* sizeof(info_bottleneck_options) */
    info_unit unit;
    info_kind kind; /* of the joint table: INFO_PROBABILITIES (sum 1) or INFO_COUNTS */
    info_bottleneck_method method;
    int64_t clusters;       /* at most so many; 0: as many as rows */
    double determinism;     /* 0: minimize I(X;T) - beta I(T;Y); 1: H(T) - beta I(T;Y); between: the family */
    double tolerance;       /* a run ends when a step gains less, in nats; 0: 1e-12 */
    int64_t max_iterations; /* of each run; 0: 10000 */
    int64_t restarts;       /* runs from random starts; 0: 10. Agglomerative clustering has one run */
    uint64_t seed;          /* of the random starts */
    const double *start;    /* iterative: p(t|x) of one more run, rows x clusters without gaps; NULL: none */
    int64_t start_len;
} info_bottleneck_options;

typedef struct info_bottleneck_result {
    double value; /* the minimum found; the relevance if beta is infinite */
    double lower; /* lower <= optimum <= upper */
    double upper;
    double compression;     /* I(X;T) */
    double relevance;       /* I(T;Y) */
    double relevance_bound; /* no T of this compression has a larger relevance */
    double entropy;         /* H(T) */
    double beta;
    int64_t clusters;   /* of probability above 0 */
    int64_t iterations; /* of all runs */
    info_status status; /* also what the function returns */
    int32_t reserved;
} info_bottleneck_result;

/** Compresses X to T so that T keeps what X tells about Y (T - X - Y):
 *
 *      minimize  I(X;T) + determinism H(T|X) - beta I(T;Y)   over p(t|x).
 *
 *  With beta = +inf (hard methods only): the partition into clusters that
 *  keeps most of I(X;Y).
 *
 *  With determinism 1 the equations give hard clusters, and every run goes on with the
 *  moves of the sequential method until no letter gains by moving.
 *
 *  The problem is not convex. INFO_LOCAL_OPTIMUM says that the best of all runs is
 *  returned and that nothing more is promised than its bounds: upper is
 *  attained; lower, and relevance_bound = min(I(X;Y), e I(X;T)), follow from the
 *  data-processing inequality with Dobrushin's contraction coefficient e, the
 *  largest total variation between two rows p(y|x). INFO_OK says that the two
 *  bounds meet (as they do for beta <= 1/e, where no compression pays).
 *
 *  Random numbers are those of splitmix64 (Steele, Lea and Flood 2014), run r
 *  starting from state seed + r; the same seed gives the same result.
 *
 *  \param joint    p(x, y) or counts; rows of zeros are letters that never occur.
 *  \param beta     >= 0.
 *  \param encoder  receives p(t|x), rows x clusters; may be NULL. A letter that never occurs gets
 *                  p(t).
 *  \param labels   receives the most probable cluster of each row; may be NULL.
 *
 *  \return INFO_OK; INFO_LOCAL_OPTIMUM; INFO_NOT_CONVERGED (the best run
 *          reached max_iterations); INFO_CANCELED; INFO_ERROR_DOMAIN (beta negative or NaN, infinite with
 *          the iterative method; entries negative or not finite); INFO_ERROR_SUM;
 *          INFO_ERROR_OPTION; INFO_ERROR_SIZE (start_len); INFO_ERROR_OUTPUT; INFO_ERROR_OVERLAP;
 *          INFO_ERROR_MEMORY.
 *
 *  Cost: iterative, two products of rows x columns x clusters per step;
 *  sequential, (entries that are not 0) x clusters per pass; agglomerative, rows^2 x columns.
 *  Source: Tishby, Pereira and Bialek (1999); Strouse and Schwab (2017), eq. 17;
 *  Slonim and Tishby (1999); Slonim, Friedman and Tishby (2002). */
INFO_API info_status info_bottleneck(info_ctx *ctx, const info_matrix *joint, double beta,
                                     const info_bottleneck_options *options, const info_matrix_out *encoder,
                                     int64_t *labels, int64_t labels_len, info_bottleneck_result *result);

/** The relevance-compression curve: the iterative method at each of count betas, annealed.
 *  The betas are visited from the largest to the smallest and back, each starting also from the
 *  solution of its neighbor; the best of all is kept. points[i] belongs to betas[i].
 *
 *  \return as info_bottleneck(); the status of the curve is that of its least
 *          certain point (INFO_NOT_CONVERGED, then INFO_LOCAL_OPTIMUM, then INFO_OK). */
INFO_API info_status info_bottleneck_curve(info_ctx *ctx, const info_matrix *joint, const double *betas, int64_t count,
                                           const info_bottleneck_options *options, info_bottleneck_result *points);

/** What the clusters of an encoder are: weights p(t); decoder p(y|t), clusters x
 *  columns; information p(t) KL(p(y|t) || p(y)), whose sum is I(T;Y). Each may be
 *  NULL. A cluster of weight 0 has the decoder p(y).
 *
 *  \param encoder  p(t|x), one row per row of joint. options.kind is that of joint.
 *
 *  \return INFO_OK; and as info_bottleneck(). Cost: rows x columns x clusters. */
INFO_API info_status info_bottleneck_clusters(info_ctx *ctx, const info_matrix *joint, const info_matrix *encoder,
                                              const info_bottleneck_options *options, double *weights,
                                              int64_t weights_len, const info_matrix_out *decoder, double *information,
                                              int64_t information_len);

/** The bottleneck of jointly Gaussian X (the first x_size coordinates of
 *  covariance) and Y (the others), in closed form: T = A X + noise of covariance
 *  I. With l_1 <= l_2 <= ... the eigenvalues of S_x|y S_x^-1, component i is used once
 *  beta exceeds its critical value 1 / (1 - l_i), and
 *
 *      I(X;T) = 1/2 sum_i log((beta - 1)(1 - l_i) / l_i)
 *      I(T;Y) = I(X;T) - 1/2 sum_i log(beta (1 - l_i))     over the used ones.
 *
 *  The optimum is global: the status is INFO_OK and the bounds are equal up to
 *  rounding; relevance_bound is the relevance.
 *
 *  \param critical    receives the critical betas, ascending, x_size of them (+inf: never
 *                     used); may be NULL.
 *  \param projection  receives A, x_size x x_size, the unused rows 0; may be NULL.
 *
 *  \return INFO_OK; INFO_ERROR_DOMAIN (covariance not symmetric or not positive
 *          definite, beta < 0 or NaN or infinite); INFO_ERROR_SIZE (x_size not within 1 .. rows - 1);
 *          and as info_bottleneck().
 *
 *  Cost: Cholesky factors and one symmetric eigenproblem of order x_size.
 *  Source: Chechik, Globerson, Tishby and Weiss (2005), Theorem 3.1. */
INFO_API info_status info_bottleneck_gaussian(info_ctx *ctx, const info_matrix *covariance, int64_t x_size, double beta,
                                              const info_bottleneck_options *options, double *critical,
                                              int64_t critical_len, const info_matrix_out *projection,
                                              info_bottleneck_result *result);

/* ---- 5. A coder --------------------------------------------------------- */

typedef struct info_code_options {
    uint32_t struct_size; /* sizeof(info_code_options) */
    info_kind kind;       /* of the rows: probabilities or counts are divided by their sum, logits and
                             log-probabilities normalized by their log-sum-exp */
    int32_t bits;         /* frequencies sum to 2^bits; 1 .. 30, 0: 24. 2^bits must not be below V */
    int32_t reserved;     /* 0 */
} info_code_options;

/** Integer code tables with the least excess: frequencies f >= 1 that sum to 2^bits and minimize
 *  sum p log2(p 2^bits / f), what coding with f costs beyond the entropy of p. The excess is separable and convex, so
 *  the greedy choice (the largest p log((f + 1) / f) first, of equal ones the smaller index) is optimal (Fox 1966).
 *  Symbols of probability 0 have f = 1: whatever occurs can be coded.
 *
 *  \param rows        rows x V, of any type and strides; V >= 1
 *  \param frequencies [rows, V]
 *  \param excess      bits per symbol, one per row, out_len >= rows; NULL if not wanted
 *  \param margin      per row: if no logit (log-probability) changes by as much as this, the table does not change; +inf
 *                     if nothing changes it. NULL if not wanted
 *  \return INFO_OK; INFO_CANCELED; INFO_ERROR_NULL; INFO_ERROR_SIZE; INFO_ERROR_OVERFLOW; INFO_ERROR_TYPE;
 *          INFO_ERROR_ALIGNMENT; INFO_ERROR_OPTION; INFO_ERROR_OUTPUT; INFO_ERROR_OVERLAP; INFO_ERROR_MEMORY;
 *          INFO_ERROR_BUSY; INFO_ERROR_DOMAIN for a row with NaN, a negative probability, +inf, or without any mass.
 *
 *  The table is the same on every machine whose rows are the same bits: it is made with basic arithmetic and functions
 *  of our own alone. Cost: about a dozen passes over a row of doubles; scratch memory 24 V bytes per thread, and the
 *  table. */
INFO_API info_status info_code_table(info_ctx *ctx, const info_matrix *rows, const info_code_options *options,
                                     uint32_t *frequencies, int64_t frequencies_len, double *excess, double *margin,
                                     int64_t out_len);

/** A range coder (Martin 1979) with integer tables: cross-entropy made real. What it writes is shorter than
 *  sum -log2(f / 2^bits) + 2 bits, plus 2^-25 bits per symbol. A coder is the caller's struct: all zero it is a new one,
 *  a copy of it is a coder at the same place. The fields are the library's own. */
typedef struct info_encoder {
    uint64_t low, range;
    int64_t written, run;
    int32_t held, finished;
} info_encoder;

typedef struct info_decoder {
    uint64_t code, range;
    int32_t read, reserved;
} info_decoder;

/** Codes one symbol.
 *
 *  \param encoder     all zero before the first symbol
 *  \param frequencies a table of count numbers >= 1 that sum to 2^bits
 *  \param symbol      0 .. count - 1
 *  \param out         bytes that are now certain go here, *written of them: most often 0 to 4
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_SIZE; INFO_ERROR_OPTION for bits; INFO_ERROR_SUM if the frequencies do
 *          not sum to 2^bits or one is 0; INFO_ERROR_TARGET for the symbol; INFO_ERROR_OUTPUT if out_len is below what
 *          might have to be written, 8 bytes and those that a carry may still change (the text tells the number): then
 *          nothing was coded; INFO_ERROR_OPTION after info_encoder_finish(); INFO_ERROR_BUSY. Cost: O(count). */
INFO_API info_status info_encoder_put(info_ctx *ctx, info_encoder *encoder, const uint32_t *frequencies, int64_t count,
                                      int32_t bits, int64_t symbol, uint8_t *out, int64_t out_len, int64_t *written);

/** Ends the code: the last bytes, and the length of the whole in bits. What follows it is read as zero.
 *
 *  \param bits of all that was written, those of the last byte that matter; NULL if not wanted
 *  \return as info_encoder_put(). */
INFO_API info_status info_encoder_finish(info_ctx *ctx, info_encoder *encoder, uint8_t *out, int64_t out_len,
                                         int64_t *written, int64_t *bits);

/** Decodes one symbol, with the table it was coded with.
 *
 *  \param decoder all zero before the first symbol
 *  \param in     the next bytes of the code, in_len of them; *consumed of them were read and are not wanted again
 *  \param last   1 if no more will come: zeros are read behind the end; 0 if more may
 *  \param symbol the symbol; -1 if more bytes are needed first
 *  \return INFO_OK; INFO_ERROR_NULL; INFO_ERROR_SIZE; INFO_ERROR_OPTION; INFO_ERROR_SUM; INFO_ERROR_DOMAIN if the bytes
 *          are no code of this table; INFO_ERROR_BUSY. Cost: O(count). */
INFO_API info_status info_decoder_get(info_ctx *ctx, info_decoder *decoder, const uint32_t *frequencies, int64_t count,
                                      int32_t bits, const uint8_t *in, int64_t in_len, int32_t last, int64_t *consumed,
                                      int64_t *symbol);

#ifdef __cplusplus
}
#endif

#endif
