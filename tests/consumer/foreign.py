"""The installed library through ctypes and numpy, from nothing but its documentation.

usage: foreign.py LIBRARY"""
import ctypes
import sys

try:
    import numpy as np
except ImportError:
    print('skipped: numpy is not installed')
    sys.exit(77)

info = ctypes.CDLL(sys.argv[1])
info.info_version_string.restype = ctypes.c_char_p
info.info_ctx_message.restype = ctypes.c_char_p
info.info_ctx_message.argtypes = [ctypes.c_void_p]


class Matrix(ctypes.Structure):
    _fields_ = [('data', ctypes.c_void_p)] + [(name, ctypes.c_int64) for name in
                                              ('rows', 'cols', 'row_stride', 'col_stride')] + \
               [('dtype', ctypes.c_int32), ('reserved', ctypes.c_int32)]


class EntropyOptions(ctypes.Structure):
    """The first fields are enough: the library extends a shorter struct with zeros."""
    _fields_ = [('struct_size', ctypes.c_uint32), ('kind', ctypes.c_int32)]


def constant(name):
    value = ctypes.c_int64()
    assert info.info_constant(name, ctypes.byref(value)) == 0
    return value.value


def view(array):
    dtype = {'float64': b'INFO_F64', 'float32': b'INFO_F32', 'float16': b'INFO_F16'}[str(array.dtype)]
    return Matrix(array.ctypes.data, *array.shape, *(s // array.itemsize for s in array.strides), constant(dtype), 0)


def entropy(ctx, array, kind=b'INFO_PROBABILITIES'):
    out = np.full(len(array), -1.0)
    options = EntropyOptions(ctypes.sizeof(EntropyOptions), constant(kind))
    status = info.info_entropy(ctx, ctypes.byref(view(array)), ctypes.byref(options), ctypes.c_void_p(out.ctypes.data),
                               ctypes.c_int64(len(out)))
    return status, out


ctx = ctypes.c_void_p()
assert info.info_ctx_create(None, ctypes.byref(ctx)) == 0

random = np.random.default_rng(7)
p = random.dirichlet(np.ones(50), size=20)
expected = -(p * np.log(p)).sum(axis=1)
for array in (p, np.asfortranarray(p), p[::-1], np.repeat(p, 2, axis=1)[:, ::2]):
    status, out = entropy(ctx, array)
    assert status == 0, info.info_ctx_message(ctx)
    order = expected[::-1] if array.strides[0] < 0 else expected
    assert np.allclose(out, order, rtol=1e-14, atol=0), (out, order)

logits = np.log(p).astype(np.float32)
status, out = entropy(ctx, logits, b'INFO_LOGITS')
assert status == 0 and np.allclose(out, expected, rtol=1e-6)

p[3, 5] = np.nan
status, out = entropy(ctx, p)
assert status == constant(b'INFO_ERROR_DOMAIN'), status
assert (out == -1).all(), 'a failed call wrote its output'
print(info.info_version_string().decode(), '-', info.info_ctx_message(ctx).decode())
info.info_ctx_destroy(ctx)
