# SPDX-License-Identifier: MIT
#
# usage: vectors.R vectors.txt
library(libinfo)

words <- scan(commandArgs(trailingOnly = TRUE)[1], what = "", quiet = TRUE)
bytes <- function(word) as.raw(strtoi(substring(word, seq(1, 15, 2), seq(2, 16, 2)), 16L))
read <- function(from) {
  values <- vapply(words[from + 2 + 1:24], function(word) readBin(bytes(word), "double", endian = "big"), 0)
  matrix(values, nrow = 3, byrow = TRUE)
}
show <- function(name, values) {
  hex <- vapply(values, function(v) paste(writeBin(v, raw(), endian = "big"), collapse = ""), "")
  cat(name, " ", paste(hex, collapse = " "), "\n", sep = "")
}
p <- read(1)
q <- read(28)
targets <- as.numeric(words[56:58]) + 1

show("entropy", entropy(p, kind = "logits", unit = "bit"))
show("renyi_entropy", renyi_entropy(p, 2, kind = "logits", unit = "bit"))
show("kl", kl(p, q, kind = "logits"))
show("js", js(p, q, kind = "logits"))
show("nll", nll(p, targets))
show("perplexity", perplexity(p, targets)$perplexity)
text <- tryCatch(entropy(p), error = conditionMessage)
status <- c(INFO_ERROR_DOMAIN = -7)[sub(":.*", "", text)]
cat("error ", status, " ", sub("^[A-Z_]*: ", "", text), "\n", sep = "")

# Pairs as a matrix, a vector as a row, integers, NA targets, warnings and errors of each kind.
all <- kl(p, q[1:2, ], kind = "logits", all_pairs = TRUE)
stopifnot(identical(dim(all), c(3L, 2L)), all[2, 1] == kl(p[2, ], q[1, ], kind = "logits"))
stopifnot(entropy(c(1L, 1L, 1L, 1L), kind = "counts", unit = "bit", threads = 2) == 2)
stopifnot(nll(p, c(NA, targets[2:3]))[1] == 0)
warned <- FALSE
out <- withCallingHandlers(entropy(rbind(c(0.5, 0.5), NaN), invalid = "nan"),
                           warning = function(w) { warned <<- TRUE; invokeRestart("muffleWarning") })
stopifnot(warned, out[1] == log(2), is.nan(out[2]))
fails <- function(expression) inherits(try(expression, silent = TRUE), "try-error")
stopifnot(fails(entropy("a")), fails(entropy(p, kind = "odds")), fails(nll(p, c(0, 1, 2))), fails(nll(p, 1)),
          fails(kl(p, 1)), fails(entropy(p, threads = -1)))
