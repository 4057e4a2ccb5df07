# SPDX-License-Identifier: MIT
"""lm_evaluate in one process, in shards, and killed at random points: the same bytes.

usage: evaluate.py LM_EVALUATE"""
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time

program = sys.argv[1]
draw = random.Random(5)
DIM, HIDDEN, LAYERS, HEADS, VOCABULARY, CONTEXT = 8, 16, 1, 2, 288, 24


def write_model(path, seed):
    """A llama2.c checkpoint with random weights; its classifier is the embedding."""
    weights = random.Random(seed)
    sizes = [VOCABULARY * DIM, LAYERS * DIM] + 4 * [LAYERS * DIM * DIM] + [LAYERS * DIM] + 3 * [LAYERS * DIM * HIDDEN]
    count = sum(sizes) + DIM + CONTEXT * (DIM // HEADS)  # final norm; tables of rotations that are not used
    with open(path, 'wb') as file:
        file.write(struct.pack('<7i', DIM, HIDDEN, LAYERS, HEADS, HEADS, VOCABULARY, CONTEXT))
        file.write(struct.pack('<%df' % count, *(weights.gauss(0, 0.4) for _ in range(count))))


def write_tokenizer(path):
    pieces = [b'<unk>', b'\n<s>\n', b'\n</s>\n'] + [b'<0x%02X>' % i for i in range(256)]
    pieces += [bytes([97 + i]) for i in range(VOCABULARY - len(pieces))]
    with open(path, 'wb') as file:
        file.write(struct.pack('<i', max(map(len, pieces))))
        for piece in pieces:
            file.write(struct.pack('<fi', -1.0, len(piece)) + piece)


def run(*arguments, expected=0):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != expected:
        sys.exit('lm_evaluate %s: %d, %s' % (' '.join(arguments), done.returncode, done.stderr))
    return done.stdout if expected == 0 else done.stderr


def bytes_of(path):
    with open(path, 'rb') as file:
        return file.read()


def expect(holds, what):
    if not holds:
        sys.exit('not so: ' + what)


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    write_model('a.bin', 1)
    write_model('b.bin', 2)
    write_tokenizer('tok.bin')
    with open('text', 'w', encoding='ascii') as text:
        for _ in range(150):
            text.write(''.join(draw.choice('abcdefgh ') for _ in range(draw.randint(1, 120))) + '\n<|endoftext|>\n')
    common = ['run', 'a.bin', 'tok.bin', 'text', '--second', 'b.bin', '--quiet']
    run(*common, '--state', 'whole')
    report = run('report', 'whole', '--json', 'whole.json')
    expect('documents                                     150' in report, 'the report has 150 documents')

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
