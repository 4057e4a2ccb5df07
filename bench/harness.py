"""What the benchmarks of every family stand on: the library, the peers, and fair timing.

A family's file yields Work objects. All candidates of one work (ours, peers, limits) run
in turn, round after round, in one process; medians are compared.
"""
import ctypes
import importlib
import json
import os
import re
import statistics
import subprocess
import time

import numpy as np

F64, F32, F16, BF16 = range(4)
_skipped = {}


def optional(name):
    """A module, or None; an absent one is named at the end of the run."""
    try:
        return importlib.import_module(name)
    except ImportError as missing:
        _skipped[name] = str(missing)
        return None


class Matrix(ctypes.Structure):
    _fields_ = [('data', ctypes.c_void_p), ('rows', ctypes.c_int64), ('cols', ctypes.c_int64),
                ('row_stride', ctypes.c_int64), ('col_stride', ctypes.c_int64), ('dtype', ctypes.c_int32),
                ('reserved', ctypes.c_int32)]


class CtxOptions(ctypes.Structure):
    _fields_ = [('struct_size', ctypes.c_uint32), ('threads', ctypes.c_int32), ('cpu', ctypes.c_int32),
                ('reserved', ctypes.c_int32)] + [(name, ctypes.c_void_p) for name in
                                                 ('alloc', 'free', 'alloc_user', 'progress', 'progress_user')]


def matrix(array, dtype=None):
    """A view of a numpy array; bfloat16 is uint16 with dtype=BF16."""
    rows = array.reshape(1, -1) if array.ndim == 1 else array
    size = rows.itemsize
    if dtype is None:
        dtype = {'float64': F64, 'float32': F32, 'float16': F16}[str(rows.dtype)]
    view = Matrix(rows.ctypes.data, rows.shape[0], rows.shape[1], rows.strides[0] // size, rows.strides[1] // size,
                  dtype, 0)
    view.keep = array
    return view


def to_bf16(array):
    """The upper halves of float32, rounded to nearest even."""
    bits = np.ascontiguousarray(array, dtype=np.float32).view(np.uint32)
    return ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


class Library:
    """libinfo as a foreign language loads it, and one context."""

    def __init__(self, build, threads, slow=False):
        self.slow = slow
        self.info = ctypes.CDLL(os.path.join(build, 'lib', 'libinfo.so'))
        self.peers = ctypes.CDLL(os.path.join(build, 'bench', 'libpeers.so'))
        self.peers.peer_time_calls.restype = ctypes.c_int64
        self.peers.peer_time_calls.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p]
        self.info.info_ctx_message.restype = ctypes.c_char_p
        self.info.info_ctx_message.argtypes = [ctypes.c_void_p]
        self.info.info_build_config.restype = ctypes.c_char_p
        self.threads = threads
        self.ctx = self.context()

    def context(self, cpu=0):
        """A context, for an instruction set (INFO_CPU_...; 0: the best); None where the processor lacks it."""
        ctx = ctypes.c_void_p()
        options = CtxOptions(ctypes.sizeof(CtxOptions), self.threads, cpu)
        if self.info.info_ctx_create(ctypes.byref(options), ctypes.byref(ctx)) != 0:
            if cpu == 0:
                raise RuntimeError('no context')
            return None
        return ctx

    def constant(self, name):
        value = ctypes.c_int64()
        if self.info.info_constant(name.encode(), ctypes.byref(value)) != 0:
            raise KeyError(name)
        return value.value

    def has(self, function):
        return hasattr(self.info, function)

    def call(self, function, *arguments):
        """A candidate: function(*arguments) many times from C. Arguments are numpy arrays,
        ctypes structs (passed by address), integers or None."""
        return Call(self, self.info[function] if function.startswith('info_') else self.peers[function],
                    arguments, checked=function.startswith('info_'))


class Call:
    def __init__(self, library, function, arguments, checked):
        words = (ctypes.c_uint64 * 12)()
        for i, a in enumerate(arguments):
            if a is None:
                word = 0
            elif isinstance(a, np.ndarray):
                word = a.ctypes.data
            elif isinstance(a, ctypes.c_void_p):
                word = a.value or 0
            elif isinstance(a, (ctypes.Structure, ctypes.Array)):
                word = ctypes.addressof(a)
            else:
                word = int(a)
            words[i] = word & (2**64 - 1)
        self.library, self.words, self.keep, self.checked = library, words, arguments, checked
        self.function = ctypes.cast(function, ctypes.c_void_p)

    def seconds(self, repeat):
        status = ctypes.c_int32()
        nanoseconds = self.library.peers.peer_time_calls(self.function, self.words, repeat, ctypes.byref(status))
        if self.checked and status.value < 0:
            raise RuntimeError(self.library.info.info_ctx_message(self.library.ctx).decode() or status.value)
        return nanoseconds * 1e-9


class Python:
    """A candidate in Python: a call without arguments."""

    def __init__(self, function):
        self.function = function

    def seconds(self, repeat):
        begin = time.perf_counter()
        for _ in range(repeat):
            self.function()
        return time.perf_counter() - begin


class Work:
    """One line of the report.

    name    what is done, at which size:  'KL f64 n=1e5'
    count   elements (or samples, matrices) per call, and what they are called
    ours    library.call('info_...', ...)
    peers   {name: (candidate or None, bar)}: the peer's time is at least bar times ours; bar None: no bar
    limits  {name: (candidate, bar)}: our time is at most bar times the limit's
    agree   () -> relative difference between our result and a peer's, with the largest allowed
    peak    (operations of ours, name of a limit, operations of that): what fraction of its rate we reach
    """

    def __init__(self, name, count, unit, ours, peers=None, limits=None, agree=None, peak=None):
        self.name, self.count, self.unit, self.ours = name, count, unit, ours
        self.peers, self.limits, self.agree, self.peak = peers or {}, limits or {}, agree, peak


def _as_candidate(what):
    return what if what is None or hasattr(what, 'seconds') else Python(what)


SLOW = 8  # seconds: what takes so long is run once, cold


def measure(work, rounds, share):
    """Medians of all candidates, run in turn. share: seconds per candidate and round, at the most."""
    candidates = {'libinfo': work.ours}
    for name, (candidate, _) in {**work.peers, **work.limits}.items():
        if candidate is not None:
            candidates[name] = _as_candidate(candidate)
    repeats = {}
    first = {}
    for name, candidate in candidates.items():
        first[name] = candidate.seconds(1)
        once = first[name] if first[name] > 1 else candidate.seconds(1)
        repeats[name] = max(1, int(min(share, 0.02 if once < 0.005 else share) / max(once, 1e-9)))
    times = {name: [first[name]] if first[name] >= SLOW else [] for name in candidates}
    for _ in range(rounds):
        for name, candidate in candidates.items():
            if first[name] < SLOW:
                times[name].append(candidate.seconds(repeats[name]) / repeats[name])
    return {name: statistics.median(values) for name, values in times.items()}, \
           {name: (max(values) - min(values)) / statistics.median(values) for name, values in times.items()}


def run(work, rounds, share, peers=''):
    """Prints the work's lines, with peers whose name matches; returns its entry for the JSON file."""
    work.peers = {name: peer for name, peer in work.peers.items() if re.search(peers, name)}
    median, spread = measure(work, rounds, share)
    ours = median['libinfo']
    print('%s: %.3g ns/%s (%.3g ms, spread %.0f %%)' % (work.name, ours / work.count * 1e9, work.unit, ours * 1e3,
                                                       100 * spread['libinfo']))
    entry = {'name': work.name, 'count': work.count, 'unit': work.unit, 'seconds': ours, 'spread': spread['libinfo'],
             'peers': [], 'limits': []}
    for kind, table in (('peers', work.peers), ('limits', work.limits)):
        for name, (candidate, bar) in table.items():
            if candidate is None:
                _skipped.setdefault(name, 'not on this machine')
                continue
            ratio = median[name] / ours if kind == 'peers' else ours / median[name]
            met = None if bar is None else bool(ratio >= bar if kind == 'peers' else ratio <= bar)
            verdict = '' if bar is None else '  bar %s %g: %s' % ('>=' if kind == 'peers' else '<=', bar,
                                                               'met' if met else 'MISSED')
            text = '%.3gx as fast as' % ratio if kind == 'peers' else '%.3gx the time of' % ratio
            print('    %-18s %-34s %.3g ns/%s%s' % (text, name, median[name] / work.count * 1e9, work.unit, verdict))
            entry[kind].append({'name': name, 'seconds': median[name], 'ratio': ratio, 'bar': bar, 'met': met})
    if work.peak:
        operations, limit, theirs = work.peak
        entry['peak'] = (operations / ours) / (theirs / median[limit])
        print('    %.0f %% of the rate of %s (%.3g of %.3g Gflop/s)' % (100 * entry['peak'], limit, operations / ours / 1e9,
                                                                    theirs / median[limit] / 1e9))
    if work.agree:
        difference, allowed = work.agree()
        entry['difference'] = float(difference)
        print('    differs from its peer by %.2g%s' % (difference, '' if difference <= allowed else '  TOO MUCH'))
    return entry


def leave_slow(library, work, peers, slow):
    """peers without those named in slow, which take more than half a minute, unless --slow asks for them."""
    if library.slow:
        return peers
    for name in slow:
        _skipped['%s, %s' % (work, name)] = 'takes more than 30 s; --slow runs it once'
    return {name: peer for name, peer in peers.items() if name not in slow}


def skipped():
    return dict(_skipped)


def machine(library):
    try:
        with open('/proc/cpuinfo', encoding='utf-8') as text:
            cpu = next(line.split(':')[1].strip() for line in text if line.startswith('model name'))
    except (OSError, StopIteration):
        cpu = 'unknown'
    versions = {'numpy': np.__version__}
    for name in ('scipy', 'sklearn', 'torch'):
        module = optional(name)
        if module is not None:
            versions[name] = module.__version__
    return {'cpu': cpu, 'cores': os.cpu_count(), 'threads': library.threads,
            'libinfo': library.info.info_build_config().decode(), 'versions': versions}


def build(directory, root):
    """Configures and builds once; a present build is brought up to date."""
    if not os.path.exists(os.path.join(directory, 'build.ninja')):
        subprocess.run(['meson', 'setup', directory, root, '-Dbench=true', '-Dtests=disabled', '-Dexamples=disabled'],
                       check=True, stdout=subprocess.DEVNULL)
    subprocess.run(['ninja', '-C', directory], check=True, stdout=subprocess.DEVNULL)


def write_json(path, library, entries):
    with open(path, 'w', encoding='utf-8') as out:
        json.dump({'machine': machine(library), 'skipped': skipped(), 'works': entries}, out, indent=1)
        out.write('\n')
