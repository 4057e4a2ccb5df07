// SPDX-License-Identifier: MIT

// Package info measures how much information the distributions of a language model carry, by libinfo.
//
// A distribution is a row, a batch of them a [Matrix], and a measure gives one float64 per row. The comments of the C
// headers define every measure. A Context may be nil everywhere: one behind the scenes is then used.
package info

/*
#cgo pkg-config: libinfo
#include <stdlib.h>
#include <info/info.h>

// Go memory may be passed to C but not inside other Go memory: views are made here, of their parts.
#define VIEW(x) {x, x##_rows, x##_cols, x##_row_stride, x##_col_stride, x##_dtype, 0}
#define PARTS(x) const void *x, int64_t x##_rows, int64_t x##_cols, int64_t x##_row_stride, int64_t x##_col_stride, \
                 int32_t x##_dtype

typedef info_status (*of_rows)(info_ctx *, const info_matrix *, const info_entropy_options *, double *, int64_t);
typedef info_status (*of_rows_and_order)(info_ctx *, const info_matrix *, double, const info_entropy_options *,
                                         double *, int64_t);
typedef info_status (*of_pairs)(info_ctx *, const info_matrix *, const info_matrix *, const info_divergence_options *,
                                double *, int64_t);
typedef info_status (*of_pairs_and_order)(info_ctx *, const info_matrix *, const info_matrix *, double,
                                          const info_divergence_options *, double *, int64_t);

static info_status rows(void *function, info_ctx *ctx, PARTS(x), int with_order, double order,
                        const info_entropy_options *options, double *out, int64_t out_len)
{
    const info_matrix view = VIEW(x);
    if (with_order)
        return ((of_rows_and_order)function)(ctx, &view, order, options, out, out_len);
    return ((of_rows)function)(ctx, &view, options, out, out_len);
}

static info_status pairs(void *function, info_ctx *ctx, PARTS(p), PARTS(q), int with_order, double order,
                         const info_divergence_options *options, double *out, int64_t out_len)
{
    const info_matrix p_view = VIEW(p), q_view = VIEW(q);
    if (with_order)
        return ((of_pairs_and_order)function)(ctx, &p_view, &q_view, order, options, out, out_len);
    return ((of_pairs)function)(ctx, &p_view, &q_view, options, out, out_len);
}

static info_status nll(info_ctx *ctx, PARTS(x), const int64_t *targets, int64_t targets_len,
                       const info_lm_options *options, double *out, int64_t out_len)
{
    const info_matrix view = VIEW(x);
    return info_nll(ctx, &view, targets, targets_len, options, out, out_len);
}

static info_status perplexity(info_ctx *ctx, PARTS(x), const int64_t *targets, int64_t targets_len,
                              const info_lm_options *options, info_perplexity_result *result)
{
    const info_matrix view = VIEW(x);
    return info_perplexity(ctx, &view, targets, targets_len, options, result);
}
*/
import "C"

import (
	"fmt"
	"runtime"
	"sync"
	"unsafe"
)

// Kind is what the numbers of an input are.
type Kind int32

// Unit is the unit of results that are information.
type Unit int32

// Status is the outcome of a call.
type Status int32

// The constants of the C headers that the functions here take or give.
const (
	Probabilities    Kind = C.INFO_PROBABILITIES
	LogProbabilities Kind = C.INFO_LOG_PROBABILITIES
	Logits           Kind = C.INFO_LOGITS
	Counts           Kind = C.INFO_COUNTS

	Nat Unit = C.INFO_NAT
	Bit Unit = C.INFO_BIT
	Dit Unit = C.INFO_DIT

	InvalidRows Status = C.INFO_INVALID_ROWS
	Canceled    Status = C.INFO_CANCELED
)

// Name is the name of the status in C: "INFO_ERROR_OUTPUT".
func (status Status) Name() string { return C.GoString(C.info_status_name(C.info_status(status))) }

// Error is why a call gave no result, or, with a status above 0 other than Canceled, what is to be known about the one
// that it gave.
type Error struct {
	Status Status
	Text   string // the argument, what was given and what is allowed
}

func (failure *Error) Error() string { return "libinfo: " + failure.Text }

// Element is what a matrix may be made of.
type Element interface{ ~float64 | ~float32 }

// Matrix is a view of a slice, which it does not copy.
type Matrix struct {
	data                             unsafe.Pointer
	rows, cols, rowStride, colStride int64
	dtype                            int32
}

// Rows is the number of rows.
func (m Matrix) Rows() int { return int(m.rows) }

// Cols is the number of columns.
func (m Matrix) Cols() int { return int(m.cols) }

// View is a matrix of rows of cols elements, one after the other in values, whose length is a multiple of cols.
func View[T Element](values []T, cols int) (Matrix, error) {
	if cols < 1 || len(values) == 0 || len(values)%cols != 0 {
		return Matrix{}, fmt.Errorf("libinfo: %d values are no rows of %d columns", len(values), cols)
	}
	dtype := int32(C.INFO_F64)
	if unsafe.Sizeof(values[0]) == 4 {
		dtype = int32(C.INFO_F32)
	}
	return Matrix{unsafe.Pointer(&values[0]), int64(len(values) / cols), int64(cols), int64(cols), 1, dtype}, nil
}

// Context holds scratch memory and worker threads. It may be used from several goroutines, which then wait for each
// other.
type Context struct {
	mutex sync.Mutex
	ptr   *C.info_ctx
}

// NewContext makes a context of so many threads, freed by Close or with the last reference to it.
func NewContext(threads int) (*Context, error) {
	var options C.info_ctx_options
	options.struct_size = C.uint32_t(unsafe.Sizeof(options))
	options.threads = C.int32_t(max(-1, min(threads, 1<<20)))
	ctx := &Context{}
	if status := C.info_ctx_create(&options, &ctx.ptr); status != C.INFO_OK {
		return nil, &Error{Status(status), C.GoString(C.info_status_text(status))}
	}
	runtime.SetFinalizer(ctx, (*Context).Close)
	return ctx, nil
}

// Close frees the context. It must not be used afterwards.
func (ctx *Context) Close() {
	ctx.mutex.Lock()
	defer ctx.mutex.Unlock()
	C.info_ctx_destroy(ctx.ptr)
	ctx.ptr = nil
}

// Cancel stops the call in progress; from any goroutine, but not while Close runs.
func (ctx *Context) Cancel() { C.info_ctx_cancel(ctx.ptr) }

var spare = sync.Pool{}

// call runs a call with a context and makes an error of its status.
func call(ctx *Context, work func(*C.info_ctx) C.info_status) error {
	if ctx == nil {
		if kept, ok := spare.Get().(*Context); ok {
			ctx = kept
		} else if made, err := NewContext(1); err == nil {
			ctx = made
		} else {
			return err
		}
		defer spare.Put(ctx)
	}
	ctx.mutex.Lock()
	defer ctx.mutex.Unlock()
	if ctx.ptr == nil {
		return &Error{Status(C.INFO_ERROR_NULL), "the context was closed"}
	}
	status := work(ctx.ptr)
	if status == C.INFO_OK {
		return nil
	}
	return &Error{Status(status), C.GoString(C.info_ctx_message(ctx.ptr))}
}

// given keeps the results of a call that had some.
func given(out []float64, err error) ([]float64, error) {
	if failure, ok := err.(*Error); ok && (failure.Status < 0 || failure.Status == Canceled) {
		return nil, err
	}
	return out, err
}

func address[T any](values []T) *T {
	if len(values) == 0 {
		return nil
	}
	return &values[0]
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func max(a, b int) int {
	if a > b {
		return a
	}
	return b
}

// Options are those of info_entropy_options. The zero value is the default of each.
type Options struct {
	Kind         Kind
	Unit         Unit
	NaNRows      bool // a row without a value is NaN, and told of by an Error of status InvalidRows
	Normalize    bool // rescale rows to sum 1 instead of checking that they do
	SumTolerance float64
}

// PairOptions are those of info_divergence_options.
type PairOptions struct {
	PKind, QKind Kind
	Unit         Unit
	NaNRows      bool
	Normalize    bool
	AllPairs     bool // every row of p with every row of q
	SumTolerance float64
}

func flag(value bool, set C.int32_t) C.int32_t {
	if value {
		return set
	}
	return 0
}

func ofRows(function unsafe.Pointer, ctx *Context, x Matrix, withOrder C.int, order float64,
	how Options) ([]float64, error) {
	var options C.info_entropy_options
	options.struct_size = C.uint32_t(unsafe.Sizeof(options))
	options.kind, options.unit = C.info_kind(how.Kind), C.info_unit(how.Unit)
	options.invalid = flag(how.NaNRows, C.INFO_INVALID_NAN)
	options.normalize = flag(how.Normalize, 1)
	options.sum_tolerance = C.double(how.SumTolerance)
	out := make([]float64, x.rows)
	return given(out, call(ctx, func(c *C.info_ctx) C.info_status {
		return C.rows(function, c, x.data, C.int64_t(x.rows), C.int64_t(x.cols), C.int64_t(x.rowStride),
			C.int64_t(x.colStride), C.int32_t(x.dtype), withOrder, C.double(order), &options,
			(*C.double)(address(out)), C.int64_t(len(out)))
	}))
}

func ofPairs(function unsafe.Pointer, ctx *Context, p, q Matrix, withOrder C.int, order float64,
	how PairOptions) ([]float64, error) {
	var options C.info_divergence_options
	options.struct_size = C.uint32_t(unsafe.Sizeof(options))
	options.p_kind, options.q_kind = C.info_kind(how.PKind), C.info_kind(how.QKind)
	options.unit = C.info_unit(how.Unit)
	options.invalid = flag(how.NaNRows, C.INFO_INVALID_NAN)
	options.normalize = flag(how.Normalize, 1)
	options.pairing = flag(how.AllPairs, C.INFO_PAIRING_ALL)
	options.sum_tolerance = C.double(how.SumTolerance)
	length := max(p.Rows(), q.Rows())
	if how.AllPairs {
		length = p.Rows() * q.Rows()
	}
	out := make([]float64, length)
	return given(out, call(ctx, func(c *C.info_ctx) C.info_status {
		return C.pairs(function, c, p.data, C.int64_t(p.rows), C.int64_t(p.cols), C.int64_t(p.rowStride),
			C.int64_t(p.colStride), C.int32_t(p.dtype), q.data, C.int64_t(q.rows), C.int64_t(q.cols),
			C.int64_t(q.rowStride), C.int64_t(q.colStride), C.int32_t(q.dtype), withOrder, C.double(order), &options,
			(*C.double)(address(out)), C.int64_t(len(out)))
	}))
}

// NLL is -log p(target) of every row of logits, in nats; 0 where the target is -100.
func NLL(ctx *Context, logits Matrix, targets []int64) ([]float64, error) {
	out := make([]float64, logits.rows)
	return given(out, call(ctx, func(c *C.info_ctx) C.info_status {
		return C.nll(c, logits.data, C.int64_t(logits.rows), C.int64_t(logits.cols), C.int64_t(logits.rowStride),
			C.int64_t(logits.colStride), C.int32_t(logits.dtype), (*C.int64_t)(address(targets)),
			C.int64_t(len(targets)), nil, (*C.double)(address(out)), C.int64_t(len(out)))
	}))
}

// PerplexityResult is info_perplexity_result.
type PerplexityResult struct {
	Tokens, Ignored, Invalid                     int64
	TotalNLL, MeanNLL, StandardError, Perplexity float64
}

// Perplexity of the targets and what it rests on.
func Perplexity(ctx *Context, logits Matrix, targets []int64) (PerplexityResult, error) {
	var result C.info_perplexity_result
	err := call(ctx, func(c *C.info_ctx) C.info_status {
		return C.perplexity(c, logits.data, C.int64_t(logits.rows), C.int64_t(logits.cols),
			C.int64_t(logits.rowStride), C.int64_t(logits.colStride), C.int32_t(logits.dtype),
			(*C.int64_t)(address(targets)), C.int64_t(len(targets)), nil, &result)
	})
	return PerplexityResult{int64(result.tokens), int64(result.ignored), int64(result.invalid),
		float64(result.total_nll), float64(result.mean_nll), float64(result.standard_error),
		float64(result.perplexity)}, err
}

// The measures of info/distribution.h, whose comments define them.

// Entropy is Shannon's, of each row.
func Entropy(ctx *Context, x Matrix, how Options) ([]float64, error) {
	return ofRows(C.info_entropy, ctx, x, 0, 0, how)
}

// Efficiency is the entropy over its maximum.
func Efficiency(ctx *Context, x Matrix, how Options) ([]float64, error) {
	return ofRows(C.info_efficiency, ctx, x, 0, 0, how)
}

// Redundancy is 1 - efficiency.
func Redundancy(ctx *Context, x Matrix, how Options) ([]float64, error) {
	return ofRows(C.info_redundancy, ctx, x, 0, 0, how)
}

// RenyiEntropy of an order of at least 0.
func RenyiEntropy(ctx *Context, x Matrix, order float64, how Options) ([]float64, error) {
	return ofRows(C.info_renyi_entropy, ctx, x, 1, order, how)
}

// TsallisEntropy of an order of at least 0.
func TsallisEntropy(ctx *Context, x Matrix, order float64, how Options) ([]float64, error) {
	return ofRows(C.info_tsallis_entropy, ctx, x, 1, order, how)
}

// HillNumber is the effective number of elements.
func HillNumber(ctx *Context, x Matrix, order float64, how Options) ([]float64, error) {
	return ofRows(C.info_hill_number, ctx, x, 1, order, how)
}

// CrossEntropy is the mean surprisal of q under p.
func CrossEntropy(ctx *Context, p, q Matrix, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_cross_entropy, ctx, p, q, 0, 0, how)
}

// KL is the Kullback-Leibler divergence.
func KL(ctx *Context, p, q Matrix, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_kl, ctx, p, q, 0, 0, how)
}

// Jeffreys is the sum of both KL divergences.
func Jeffreys(ctx *Context, p, q Matrix, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_jeffreys, ctx, p, q, 0, 0, how)
}

// JS is the Jensen-Shannon divergence.
func JS(ctx *Context, p, q Matrix, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_js, ctx, p, q, 0, 0, how)
}

// JSDistance is the root of the divergence in nats.
func JSDistance(ctx *Context, p, q Matrix, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_js_distance, ctx, p, q, 0, 0, how)
}

// TotalVariation is half the sum of the differences.
func TotalVariation(ctx *Context, p, q Matrix, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_total_variation, ctx, p, q, 0, 0, how)
}

// Hellinger is the Hellinger distance.
func Hellinger(ctx *Context, p, q Matrix, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_hellinger, ctx, p, q, 0, 0, how)
}

// Bhattacharyya is the Bhattacharyya distance.
func Bhattacharyya(ctx *Context, p, q Matrix, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_bhattacharyya, ctx, p, q, 0, 0, how)
}

// Chernoff is the Chernoff information.
func Chernoff(ctx *Context, p, q Matrix, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_chernoff, ctx, p, q, 0, 0, how)
}

// ChernoffOrder is the order at which it is attained.
func ChernoffOrder(ctx *Context, p, q Matrix, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_chernoff_order, ctx, p, q, 0, 0, how)
}

// ChiSquare is Pearson's.
func ChiSquare(ctx *Context, p, q Matrix, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_chi_square, ctx, p, q, 0, 0, how)
}

// GeneralizedJS weights p by beta and q by 1 - beta.
func GeneralizedJS(ctx *Context, p, q Matrix, order float64, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_generalized_js, ctx, p, q, 1, order, how)
}

// RenyiDivergence of an order of at least 0.
func RenyiDivergence(ctx *Context, p, q Matrix, order float64, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_renyi_divergence, ctx, p, q, 1, order, how)
}

// TsallisDivergence of an order of at least 0.
func TsallisDivergence(ctx *Context, p, q Matrix, order float64, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_tsallis_divergence, ctx, p, q, 1, order, how)
}

// AlphaDivergence is Amari's.
func AlphaDivergence(ctx *Context, p, q Matrix, order float64, how PairOptions) ([]float64, error) {
	return ofPairs(C.info_alpha_divergence, ctx, p, q, 1, order, how)
}
