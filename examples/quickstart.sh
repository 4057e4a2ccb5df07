#!/bin/sh
# Builds libinfo and measures a language model with it, on Debian 12; installs
# what it lacks.
#
# usage: examples/quickstart.sh
#            a small model on a short story, from the activations in examples/data
#        examples/quickstart.sh CHECKPOINT TOKENIZER TEXT [OPTION...]
#            a llama2.c model on a text of yours; lm_report --help lists the options
#
# The report is build/report.html; the numbers are build/report.json.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/quickstart

"$root/.ci/packages.sh" build
[ -f "$build/build.ninja" ] || meson setup "$build" "$root" --buildtype=release -Dtests=disabled -Dexamples=enabled
ninja -C "$build" examples/lm_report

[ $# -gt 0 ] || set -- "$root/examples/data/activations"
"$build/examples/lm_report" --html="$root/build/report.html" --json="$root/build/report.json" "$@"
echo "open file://$root/build/report.html"
