/* SPDX-License-Identifier: MIT
 *
 * usage: vectors vectors.txt
 */
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>

#include <info/info.hpp>

static std::vector<double> rows(std::istream &in)
{
    std::string name, word;
    std::size_t count, cols;
    in >> name >> count >> cols;
    std::vector<double> values(count * cols);
    for (double &value : values) {
        in >> word;
        const std::uint64_t bits = std::strtoull(word.c_str(), nullptr, 16);
        std::memcpy(&value, &bits, sizeof bits);
    }
    return values;
}

static void print(const char *name, const std::vector<double> &values)
{
    std::printf("%s", name);
    for (double value : values) {
        std::uint64_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        std::printf(" %016" PRIx64, bits);
    }
    std::printf("\n");
}

int main(int argc, char **argv)
{
    std::ifstream in(argv[argc - 1]);
    const auto p = rows(in), q = rows(in);
    std::vector<std::int64_t> targets(3);
    std::string name;
    in >> name >> targets[0] >> targets[1] >> targets[2];
    const info::matrix x(p.data(), 3, 8), y(q.data(), 3, 8);

    auto one = info::options<info_entropy_options>();
    one.kind = INFO_LOGITS;
    one.unit = INFO_BIT;
    auto two = info::options<info_divergence_options>();
    two.p_kind = two.q_kind = INFO_LOGITS;
    print("entropy", *info::entropy(x, one));
    print("renyi_entropy", *info::renyi_entropy(x, 2, one));
    print("kl", *info::kl(x, y, two));
    print("js", *info::js(x, y, two));
    print("nll", *info::nll(x, targets));
    print("perplexity", {info::perplexity(x, targets)->perplexity});
    const auto none = info::entropy(x);
    if (none || none.has_value())
        return 1;
    std::printf("error %d %s\n", static_cast<int>(none.status()), none.message().c_str());

    /* All pairs, a row given as a span, a context of two threads, a move, a state that frees itself, any C function. */
    two.pairing = INFO_PAIRING_ALL;
    auto made = info::context::create(2);
    if (!made)
        return 2;
    info::context workers = *std::move(made);
    const auto all = info::kl(x, y, two, workers);
    if (!all || all->size() != 9 || info::entropy(p, one)->size() != 1)
        return 3;
    auto of = info::options<info_evaluation_options>();
    of.kind = INFO_EVALUATION_LIKELIHOOD;
    auto state = info::make_evaluation(of);
    std::int64_t size = 0;
    if (!state || !workers.call(info_evaluation_saved_size, state->get(), &size) || size < 1)
        return 4;
    double out[3];
    if (workers.call(info_entropy, &x, &one, out, 2).status() != INFO_ERROR_OUTPUT)
        return 5;
    if (info::capacity(x).status() != INFO_ERROR_DOMAIN || info::context::create(-1))
        return 6;
    const std::vector<std::uint16_t> narrow(targets.begin(), targets.end());
    if (*info::nll(x, narrow) != *info::nll(x, targets) ||
        info::perplexity(x, narrow)->total_nll != info::perplexity(x, targets)->total_nll)
        return 7;
    return 0;
}
