#!/usr/bin/python3
"""Times libinfo against its peers and the machine's limits, all in one run; see README.md."""
import argparse
import glob
import importlib
import os
import re
import sys

here = os.path.dirname(os.path.abspath(__file__))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('families', nargs='*', help='files of this folder without .py; default: all')
    parser.add_argument('--only', default='', help='works whose name matches this regular expression')
    parser.add_argument('--peers', default='', help='peers whose name matches this regular expression')
    parser.add_argument('--threads', type=int, default=1, help='for libinfo and every peer (default 1)')
    parser.add_argument('--slow', action='store_true', help='also run peers that take more than 30 s, once each')
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--share', type=float, default=0.2, help='seconds per candidate and round, about')
    parser.add_argument('--build', default=os.path.join(here, '..', 'build', 'bench'))
    parser.add_argument('--json', help='write the results there')
    return parser.parse_args()


def main():
    options = arguments()
    # Before numpy and torch are loaded: they read it once.
    for name in ('OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS'):
        os.environ[name] = str(options.threads)
    sys.path.insert(0, here)
    harness = importlib.import_module('harness')
    torch = harness.optional('torch')
    if torch is not None:
        torch.set_num_threads(options.threads)

    harness.build(options.build, os.path.join(here, '..'))
    library = harness.Library(options.build, options.threads, options.slow)
    print(library.info.info_build_config().decode())
    everything = sorted(os.path.basename(path)[:-3] for path in glob.glob(os.path.join(here, '*.py')))
    families = options.families or [name for name in everything if name not in ('run', 'harness')]
    entries = []
    for family in families:
        for name, make in importlib.import_module(family).works(library):
            if re.search(options.only, name):
                entries.append(harness.run(make(name), options.rounds, options.share, options.peers))
    for name, why in sorted(harness.skipped().items()):
        print('skipped: %s (%s)' % (name, why))
    if options.json:
        harness.write_json(options.json, library, entries)
    bars = [line['met'] for entry in entries for line in entry['peers'] + entry['limits'] if line['met'] is not None]
    print('%d works, %d of %d bars met' % (len(entries), sum(bars), len(bars)))


main()
