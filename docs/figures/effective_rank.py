#!/usr/bin/env python3
"""Effective rank by layer of the activations in examples/data: a table on stdout, a figure as SVG.

usage: docs/figures/effective_rank.py LIBINFO.SO [OUT.SVG]      (needs numpy)
"""
import ctypes
import os
import sys

import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
F16 = 2


class Matrix(ctypes.Structure):
    _fields_ = [('data', ctypes.c_void_p)] + \
               [(name, ctypes.c_int64) for name in ('rows', 'cols', 'row_stride', 'col_stride')] + \
               [('dtype', ctypes.c_int32), ('reserved', ctypes.c_int32)]


class Options(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32)] + \
               [(name, ctypes.c_int32) for name in ('convention', 'center', 'normalize_rows', 'scale', 'input',
                                                    'zero_rows', 'unit', 'invalid', 'reserved')] + \
               [('skip', ctypes.c_int64), ('order', ctypes.c_double), ('tolerance', ctypes.c_double)]


def ranks(library, hidden, **options):
    """Effective ranks of all layers in one call; the layers are views, nothing is copied."""
    layers, rows, cols = hidden.shape
    views = (Matrix * layers)(*[Matrix(hidden[i].ctypes.data, rows, cols, cols, 1, F16, 0) for i in range(layers)])
    out = np.zeros(layers)
    given = Options(ctypes.sizeof(Options), **options)
    status = library.info_effective_rank(None, views, ctypes.c_int64(layers), ctypes.byref(given),
                                         out.ctypes.data_as(ctypes.c_void_p), None, ctypes.c_int64(layers))
    assert status == 0, status
    return out


def svg(series, labels, top):
    width, height, left, bottom = 640, 360, 56, 48
    def x(i): return left + (width - left - 120) * i / (len(labels) - 1)
    def y(v): return height - bottom - (height - bottom - 24) * v / top
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">' %
             (width, height), '<rect width="100%" height="100%" fill="white"/>']
    for v in range(0, int(top) + 1, 10):
        parts.append('<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%d</text>' %
                     (left, y(v), x(len(labels) - 1), left - 8, y(v) + 4, v))
    for i, label in enumerate(labels):
        parts.append('<text x="%.1f" y="%d" text-anchor="middle">%s</text>' % (x(i), height - 24, label))
    for name, color, values in series:
        parts.append('<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>' %
                     (color, ' '.join('%.1f,%.1f' % (x(i), y(v)) for i, v in enumerate(values))))
        parts += ['<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (x(i), y(v), color) for i, v in enumerate(values)]
        parts.append('<text x="%.1f" y="%.1f" fill="%s">%s</text>' % (x(len(labels) - 1) + 10, y(values[-1]) + 4, color, name))
    parts.append('<text x="%d" y="14">effective rank of 317 tokens in 64 dimensions</text></svg>' % left)
    return '\n'.join(parts) + '\n'


def main():
    library = ctypes.CDLL(sys.argv[1])
    def hidden(model): return np.load(os.path.join(ROOT, 'examples', 'data', 'activations', model, 'hidden.npy'))
    trained, untrained = hidden('model'), hidden('untrained')
    table = [('untrained', '#888', ranks(library, untrained)), ('trained', '#06c', ranks(library, trained)),
             ('not centered', '#c60', ranks(library, trained, center=2)),
             ('Roy-Vetterli', '#383', ranks(library, trained, convention=1))]
    labels = ['embedding'] + ['layer %d' % i for i in range(1, len(trained) - 1)] + ['final norm']
    print('%-11s' % '' + ''.join('%14s' % name for name, _, _ in table))
    for i, label in enumerate(labels):
        print('%-11s' % label + ''.join('%14.5f' % values[i] for _, _, values in table))
    if len(sys.argv) > 2:
        with open(sys.argv[2], 'w', encoding='utf-8') as out:
            out.write(svg(table, labels, 60))


main()
