# SPDX-License-Identifier: MIT
"""lm_evaluate in one process, in shards, and killed at random points: the same bytes.

usage: evaluate.py LM_EVALUATE"""
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time

from small_model import bytes_of, write_model, write_text, write_tokenizer

program = sys.argv[1]
draw = random.Random(5)
def run(*arguments, expected=0):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != expected:
        sys.exit('lm_evaluate %s: %d, %s' % (' '.join(arguments), done.returncode, done.stderr))
    return done.stdout if expected == 0 else done.stderr


def expect(holds, what):
    if not holds:
        sys.exit('not so: ' + what)


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    write_model('a.bin', 1)
    write_model('b.bin', 2)
    write_tokenizer('tok.bin')
    write_text('text', 150)
    common = ['run', 'a.bin', 'tok.bin', 'text', '--second', 'b.bin', '--quiet']
    run(*common, '--state', 'whole')
    report = run('report', 'whole', '--json', 'whole.json')
    expect('documents                                     150' in report, 'the report has 150 documents')

    # The same documents as token ids: a letter is a token of its own, a space a byte's.
    with open('text', encoding='ascii') as text:
        stories = text.read().split('\n<|endoftext|>\n')[:-1]
    ids = [[1] + [259 + ord(c) - 97 if c != ' ' else 3 + 32 for c in story] for story in stories]
    for bits, form in (('16', 'H'), ('32', 'I')):
        with open('text.bin', 'wb') as file:
            file.write(b''.join(struct.pack('<%d%s' % (len(each), form), *each) for each in ids))
        run('run', 'a.bin', 'tok.bin', 'text.bin', '--second', 'b.bin', '--quiet', '--ids', bits, '--state', 'ids')
        run('report', 'ids', '--json', 'ids.json')
        numbers = [json.loads(bytes_of(name)) for name in ('ids.json', 'whole.json')]
        for each in numbers:
            each.pop('data', None)
        expect(numbers[0] == numbers[1], 'ids of %s bits give the numbers of their text' % bits)
    with open('text.bin', 'wb') as file:
        file.write(struct.pack('<3H', 1, 5, 288))
    error = run('run', 'a.bin', 'tok.bin', 'text.bin', '--quiet', '--ids', '16', '--state', 'ids', expected=1)
    expect('token 288 at byte 4; the model has 288' in error, 'a token that the model has not is named')
    error = run('run', 'a.bin', 'tok.bin', 'text.bin', '--quiet', '--ids', '32', '--state', 'ids', expected=1)
    expect('not whole ids' in error, 'half an id is refused')
    expect('16 and 32' in run('run', 'a.bin', 'tok.bin', 'text.bin', '--ids', '8', expected=2), 'other ids are refused')

    for shards in (2, 3, 7):
        names = ['%d.%d' % (shards, i + 1) for i in range(shards)]
        for i, name in enumerate(names):
            run(*common, '--shard', '%d/%d' % (i + 1, shards), '--state', name)
        draw.shuffle(names)
        run('merge', 'all', *names)
        expect(run('report', 'all', '--json', 'all.json') == report, '%d shards give the report of one' % shards)
        expect(bytes_of('all.json') == bytes_of('whole.json'), '%d shards give the numbers of one' % shards)
        error = run('merge', 'bad', names[0], names[1], names[0], expected=1)
        expect('is in both' in error, 'a doubled shard is refused')
        error = run('report', names[0], expected=1)
        expect('missing' in error, 'a missing shard is named')
        run('report', names[0], '--partial')

    killed = 0
    while killed < 20:
        if os.path.exists('cut'):
            os.remove('cut')
        for _ in range(4):
            process = subprocess.Popen([program, *common, '--state', 'cut', '--resume', '--every', '3'])
            time.sleep(draw.random() * 0.08)
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        run(*common, '--state', 'cut', '--resume', '--every', '3')
        expect(bytes_of('cut') == bytes_of('whole'), 'killed and resumed gives the same bytes')

    error = run('run', 'b.bin', 'tok.bin', 'text', '--second', 'a.bin', '--quiet', '--state', 'cut', '--resume', expected=1)
    expect('another evaluation' in error, 'a state of another evaluation is not gone on with')
    damaged = bytearray(bytes_of('whole'))
    damaged[len(damaged) // 2] ^= 4
    with open('damaged', 'wb') as file:
        file.write(damaged)
    expect('damaged' in run('report', 'damaged', expected=1), 'a damaged file is refused')
