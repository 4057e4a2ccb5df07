"""Puts the description of the interface into the package: LIBINFO_INTERFACE, or the one pkg-config knows."""
import json
import os
import shutil
import subprocess

from setuptools import setup
from setuptools.command.build_py import build_py


def interface():
    given = os.environ.get('LIBINFO_INTERFACE')
    if given:
        return given
    found = subprocess.run(['pkg-config', '--variable=interface', 'libinfo'], capture_output=True, text=True, check=False)
    if found.returncode or not found.stdout.strip():
        raise SystemExit('libinfo.json was not found: install libinfo, or name it in LIBINFO_INTERFACE')
    return found.stdout.strip()


class WithInterface(build_py):
    def run(self):
        super().run()
        package = os.path.join(self.build_lib, 'libinfo')
        os.makedirs(package, exist_ok=True)
        shutil.copy(interface(), os.path.join(package, 'libinfo.json'))
        subprocess.run(['python3', os.path.join(os.path.dirname(os.path.abspath(__file__)), 'stubs.py'), interface(),
                        os.path.join(package, '__init__.pyi')], check=True)


with open(interface(), encoding='utf-8') as description:
    setup(version=json.load(description)['version'], cmdclass={'build_py': WithInterface})
