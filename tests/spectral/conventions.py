#!/usr/bin/python3
"""The published conventions against code that shares nothing with the library: numpy in double precision, written
from the papers' formulas, and Diff-eRank's script with torch.svd in single precision. Skipped without numpy.

usage: conventions.py LIBRARY
"""
import ctypes
import sys

try:
    import numpy as np
except ImportError:
    print('skipped: the published conventions (numpy is not installed)')
    sys.exit(77)
try:
    import torch
except ImportError:
    torch = None
    print('skipped: the published script (torch is not installed)')

F64, F32 = 0, 1
DIFF_ERANK, ROY_VETTERLI, RANKME = range(3)


class Matrix(ctypes.Structure):
    _fields_ = [('data', ctypes.c_void_p), ('rows', ctypes.c_int64), ('cols', ctypes.c_int64),
                ('row_stride', ctypes.c_int64), ('col_stride', ctypes.c_int64), ('dtype', ctypes.c_int32),
                ('reserved', ctypes.c_int32)]


class Options(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32)] + \
               [(name, ctypes.c_int32) for name in ('convention', 'center', 'normalize_rows', 'scale', 'input',
                                                    'zero_rows', 'unit', 'invalid', 'reserved')] + \
               [('skip', ctypes.c_int64), ('order', ctypes.c_double), ('tolerance', ctypes.c_double)]


def library_rank(info, x, convention):
    dtype = F64 if x.dtype == np.float64 else F32
    view = Matrix(x.ctypes.data, *x.shape, x.shape[1], 1, dtype, 0)
    options = Options(ctypes.sizeof(Options), convention, tolerance=1e-12)
    out = ctypes.c_double()
    status = info.info_effective_rank(None, ctypes.byref(view), ctypes.c_int64(1), ctypes.byref(options),
                                      ctypes.byref(out), None, ctypes.c_int64(1))
    assert status == 0, status
    return out.value


def shannon_rank(p):
    p = p[p > 0]
    return np.exp(-np.sum(p * np.log(p)))


def diff_erank(x):
    z = x - x.mean(axis=0)
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(z.T @ z / len(z))
    return shannon_rank(values[values > 1e-14])


def roy_vetterli(x):
    s = np.linalg.svd(x, compute_uv=False)
    return shannon_rank(s / np.sum(np.abs(s)))


def rankme(x):
    s = np.linalg.svd(x, compute_uv=False)
    p = s / np.linalg.norm(s, ord=1) + 1e-7
    return np.exp(-np.sum(p * np.log(p)))


def published_script(x):
    """The functions normalize, cal_cov and cal_erank of the Diff-eRank repository's README."""
    r = torch.from_numpy(x)
    r = r - r.mean(dim=0)
    r = r / torch.norm(r, p=2, dim=1, keepdim=True)
    z = torch.nn.functional.normalize(r, dim=1)
    a = torch.matmul(z.T, z) / z.shape[0]
    values = torch.svd(a / torch.trace(a))[1]
    return np.exp(-(values * torch.log(values)).nansum().item())


def main():
    info = ctypes.CDLL(sys.argv[1])
    random = np.random.default_rng(11)
    worst, worst_published = 0, 0
    for rows, cols in ((5, 3), (4, 9), (40, 40), (100, 64), (64, 100), (300, 220), (220, 300)):
        x = random.standard_normal((rows, cols)) * (1 + np.arange(cols)) ** -0.5 + random.standard_normal(cols)
        for convention, formula in ((DIFF_ERANK, diff_erank), (ROY_VETTERLI, roy_vetterli), (RANKME, rankme)):
            ours, theirs = library_rank(info, x, convention), formula(x)
            worst = max(worst, abs(ours / theirs - 1))
            assert abs(ours / theirs - 1) <= 1e-10, (rows, cols, formula.__name__, ours, theirs)
        if torch:
            single = x.astype(np.float32)
            ours, theirs = library_rank(info, single, DIFF_ERANK), published_script(single)
            worst_published = max(worst_published, abs(ours / theirs - 1))
            # eigenvalues of a d x d matrix in single precision, those that should be 0 included
            assert abs(ours / theirs - 1) <= 1e-4, (rows, cols, 'published script', ours, theirs)
    print('numpy: within %.2g; the published script: within %.2g' % (worst, worst_published))


main()
