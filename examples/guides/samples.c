/* SPDX-License-Identifier: MIT
 * Estimating from samples: the program of docs/guide-estimating-from-samples.md. With an argument, a file to write to, the table is also
 * drawn there as SVG. */
#include <info/info.h>
#include <math.h>

#include "load.h"

enum { SYMBOLS = 1000, DRAWS = 100, SIZES = 8, ESTIMATORS = 6 };

static const struct {
    const char *name, *color;
    info_estimator estimator;
} estimators[ESTIMATORS] = {
    {"plug-in", "#9a9fa8", INFO_ESTIMATOR_PLUG_IN},
    {"Miller-Madow", "#d65418", INFO_ESTIMATOR_MILLER_MADOW},
    {"Grassberger", "#8a5bc9", INFO_ESTIMATOR_GRASSBERGER_2003},
    {"Chao-Shen", "#12866f", INFO_ESTIMATOR_CHAO_SHEN},
    {"Chao-Wang-Jost", "#2a63c9", INFO_ESTIMATOR_CHAO_WANG_JOST},
    {"NSB", "#b8860b", INFO_ESTIMATOR_NSB},
};

/* SplitMix64, so that the numbers are the same everywhere. */
static double uniform(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

/* Samples of Zipf's law: symbol k with a share in proportion to 1/k. */
static void draw(const double *before, int64_t size, uint64_t *state, int64_t *counts)
{
    for (int k = 0; k < SYMBOLS; k++)
        counts[k] = 0;
    for (int64_t i = 0; i < size; i++) {
        const double u = uniform(state) * before[SYMBOLS];
        int low = 0, high = SYMBOLS;
        while (high - low > 1) {
            const int middle = (low + high) / 2;
            *(before[middle] <= u ? &low : &high) = middle;
        }
        counts[low]++;
    }
}

/* Mean estimates of samples of one size, in bits; the mean coverage is returned. */
static double mean_estimates(info_ctx *ctx, const double *before, int64_t size, double *mean)
{
    static int64_t counts[SYMBOLS];
    uint64_t state = (uint64_t)size;
    double coverage = 0;
    for (int e = 0; e < ESTIMATORS; e++)
        mean[e] = 0;
    for (int d = 0; d < DRAWS; d++) {
        draw(before, size, &state, counts);
        for (int e = 0; e < ESTIMATORS; e++) {
            const info_estimator_options options = {
                .struct_size = sizeof options, .estimator = estimators[e].estimator, .unit = INFO_BIT};
            info_sample_estimate estimate;
            check(ctx, info_estimate_entropy(ctx, counts, SYMBOLS, &options, &estimate));
            mean[e] += estimate.value / DRAWS;
            coverage += estimate.coverage / DRAWS / ESTIMATORS;
        }
    }
    return coverage;
}

static double x_of(int s)
{
    return 56 + 420.0 * s / (SIZES - 1);
}

static double y_of(double bits)
{
    return 320 - 290 * (bits - 2) / 7;
}

static void plot(FILE *out, const int64_t *sizes, double mean[SIZES][ESTIMATORS], double truth)
{
    fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 372\" font-family=\"sans-serif\" "
                 "font-size=\"13\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
    for (int bits = 2; bits <= 9; bits++)
        fprintf(out,
                "<path d=\"M56 %.1fH476\" stroke=\"#ddd\"/><text x=\"48\" y=\"%.1f\" text-anchor=\"end\">%d</text>\n",
                y_of(bits), y_of(bits) + 4, bits);
    for (int s = 0; s < SIZES; s++)
        fprintf(out, "<text x=\"%.1f\" y=\"340\" text-anchor=\"middle\">%lld</text>\n", x_of(s), (long long)sizes[s]);
    fprintf(out, "<path d=\"M56 %.1fH476\" stroke=\"#1d2026\" stroke-dasharray=\"5 5\"/>\n", y_of(truth));
    for (int e = 0; e < ESTIMATORS; e++) {
        fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", estimators[e].color);
        for (int s = 0; s < SIZES; s++)
            fprintf(out, "%.1f,%.1f ", x_of(s), y_of(mean[s][e]));
        fprintf(out, "\"/>\n<text x=\"500\" y=\"%d\" fill=\"%s\">%s</text>\n", 60 + 20 * e, estimators[e].color,
                estimators[e].name);
    }
    fprintf(
        out,
        "<text x=\"500\" y=\"40\">truth (dashed)</text>\n<text x=\"266\" y=\"362\" text-anchor=\"middle\">"
        "samples of Zipf's law on 1000 symbols</text>\n<text x=\"56\" y=\"16\">mean estimate, bits</text>\n</svg>\n");
}

int main(int argc, char **argv)
{
    static const int64_t sizes[SIZES] = {10, 30, 100, 300, 1000, 3000, 10000, 30000};
    static double before[SYMBOLS + 1], mean[SIZES][ESTIMATORS];
    double truth = 0;
    info_ctx *ctx;
    check(NULL, info_ctx_create(NULL, &ctx));
    for (int k = 0; k < SYMBOLS; k++)
        before[k + 1] = before[k] + 1.0 / (k + 1);
    for (int k = 1; k <= SYMBOLS; k++)
        truth += log2(k * before[SYMBOLS]) / k / before[SYMBOLS];
    printf("truth %.3f bits\nsamples  coverage", truth);
    for (int e = 0; e < ESTIMATORS; e++)
        printf("  %14s", estimators[e].name);
    putchar('\n');
    for (int s = 0; s < SIZES; s++) {
        printf("%7lld  %8.3f", (long long)sizes[s], mean_estimates(ctx, before, sizes[s], mean[s]));
        for (int e = 0; e < ESTIMATORS; e++)
            printf("  %14.3f", mean[s][e]);
        putchar('\n');
    }
    if (argc > 1) {
        FILE *out = fopen(argv[1], "w");
        if (out) {
            plot(out, sizes, mean, truth);
            fclose(out);
        }
    }
    info_ctx_destroy(ctx);
    return 0;
}
