# SPDX-License-Identifier: MIT
"""examples/torch_distributed/evaluate.py prints the same for 1, 2 and 3 processes.

usage: torch_distributed.py EVALUATE LIBRARY"""
import subprocess
import sys

try:
    import torch.distributed
    available = torch.distributed.is_available() and torch.distributed.is_gloo_available()
except ImportError:
    available = False
if not available:
    print('skipped: torch with gloo is not installed (python3-torch)')
    sys.exit(77)

outputs = [subprocess.run([sys.executable, sys.argv[1], sys.argv[2], str(processes)], check=True, text=True,
                          stdout=subprocess.PIPE).stdout for processes in (1, 2, 3)]
print(outputs[0])
if 'nll ' not in outputs[0] or any(output != outputs[0] for output in outputs):
    sys.exit('not the same:\n' + '\n'.join(outputs))
