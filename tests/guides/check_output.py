# SPDX-License-Identifier: MIT
"""Runs a guide's program; its output must stand in the guide, in a block of its own.

usage: check_output.py PROGRAM GUIDE"""
import subprocess
import sys

program, guide = sys.argv[1:]
done = subprocess.run([program], capture_output=True, text=True)
if done.returncode != 0:
    sys.exit('%s failed: %s' % (program, done.stderr))
if '```\n' + done.stdout + '```' not in open(guide, encoding='utf-8').read():
    sys.exit('%s does not show what the program prints:\n%s' % (guide, done.stdout))
