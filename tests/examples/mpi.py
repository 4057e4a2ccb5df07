# SPDX-License-Identifier: MIT
"""lm_evaluate_mpi and lm_vocabulary_mpi on 1 to 4 ranks: the numbers of one process.

usage: mpi.py LM_EVALUATE LM_EVALUATE_MPI LM_VOCABULARY_MPI"""
import os
import shutil
import subprocess
import sys
import tempfile

from small_model import bytes_of, write_model, write_text, write_tokenizer

evaluate, evaluate_mpi, vocabulary_mpi = sys.argv[1:]
if not shutil.which('mpirun'):
    print('skipped: mpirun is not installed (openmpi-bin)')
    sys.exit(77)
# Tests run as root in containers, and on machines with fewer processors than ranks.
os.environ.update(OMPI_ALLOW_RUN_AS_ROOT='1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM='1', OMPI_MCA_rmaps_base_oversubscribe='1',
                  OMPI_MCA_btl_vader_single_copy_mechanism='none', OPENBLAS_NUM_THREADS='1')


def run(*arguments):
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit('%s: %d, %s' % (' '.join(arguments), done.returncode, done.stderr))
    return done.stdout


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    write_model('a.bin', 1)
    write_model('b.bin', 2)
    write_tokenizer('tok.bin')
    write_text('text', 40)
    common = ['run', 'a.bin', 'tok.bin', 'text', '--second', 'b.bin', '--quiet']
    run(evaluate, *common, '--state', 'one')
    report = run(evaluate, 'report', 'one', '--json', 'one.json')
    tables = []
    for ranks in (1, 2, 3, 4):
        name = '%d.state' % ranks
        run('mpirun', '-n', str(ranks), evaluate_mpi, *common, '--state', name)
        if run(evaluate, 'report', name, '--json', 'all.json') != report or bytes_of('all.json') != bytes_of('one.json'):
            sys.exit('%d ranks give other numbers than one process' % ranks)
        tables.append(run('mpirun', '-n', str(ranks), vocabulary_mpi, 'a.bin', 'b.bin', 'tok.bin', 'text'))
    print(tables[0])
    if 'mean KL' not in tables[0] or any(table != tables[0] for table in tables):
        sys.exit('shards of the vocabulary:\n' + '\n'.join(tables))
