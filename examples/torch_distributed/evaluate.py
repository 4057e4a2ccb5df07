# SPDX-License-Identifier: MIT
"""A model evaluated by several processes of torch.distributed: each scores its documents into a state of libinfo, the
states travel as byte tensors, and rank 0 merges them. The numbers have the same bits for any number of processes.

usage: evaluate.py LIBRARY [PROCESSES]

The model is a table of bigrams in torch; put your own in score()."""
import ctypes
import os
import sys
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing

info = ctypes.CDLL(sys.argv[1])
info.info_ctx_message.restype = ctypes.c_char_p
info.info_ctx_message.argtypes = [ctypes.c_void_p]
VOCABULARY, DOCUMENTS = 2000, 40


def structure(name, *fields):
    return type(name, (ctypes.Structure,), {'_fields_': [(field, kind) for kind, names in fields
                                                         for field in names.split()]})


I32, U32, I64, F64, PTR = ctypes.c_int32, ctypes.c_uint32, ctypes.c_int64, ctypes.c_double, ctypes.c_void_p
# The first fields are enough: the library extends a shorter struct with zeros.
Options = structure('Options', (U32, 'struct_size'), (I32, 'kind documents percentiles'),
                    (ctypes.c_char_p, 'model reference tokenizer data settings'), (I64, 'shard shards'))
Matrix = structure('Matrix', (PTR, 'data'), (I64, 'rows cols row_stride col_stride'), (I32, 'dtype reserved'))
Measures = structure('Measures', (U32, 'struct_size'), (I32, 'reserved'), (I64, 'length'),
                     (PTR, 'log_sum_exp maximum argmax log_probability rank entropy'))
Batch = structure('Batch', (U32, 'struct_size'), (I32, 'precision'), (I64, 'count'),
                  (PTR, 'log_probability units entropy top_probability correct brier documents'))
Mean = structure('Mean', (I64, 'count'), (F64, 'mean error clustered_error macro_mean macro_error'))


def constant(name):
    value = I64()
    assert info.info_constant(name, ctypes.byref(value)) == 0
    return value.value


class State:
    """An info_evaluation of likelihoods, and the context it is used with."""

    def __init__(self, shard, shards):
        self.ctx, self.state = PTR(), PTR()
        options = Options(struct_size=ctypes.sizeof(Options), kind=constant(b'INFO_EVALUATION_LIKELIHOOD'),
                          documents=constant(b'INFO_DOCUMENTS_WHOLE'), model=b'bigrams', data=b'drawn',
                          shard=shard, shards=shards)
        assert info.info_ctx_create(None, ctypes.byref(self.ctx)) == 0
        self.call('create', ctypes.byref(options), ctypes.byref(self.state))

    def call(self, name, *arguments):
        status = getattr(info, 'info_evaluation_' + name)(self.ctx, *arguments)
        if status < 0:
            raise RuntimeError(info.info_ctx_message(self.ctx).decode())

    def add(self, logits, targets, document):
        """Scores the rows of one document."""
        rows, cols = logits.shape
        log_p, entropy = torch.empty(rows, dtype=torch.float64), torch.empty(rows, dtype=torch.float64)
        documents = torch.full((rows,), document, dtype=torch.int64)
        view = Matrix(logits.data_ptr(), rows, cols, *logits.stride(), constant(b'INFO_F32'), 0)
        measures = Measures(struct_size=ctypes.sizeof(Measures), length=rows, log_probability=log_p.data_ptr(),
                            entropy=entropy.data_ptr())
        status = info.info_logits_measure(self.ctx, ctypes.byref(view), PTR(targets.data_ptr()), I64(rows), None,
                                          ctypes.byref(measures))
        assert status >= 0, info.info_ctx_message(self.ctx)
        batch = Batch(struct_size=ctypes.sizeof(Batch), count=rows, log_probability=log_p.data_ptr(),
                      entropy=entropy.data_ptr(), documents=documents.data_ptr())
        self.call('update_likelihood', self.state, ctypes.byref(batch))

    def finish(self):
        self.call('mark', self.state, I64(0), I32(1))

    def save(self):
        size, written = I64(), I64()
        self.call('saved_size', self.state, ctypes.byref(size))
        blob = torch.empty(size.value, dtype=torch.uint8)
        self.call('save', self.state, PTR(blob.data_ptr()), size, ctypes.byref(written))
        return blob

    def merge(self, blob):
        other = PTR()
        self.call('load', PTR(blob.data_ptr()), I64(len(blob)), ctypes.byref(other))
        self.call('merge', self.state, other)
        info.info_evaluation_destroy(other)

    def report(self):
        self.call('check', self.state)
        mean = Mean()
        for column, name in enumerate(('nll', 'units', 'entropy')):
            if name != 'units':
                self.call('column', self.state, I32(column), ctypes.byref(mean))
                print('%-8s %d tokens, mean %r +- %r (documents: %r)' %
                      (name, mean.count, mean.mean, mean.error, mean.clustered_error))


def score(document):
    """Logits and targets of a document: the same in whichever process."""
    draw = torch.Generator().manual_seed(document)
    tokens = torch.randint(VOCABULARY, (5 + document % 60,), generator=draw)
    table = torch.randn(64, VOCABULARY, generator=torch.Generator().manual_seed(7))
    return table[tokens[:-1] % 64].contiguous(), tokens[1:].contiguous()


def gather(blob, rank, processes):
    """The blobs of all ranks, at rank 0: they differ in length, so they are padded to the longest."""
    length = torch.tensor([len(blob)])
    lengths = [torch.zeros_like(length) for _ in range(processes)]
    dist.all_gather(lengths, length)
    padded = torch.zeros(max(map(int, lengths)), dtype=torch.uint8)
    padded[:len(blob)] = blob
    blobs = [torch.zeros_like(padded) for _ in range(processes)]
    dist.all_gather(blobs, padded)
    return [b[:int(n)].contiguous() for b, n in zip(blobs, lengths)] if rank == 0 else None


def work(rank, processes, meeting):
    dist.init_process_group('gloo', init_method='file://' + meeting, rank=rank, world_size=processes)
    state = State(rank, processes)
    for document in range(rank, DOCUMENTS, processes):
        state.add(*score(document), document)
    state.finish()
    blobs = gather(state.save(), rank, processes)
    if rank == 0:
        for blob in blobs[1:]:
            state.merge(blob)
        state.report()
    dist.destroy_process_group()


if __name__ == '__main__':
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as place:
        torch.multiprocessing.spawn(work, args=(count, os.path.join(place, 'meeting')), nprocs=count)
