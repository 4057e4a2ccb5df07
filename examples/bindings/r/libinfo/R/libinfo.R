# SPDX-License-Identifier: MIT

kinds <- c(probabilities = 0L, log_probabilities = 1L, logits = 2L, counts = 3L)
units <- c(nat = 0L, bit = 1L, dit = 2L)

code <- function(given, known) {
  if (!is.character(given) || length(given) != 1 || !(given %in% names(known)))
    stop(deparse(substitute(given)), ": one of ", paste(names(known), collapse = ", "), call. = FALSE)
  known[[given]]
}

# Numbers as the library reads them: a matrix is a batch of rows, a vector one row.
numbers <- function(x) {
  if (is.data.frame(x)) x <- as.matrix(x)
  if (!is.numeric(x)) stop("a numeric matrix or vector is needed", call. = FALSE)
  if (!is.double(x)) storage.mode(x) <- "double"
  x
}

of_rows <- function(name, x, order, kind, unit, invalid, normalize, threads)
  .Call(C_rows, name, numbers(x), order, code(kind, kinds), code(unit, units),
        code(invalid, c(error = 1L, nan = 2L)), as.integer(isTRUE(normalize)), as.integer(threads))

of_pairs <- function(name, p, q, order, kind, q_kind, unit, invalid, normalize, all_pairs, threads) {
  p <- numbers(p)
  q <- numbers(q)
  out <- .Call(C_pairs, name, p, q, order, code(kind, kinds), code(q_kind, kinds), code(unit, units),
               code(invalid, c(error = 1L, nan = 2L)), as.integer(isTRUE(normalize)), as.integer(isTRUE(all_pairs)),
               as.integer(threads))
  if (isTRUE(all_pairs)) matrix(out, nrow = max(1L, nrow(p)), byrow = TRUE) else out
}

nll <- function(logits, targets, unit = "nat", threads = 1)
  .Call(C_likelihood, numbers(logits), as.double(targets), code(unit, units), FALSE, as.integer(threads))

perplexity <- function(logits, targets, unit = "nat", threads = 1) {
  out <- .Call(C_likelihood, numbers(logits), as.double(targets), code(unit, units), TRUE, as.integer(threads))
  names(out) <- c("tokens", "ignored", "invalid", "total_nll", "mean_nll", "standard_error", "perplexity")
  as.list(out)
}

entropy <- function(x, kind = "probabilities", unit = "nat", invalid = "error", normalize = FALSE, threads = 1)
  of_rows("entropy", x, 0, kind, unit, invalid, normalize, threads)

efficiency <- function(x, kind = "probabilities", unit = "nat", invalid = "error", normalize = FALSE, threads = 1)
  of_rows("efficiency", x, 0, kind, unit, invalid, normalize, threads)

redundancy <- function(x, kind = "probabilities", unit = "nat", invalid = "error", normalize = FALSE, threads = 1)
  of_rows("redundancy", x, 0, kind, unit, invalid, normalize, threads)

renyi_entropy <- function(x, order, kind = "probabilities", unit = "nat", invalid = "error", normalize = FALSE, threads = 1)
  of_rows("renyi_entropy", x, order, kind, unit, invalid, normalize, threads)

tsallis_entropy <- function(x, order, kind = "probabilities", unit = "nat", invalid = "error", normalize = FALSE, threads = 1)
  of_rows("tsallis_entropy", x, order, kind, unit, invalid, normalize, threads)

hill_number <- function(x, order, kind = "probabilities", unit = "nat", invalid = "error", normalize = FALSE, threads = 1)
  of_rows("hill_number", x, order, kind, unit, invalid, normalize, threads)

cross_entropy <- function(p, q, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("cross_entropy", p, q, 0, kind, q_kind, unit, invalid, normalize, all_pairs, threads)

kl <- function(p, q, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("kl", p, q, 0, kind, q_kind, unit, invalid, normalize, all_pairs, threads)

jeffreys <- function(p, q, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("jeffreys", p, q, 0, kind, q_kind, unit, invalid, normalize, all_pairs, threads)

js <- function(p, q, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("js", p, q, 0, kind, q_kind, unit, invalid, normalize, all_pairs, threads)

js_distance <- function(p, q, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("js_distance", p, q, 0, kind, q_kind, unit, invalid, normalize, all_pairs, threads)

total_variation <- function(p, q, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("total_variation", p, q, 0, kind, q_kind, unit, invalid, normalize, all_pairs, threads)

hellinger <- function(p, q, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("hellinger", p, q, 0, kind, q_kind, unit, invalid, normalize, all_pairs, threads)

bhattacharyya <- function(p, q, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("bhattacharyya", p, q, 0, kind, q_kind, unit, invalid, normalize, all_pairs, threads)

chernoff <- function(p, q, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("chernoff", p, q, 0, kind, q_kind, unit, invalid, normalize, all_pairs, threads)

chernoff_order <- function(p, q, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("chernoff_order", p, q, 0, kind, q_kind, unit, invalid, normalize, all_pairs, threads)

chi_square <- function(p, q, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("chi_square", p, q, 0, kind, q_kind, unit, invalid, normalize, all_pairs, threads)

generalized_js <- function(p, q, beta, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("generalized_js", p, q, beta, kind, q_kind, unit, invalid, normalize, all_pairs, threads)

renyi_divergence <- function(p, q, order, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("renyi_divergence", p, q, order, kind, q_kind, unit, invalid, normalize, all_pairs, threads)

tsallis_divergence <- function(p, q, order, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("tsallis_divergence", p, q, order, kind, q_kind, unit, invalid, normalize, all_pairs, threads)

alpha_divergence <- function(p, q, alpha, kind = "probabilities", q_kind = kind, unit = "nat", invalid = "error",
    normalize = FALSE, all_pairs = FALSE, threads = 1)
  of_pairs("alpha_divergence", p, q, alpha, kind, q_kind, unit, invalid, normalize, all_pairs, threads)
