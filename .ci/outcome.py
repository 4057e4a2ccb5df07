"""Outcomes of test runs.

usage: outcome.py NAME TESTLOG.json...   one line per test: "pass NAME: test"
       outcome.py --summary FILE         the closing line; exit status 1 if anything failed or nothing ran"""
import json
import sys

kinds = {'OK': 'pass', 'EXPECTEDFAIL': 'pass', 'SKIP': 'skip'}


def outcomes(name, logs):
    for log in logs:
        with open(log, encoding='utf-8') as lines:
            for test in map(json.loads, lines):
                kind = kinds.get(test['result'], 'fail')
                print('%s %s: %s' % (kind, name, test['name']))
                # A test that ran may name a part that could not.
                for line in test.get('stdout', '').splitlines() if kind == 'pass' else []:
                    if line.startswith('skipped: '):
                        print('skip %s: %s: %s' % (name, test['name'], line[len('skipped: '):]))


def summary(path):
    with open(path, encoding='utf-8') as text:
        lines = text.read().splitlines()
    by_kind = {kind: [line[5:] for line in lines if line.startswith(kind)] for kind in ('pass', 'fail', 'skip')}
    for kind in ('skip', 'fail'):
        for what in by_kind[kind]:
            print('%s: %s' % ({'skip': 'skipped', 'fail': 'FAILED'}[kind], what))
    print('%d passed, %d failed, %d skipped' % tuple(len(by_kind[kind]) for kind in ('pass', 'fail', 'skip')))
    sys.exit(1 if by_kind['fail'] or not by_kind['pass'] else 0)


if sys.argv[1] == '--summary':
    summary(sys.argv[2])
else:
    outcomes(sys.argv[1], sys.argv[2:])
