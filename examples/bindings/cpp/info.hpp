/* SPDX-License-Identifier: MIT
 *
 * info/info.hpp: libinfo for C++17. Views of spans, owned contexts and states, results instead of error codes.
 *
 *   const std::vector<float> logits = {2, 1, 0, -1, 0, 0, 0, 0};
 *   auto in_bits = info::options<info_entropy_options>();
 *   in_bits.kind = INFO_LOGITS;
 *   in_bits.unit = INFO_BIT;
 *   if (auto bits = info::entropy({logits.data(), 2, 4}, in_bits))
 *       use(*bits);
 *   else
 *       report(bits.message());
 *
 * Nothing here throws but std::vector and std::string when memory runs out. Functions without a wrapper of their own
 * are called through context::call(), which takes any function of the C headers.
 */
#ifndef INFO_INFO_HPP
#define INFO_INFO_HPP

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <info/info.h>

namespace info
{

/** Options with every default: set the fields that differ. */
template <class Options> Options options()
{
    Options made{};
    made.struct_size = sizeof(Options);
    return made;
}

/** What a call came to, and the library's text about it. */
class outcome
{
  public:
    outcome(info_status status, std::string message) : status_(status), message_(std::move(message))
    {
    }

    /** Whether there is a result: also with INFO_NOT_CONVERGED, INFO_LOCAL_OPTIMUM and INFO_INVALID_ROWS. */
    explicit operator bool() const
    {
        return status_ >= 0 && status_ != INFO_CANCELED;
    }
    info_status status() const
    {
        return status_;
    }
    const char *name() const
    {
        return info_status_name(status_);
    }

    /** The argument, what was given and what is allowed; without a context what the status means. "" after INFO_OK. */
    const std::string &message() const
    {
        return message_;
    }

  private:
    info_status status_;
    std::string message_;
};

/** A value or the reason why there is none. Reading the value of a result that has none is undefined, as in
 *  std::expected. */
template <class T> class result : public outcome
{
  public:
    explicit result(outcome why) : outcome(std::move(why))
    {
    }
    result(outcome how, T value) : outcome(std::move(how)), value_(std::move(value))
    {
    }

    bool has_value() const
    {
        return value_.has_value();
    }
    const T &operator*() const &
    {
        return *value_;
    }
    T &operator*() &
    {
        return *value_;
    }
    T &&operator*() &&
    {
        return std::move(*value_);
    }
    const T *operator->() const
    {
        return &*value_;
    }
    T *operator->()
    {
        return &*value_;
    }
    template <class U> T value_or(U &&other) const &
    {
        return value_.value_or(std::forward<U>(other));
    }

  private:
    std::optional<T> value_;
};

/** The element type of a C++ type. 16-bit types are named by hand: see matrix. */
template <class T> constexpr info_dtype dtype_of()
{
    static_assert(std::is_same_v<T, double> || std::is_same_v<T, float>,
                  "libinfo reads double and float; name INFO_F16 or INFO_BF16 for 16-bit elements");
    return std::is_same_v<T, double> ? INFO_F64 : INFO_F32;
}

/** A borrowed view of memory that outlives it. Strides count elements. */
class matrix : public info_matrix
{
  public:
    /** Row after row without gaps. */
    template <class T>
    matrix(const T *first, std::int64_t height, std::int64_t width)
        : matrix(first, dtype_of<T>(), height, width, width, 1)
    {
    }

    template <class T>
    matrix(const T *first, std::int64_t height, std::int64_t width, std::int64_t row_step, std::int64_t col_step = 1)
        : matrix(first, dtype_of<T>(), height, width, row_step, col_step)
    {
    }

    /** Elements of any type, INFO_BF16 say. */
    matrix(const void *first, info_dtype type, std::int64_t height, std::int64_t width, std::int64_t row_step,
           std::int64_t col_step)
        : info_matrix{first, height, width, row_step, col_step, type, 0}
    {
    }

    /** One row: a std::vector, std::array or std::span of numbers. */
    template <class Row, class = decltype(std::data(std::declval<const Row &>()))>
    matrix(const Row &row) : matrix(std::data(row), 1, static_cast<std::int64_t>(std::size(row)))
    {
    }
};

/** Scratch memory, worker threads and messages. A context serves one thread at a time. */
class context
{
  public:
    /** A context of so many threads, or with all that info_ctx_options offers. */
    static result<context> create(int threads = 1)
    {
        auto wanted = options<info_ctx_options>();
        wanted.threads = threads;
        return create(wanted);
    }

    static result<context> create(const info_ctx_options &wanted)
    {
        info_ctx *made = nullptr;
        const info_status status = info_ctx_create(&wanted, &made);
        if (status != INFO_OK)
            return result<context>(outcome(status, info_status_text(status)));
        return {outcome(status, ""), context(made)};
    }

    /** This thread's own context, made when it is first asked for. */
    static context &of_thread()
    {
        thread_local context own = [] {
            info_ctx *made = nullptr;
            (void)info_ctx_create(nullptr, &made); /* without memory: NULL, with which calls work too */
            return context(made);
        }();
        return own;
    }

    /** Calls any function of the C headers that takes a context first and returns a status. */
    template <class... Parameters, class... Arguments>
    outcome call(info_status (*function)(info_ctx *, Parameters...), Arguments &&...arguments)
    {
        const info_status status = function(get(), std::forward<Arguments>(arguments)...);
        if (status == INFO_OK)
            return {status, ""};
        return {status, own_ ? info_ctx_message(get()) : info_status_text(status)};
    }

    info_ctx *get() const
    {
        return own_.get();
    }
    std::int64_t invalid_rows() const
    {
        return own_ ? info_ctx_invalid_rows(get()) : 0;
    }

    /** Stops the call in progress; from any thread. */
    void cancel() const
    {
        if (own_)
            info_ctx_cancel(get());
    }

  private:
    struct destroy {
        void operator()(info_ctx *ctx) const
        {
            info_ctx_destroy(ctx);
        }
    };
    explicit context(info_ctx *made) : own_(made)
    {
    }
    std::unique_ptr<info_ctx, destroy> own_;
};

namespace detail
{

struct destroy {
    void operator()(info_evaluation *state) const
    {
        info_evaluation_destroy(state);
    }
#if INFO_LINALG
    void operator()(info_counts *counts) const
    {
        info_counts_destroy(counts);
    }
#endif
};

/** Doubles of a call that fills in so many. A number of rows that cannot be is left to the library to tell. */
template <class Call> result<std::vector<double>> doubles(std::int64_t length, Call &&call)
{
    std::vector<double> out(static_cast<std::size_t>(std::max<std::int64_t>(length, 0)));
    outcome how = call(out.data(), static_cast<std::int64_t>(out.size()));
    if (!how)
        return result<std::vector<double>>(std::move(how));
    return {std::move(how), std::move(out)};
}

inline std::int64_t pairs(const matrix &p, const matrix &q, const info_divergence_options &options)
{
    if (p.rows < 1 || q.rows < 1)
        return 0;
    if (options.pairing != INFO_PAIRING_ALL)
        return std::max(p.rows, q.rows);
    return p.rows > std::numeric_limits<std::int64_t>::max() / q.rows ? 0 : p.rows * q.rows;
}

/** One double per row. */
template <auto Function> struct of_rows {
    result<std::vector<double>> operator()(const matrix &x,
                                           const info_entropy_options &how = options<info_entropy_options>(),
                                           context &ctx = context::of_thread()) const
    {
        return doubles(x.rows,
                       [&](double *out, std::int64_t length) { return ctx.call(Function, &x, &how, out, length); });
    }
};

/** One double per row, of an order. */
template <auto Function> struct of_rows_and_order {
    result<std::vector<double>> operator()(const matrix &x, double order,
                                           const info_entropy_options &how = options<info_entropy_options>(),
                                           context &ctx = context::of_thread()) const
    {
        return doubles(
            x.rows, [&](double *out, std::int64_t length) { return ctx.call(Function, &x, order, &how, out, length); });
    }
};

/** One double per pair of rows. */
template <auto Function> struct of_pairs {
    result<std::vector<double>> operator()(const matrix &p, const matrix &q,
                                           const info_divergence_options &how = options<info_divergence_options>(),
                                           context &ctx = context::of_thread()) const
    {
        return doubles(pairs(p, q, how),
                       [&](double *out, std::int64_t length) { return ctx.call(Function, &p, &q, &how, out, length); });
    }
};

/** One double per pair of rows, of an order. */
template <auto Function> struct of_pairs_and_order {
    result<std::vector<double>> operator()(const matrix &p, const matrix &q, double order,
                                           const info_divergence_options &how = options<info_divergence_options>(),
                                           context &ctx = context::of_thread()) const
    {
        return doubles(pairs(p, q, how), [&](double *out, std::int64_t length) {
            return ctx.call(Function, &p, &q, order, &how, out, length);
        });
    }
};

} /* namespace detail */

/** States and counts that free themselves; get() is what the C functions take. */
using evaluation = std::unique_ptr<info_evaluation, detail::destroy>;
#if INFO_LINALG
using counts = std::unique_ptr<info_counts, detail::destroy>;
#endif

/* The measures of info/distribution.h, whose comments define them. */
inline constexpr detail::of_rows<&info_entropy> entropy{};
inline constexpr detail::of_rows<&info_efficiency> efficiency{};
inline constexpr detail::of_rows<&info_redundancy> redundancy{};
inline constexpr detail::of_rows_and_order<&info_renyi_entropy> renyi_entropy{};
inline constexpr detail::of_rows_and_order<&info_tsallis_entropy> tsallis_entropy{};
inline constexpr detail::of_rows_and_order<&info_hill_number> hill_number{};

inline constexpr detail::of_pairs<&info_cross_entropy> cross_entropy{};
inline constexpr detail::of_pairs<&info_kl> kl{};
inline constexpr detail::of_pairs<&info_jeffreys> jeffreys{};
inline constexpr detail::of_pairs<&info_js> js{};
inline constexpr detail::of_pairs<&info_js_distance> js_distance{};
inline constexpr detail::of_pairs<&info_total_variation> total_variation{};
inline constexpr detail::of_pairs<&info_hellinger> hellinger{};
inline constexpr detail::of_pairs<&info_bhattacharyya> bhattacharyya{};
inline constexpr detail::of_pairs<&info_chernoff> chernoff{};
inline constexpr detail::of_pairs<&info_chernoff_order> chernoff_order{};
inline constexpr detail::of_pairs<&info_chi_square> chi_square{};
inline constexpr detail::of_pairs_and_order<&info_generalized_js> generalized_js{};
inline constexpr detail::of_pairs_and_order<&info_renyi_divergence> renyi_divergence{};
inline constexpr detail::of_pairs_and_order<&info_tsallis_divergence> tsallis_divergence{};
inline constexpr detail::of_pairs_and_order<&info_alpha_divergence> alpha_divergence{};

namespace detail
{

/* The library's number for the element type of targets. */
template <class Targets> constexpr info_integer integer_type()
{
    using T = std::remove_cv_t<std::remove_reference_t<decltype(*std::data(std::declval<const Targets &>()))>>;
    static_assert(std::is_integral_v<T> && (std::is_signed_v<T> || sizeof(T) < sizeof(std::int64_t)),
                  "targets are integers of at most 64 bits, without a sign of at most 32");
    constexpr info_integer with_sign = sizeof(T) == 8   ? INFO_INT64
                                       : sizeof(T) == 4 ? INFO_INT32
                                       : sizeof(T) == 2 ? INFO_INT16
                                                        : INFO_INT8;
    constexpr info_integer without = sizeof(T) == 4 ? INFO_UINT32 : sizeof(T) == 2 ? INFO_UINT16 : INFO_UINT8;
    return std::is_signed_v<T> ? with_sign : without;
}

template <class Targets> info_lm_options typed(info_lm_options how)
{
    how.target_type = integer_type<Targets>();
    return how;
}

} // namespace detail

/** info_nll(): -log p(target) of every row; targets are any contiguous integers, whose type is told by theirs. */
template <class Targets>
result<std::vector<double>> nll(const matrix &logits, const Targets &targets,
                                const info_lm_options &how = options<info_lm_options>(),
                                context &ctx = context::of_thread())
{
    const info_lm_options own = detail::typed<Targets>(how);
    return detail::doubles(logits.rows, [&](double *out, std::int64_t length) {
        return ctx.call(info_nll, &logits, std::data(targets), static_cast<std::int64_t>(std::size(targets)), &own, out,
                        length);
    });
}

/** info_perplexity(). */
template <class Targets>
result<info_perplexity_result> perplexity(const matrix &logits, const Targets &targets,
                                          const info_lm_options &how = options<info_lm_options>(),
                                          context &ctx = context::of_thread())
{
    const info_lm_options own = detail::typed<Targets>(how);
    info_perplexity_result value{};
    outcome done = ctx.call(info_perplexity, &logits, std::data(targets), static_cast<std::int64_t>(std::size(targets)),
                            &own, &value);
    if (!done)
        return result<info_perplexity_result>(std::move(done));
    return {std::move(done), value};
}

#if INFO_LINALG
/** info_capacity(). */
inline result<info_coding_result> capacity(const matrix &channel,
                                           const info_coding_options &how = options<info_coding_options>(),
                                           context &ctx = context::of_thread())
{
    info_coding_result value{};
    outcome done = ctx.call(info_capacity, &channel, &how, static_cast<double *>(nullptr), std::int64_t{0}, &value);
    if (!done)
        return result<info_coding_result>(std::move(done));
    return {std::move(done), value};
}
#endif

/** info_evaluation_create(). */
inline result<evaluation> make_evaluation(const info_evaluation_options &how, context &ctx = context::of_thread())
{
    info_evaluation *made = nullptr;
    outcome done = ctx.call(info_evaluation_create, &how, &made);
    if (!done)
        return result<evaluation>(std::move(done));
    return {std::move(done), evaluation(made)};
}

} /* namespace info */

#endif
