/* SPDX-License-Identifier: MIT
 * Marginal tables. */
#include "joint/project.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/joint_f64.h"

/* Cells that one chunk of a parallel loop should have at least. */
#define CHUNK_CELLS 65536

int64_t info_i_cells_count(const info_i_cells *cells, uint64_t set)
{
    int64_t count = 1;
    for (int32_t axis = 0; axis < cells->ndim; axis++)
        if (set >> axis & 1)
            count *= cells->shape[axis];
    return count;
}

bool info_i_cells_walk(const info_i_cells *cells, uint64_t set, int64_t *stride)
{
    int64_t length = 1;
    *stride = 0;
    for (int32_t axis = cells->ndim - 1; axis >= 0; axis--) {
        if (!(set >> axis & 1) || cells->shape[axis] == 1)
            continue;
        if (length == 1)
            *stride = cells->stride[axis];
        else if (cells->stride[axis] != length * *stride)
            return false;
        length *= cells->shape[axis];
    }
    return true;
}

bool info_i_cells_second_is_inner(const info_i_cells *cells, uint64_t a, uint64_t b)
{
    enum { SHORT = 16 }; /* columns fewer than this are not worth a row each */
    const int64_t a_count = info_i_cells_count(cells, a), b_count = info_i_cells_count(cells, b);
    if ((a_count < SHORT || b_count < SHORT) && a_count != b_count)
        return a_count < b_count;
    return __builtin_ctzll(a) < __builtin_ctzll(b);
}

/* An axis of the source: its step there, and in the marginal table (0: summed over). */
typedef struct axis {
    int64_t length, source, target;
} axis;

/* The source's axes, widest steps first, so that memory is read in order. */
typedef struct plan {
    const info_i_cells *cells;
    const info_i_joint_kernels *kernels;
    const info_ctx *call; /* that may be canceled */
    double *high, *low;
    int32_t ndim;
    int32_t split; /* the axis that parallel work is split along; its target is not 0, or its length is 1 */
    axis axes[INFO_MAX_AXES + 1];
} plan;

/* Joins neighbors that are one even walk through both tables. */
static void merge_axes(plan *p)
{
    int32_t kept = 0;
    for (int32_t i = 1; i < p->ndim; i++) {
        axis *outer = &p->axes[kept];
        const axis inner = p->axes[i];
        if (outer->source == inner.length * inner.source && outer->target == inner.length * inner.target)
            *outer = (axis){outer->length * inner.length, inner.source, inner.target};
        else
            p->axes[++kept] = inner;
    }
    p->ndim = kept + 1;
}

static void make_plan(plan *p, const info_i_cells *cells, const uint64_t *sets, int32_t count)
{
    int64_t target[INFO_MAX_AXES] = {0}, step = 1;
    for (int32_t s = count - 1; s >= 0; s--)
        for (int32_t k = cells->ndim - 1; k >= 0; k--)
            if (sets[s] >> k & 1) {
                target[k] = step;
                step *= cells->shape[k];
            }
    p->ndim = 0;
    for (int32_t k = 0; k < cells->ndim; k++)
        if (cells->shape[k] > 1)
            p->axes[p->ndim++] = (axis){cells->shape[k], cells->stride[k], target[k]};
    if (p->ndim == 0)
        p->axes[p->ndim++] = (axis){1, 0, 0};
    /* Insertion sort: stable, so that equal steps keep the order of the axes. */
    for (int32_t i = 1; i < p->ndim; i++)
        for (int32_t j = i; j > 0 && llabs(p->axes[j - 1].source) < llabs(p->axes[j].source); j--) {
            const axis moved = p->axes[j];
            p->axes[j] = p->axes[j - 1];
            p->axes[j - 1] = moved;
        }
    merge_axes(p);
    p->split = -1;
    for (int32_t i = 0; i < p->ndim && p->split < 0; i++)
        if (p->axes[i].target != 0)
            p->split = i;
    if (p->split < 0) { /* a single sum: nothing to split */
        memmove(p->axes + 1, p->axes, (size_t)p->ndim * sizeof *p->axes);
        p->axes[0] = (axis){1, 0, 0};
        p->ndim++;
        p->split = 0;
    }
}

/* Adds one stretch of the innermost axis to where it belongs: one cell, a row of cells, or cells apart. */
static bool add_stretch(const plan *p, const info_i_masses *m, int64_t target, int64_t step)
{
    double *high = p->high + target, *low = p->low + target;
    info_i_dd sum = {0, 0};
    bool suspect = false;
    if (step == 0) {
        sum = (info_i_dd){*high, *low};
        suspect = p->kernels->add(m, NULL, NULL, &sum);
        *high = sum.high;
        *low = sum.low;
    } else if (step == 1) {
        suspect = p->kernels->add(m, high, low, &sum);
    } else {
        for (int64_t i = 0; i < m->count; i++) {
            const info_i_masses one = {m->high + i, m->low ? m->low + i : NULL, 1, false};
            suspect |= p->kernels->add(&one, high + i * step, low + i * step, &sum);
        }
    }
    return suspect;
}

/* Adds count cells along the innermost axis. */
static info_status add_run(const plan *p, int64_t source, int64_t target, int64_t count, double *buffer)
{
    const axis inner = p->axes[p->ndim - 1];
    for (int64_t first = 0; first < count; first += INFO_I_CELL_BLOCK) {
        const int64_t n = count - first < INFO_I_CELL_BLOCK ? count - first : INFO_I_CELL_BLOCK;
        const int64_t offset = source + first * inner.source;
        const info_i_masses masses = {
            info_i_cells_load(p->cells, offset, inner.source, n, buffer),
            info_i_cells_load_low(p->cells, offset, inner.source, n, buffer + INFO_I_CELL_BLOCK), n, false};
        if (add_stretch(p, &masses, target + first * inner.target, inner.target) &&
            !info_i_cells_valid(p->cells, offset, inner.source, n, buffer))
            return INFO_ERROR_DOMAIN;
        if (info_i_canceled(p->call))
            return INFO_CANCELED;
    }
    return INFO_OK;
}

/* All cells whose index along the split axis is begin..end-1. */
static info_status add_slice(void *user, int64_t begin, int64_t end, void *scratch, info_i_error *error)
{
    const plan *p = user;
    const axis *axes = p->axes;
    const int32_t inner = p->ndim - 1;
    int64_t first[INFO_MAX_AXES + 1] = {0}, last[INFO_MAX_AXES + 1], index[INFO_MAX_AXES + 1];
    for (int32_t k = 0; k <= inner; k++)
        last[k] = axes[k].length;
    first[p->split] = begin;
    last[p->split] = end;
    memcpy(index, first, sizeof index);
    int64_t source = begin * axes[p->split].source, target = begin * axes[p->split].target;
    for (;;) {
        const info_status status = add_run(p, source, target, last[inner] - first[inner], scratch);
        if (status != INFO_OK)
            return status;
        int32_t k = inner - 1;
        for (; k >= 0; k--) {
            source += axes[k].source;
            target += axes[k].target;
            if (++index[k] < last[k])
                break;
            source -= (last[k] - first[k]) * axes[k].source;
            target -= (last[k] - first[k]) * axes[k].target;
            index[k] = first[k];
        }
        if (k < 0)
            return INFO_OK;
    }
}

info_status info_i_cells_project(info_ctx *ctx, const info_i_cells *cells, const uint64_t *sets, int32_t count,
                                 info_i_cells *marginal)
{
    int64_t size = 1, all = 1;
    *marginal = (info_i_cells){.ndim = count, .dtype = INFO_F64, .checked = true, .scale = 1};
    for (int32_t s = count - 1; s >= 0; s--) {
        marginal->shape[s] = info_i_cells_count(cells, sets[s]);
        marginal->stride[s] = size;
        size *= marginal->shape[s];
    }
    for (int32_t k = 0; k < cells->ndim; k++)
        all *= cells->shape[k];

    plan p = {.cells = cells, .kernels = ctx->kernels->joint, .call = ctx};
    p.high = info_i_scratch_zero(ctx, size, sizeof *p.high);
    p.low = p.high ? info_i_scratch_zero(ctx, size, sizeof *p.low) : NULL;
    if (!p.low)
        return ctx->error.status;
    make_plan(&p, cells, sets, count);
    const int64_t length = p.axes[p.split].length, per_index = all / length;
    /* Slices across the innermost axis stay wide enough for whole stretches of memory. */
    const int64_t narrowest = p.split == p.ndim - 1 ? 1024 : 1;
    const int64_t grain = per_index >= CHUNK_CELLS / narrowest ? narrowest : CHUNK_CELLS / per_index;
    const info_status status =
        info_i_parallel(ctx, length, grain, 2 * INFO_I_CELL_BLOCK * sizeof(double), add_slice, &p);
    if (status != INFO_OK)
        return status;
    for (int64_t i = 0; i < size; i++) {
        const info_i_dd sum = info_i_fast_two_sum(p.high[i], p.low[i]);
        p.high[i] = sum.high;
        p.low[i] = sum.low;
    }
    marginal->data = p.high;
    marginal->low = p.low;
    return INFO_OK;
}
