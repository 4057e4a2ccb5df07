"""Arrays of any library as views of the library's own kind, without copies."""
import ctypes

import numpy as np

from ._library import CONSTANTS

F64, F32, F16, BF16 = (CONSTANTS['INFO_' + name] for name in ('F64', 'F32', 'F16', 'BF16'))
_TYPES = {'float64': F64, 'float32': F32, 'float16': F16, 'bfloat16': BF16}
_SIZES = {F64: 8, F32: 4, F16: 2, BF16: 2}
_BY_DTYPE = {np.dtype(np.float64): F64, np.dtype(np.float32): F32, np.dtype(np.float16): F16}


class Matrix(ctypes.Structure):
    """info_matrix and info_matrix_out."""
    _fields_ = [('data', ctypes.c_void_p), ('rows', ctypes.c_int64), ('cols', ctypes.c_int64),
                ('row_stride', ctypes.c_int64), ('col_stride', ctypes.c_int64), ('dtype', ctypes.c_int32),
                ('reserved', ctypes.c_int32)]


def _array(x, name):
    """A numpy array of x without a copy where that can be, its element type, and what must be kept alive."""
    if isinstance(x, np.ndarray):
        array = x
    elif type(x).__module__.split('.')[0] == 'torch':
        return _torch(x, name)
    elif hasattr(x, '__dlpack__') and hasattr(np, 'from_dlpack'):
        array = np.from_dlpack(x)
    else:
        array = np.asarray(x)  # lists, scalars, the buffer protocol, __array__ (pandas)
    kind = _TYPES.get(array.dtype.name)
    if kind is None:
        if array.dtype.kind not in 'iub':
            raise TypeError('%s: elements of type %s; allowed are float64, float32, float16, bfloat16 and integers'
                            % (name, array.dtype))
        array, kind = array.astype(np.float64), F64
    return array, kind, array


def _torch(x, name):
    import torch
    x = x.detach()
    if x.device.type != 'cpu':
        raise ValueError('%s: a tensor on %s; only the memory of the CPU can be read: x.cpu()' % (name, x.device))
    if x.dtype == torch.bfloat16:
        return x.view(torch.int16).numpy(), BF16, x
    return _array(x.numpy(), name)


def matrix(x, name='x', writable=False):
    """A view: the last axis becomes the columns, the others the rows."""
    kind = _BY_DTYPE.get(x.dtype) if type(x) is np.ndarray else None
    if kind is not None and not writable and x.ndim == 2 and x.flags.c_contiguous:
        rows, cols = x.shape
        view = Matrix(x.__array_interface__['data'][0], rows, cols, cols, 1, kind)
        view.keep = x
        return view
    if kind is None:
        array, kind, keep = _array(x, name)
    else:
        array = keep = x
    if writable and (keep is not x and not hasattr(x, 'data_ptr') or not array.flags.writeable):
        raise ValueError('%s: a writable array of floating-point numbers is needed' % name)
    if array.ndim != 2:
        merged = array.reshape(-1, array.shape[-1]) if array.ndim else array.reshape(1, 1)
        if writable and not np.shares_memory(merged, array):
            raise ValueError('%s: axes that cannot be joined without a copy' % name)
        array = merged
    interface = array.__array_interface__
    size = _SIZES[kind]
    rows, cols = array.shape
    strides = interface['strides']
    if strides is None:
        row_stride, col_stride = cols, 1
    else:
        row_stride, col_stride = strides[0] // size, strides[1] // size
        if row_stride * size != strides[0] or col_stride * size != strides[1]:
            array = np.ascontiguousarray(array)
            return matrix(array, name)
    view = Matrix(interface['data'][0], rows, cols, row_stride, col_stride, kind, 0)
    view.keep = (array, keep)
    return view


def plain(x, dtype, name='x'):
    """A C-contiguous array of one element type, copied only if it is not one already."""
    if type(x) is not np.ndarray and type(x).__module__.split('.')[0] == 'torch':
        x = x.detach().cpu().numpy()
    array = np.asarray(x)
    if np.dtype(dtype).kind in 'iu' and array.dtype.kind == 'f':
        raise TypeError('%s: integers are needed, not %s' % (name, array.dtype))
    return np.ascontiguousarray(array, dtype=dtype)
