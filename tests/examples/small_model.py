# SPDX-License-Identifier: MIT
"""A llama2.c model with random weights, its tokenizer, and a text of short documents."""
import random
import struct

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


def bytes_of(path):
    with open(path, 'rb') as file:
        return file.read()


def write_text(path, documents):
    draw = random.Random(5)
    with open(path, 'w', encoding='ascii') as text:
        for _ in range(documents):
            text.write(''.join(draw.choice('abcdefgh ') for _ in range(draw.randint(1, 120))) + '\n<|endoftext|>\n')
