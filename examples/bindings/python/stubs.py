"""Writes type stubs of the package, for editors and type checkers.

usage: stubs.py libinfo.json __init__.pyi      (LIBINFO_LIBRARY names the library where it is not installed)"""
import inspect
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
os.environ['LIBINFO_INTERFACE'] = sys.argv[1]
import libinfo  # noqa: E402  (found by the line above)


def parameters(signature):
    parts, starred = [], False
    for each in signature.parameters.values():
        if each.kind == each.KEYWORD_ONLY and not starred:
            parts.append('*')
            starred = True
        parts.append(each.name + ('' if each.name == 'self' else ': Any') +
                     (' = ...' if each.default is not each.empty else ''))
    return ', '.join(parts)


lines = ['from typing import Any, ContextManager', '', '__version__: str', '']
lines += ['%s: int' % name[len('INFO_'):] for name in libinfo.CONSTANTS] + ['']
for title in sorted(dir(libinfo)):
    value = getattr(libinfo, title)
    if isinstance(value, type) and issubclass(value, BaseException):
        bases = ', '.join(each.__name__ for each in value.__bases__)
        lines += ['class %s(%s): ...' % (title, bases)]
    elif value in libinfo.OBJECTS:
        lines += ['class %s:' % title, '    def __init__(%s) -> None: ...' % parameters(inspect.signature(value.__init__))]
        for name, method in sorted(vars(value).items()):
            if name.startswith('_') or not callable(getattr(value, name)):
                continue
            if isinstance(method, staticmethod):
                lines += ['    @staticmethod', '    def %s(*args: Any) -> Any: ...' % name]
            else:
                lines += ['    def %s(%s) -> Any: ...' % (name, parameters(inspect.signature(method)))]
    elif isinstance(value, type) and hasattr(value, 'dataclass'):
        lines += ['class %s:' % title, '    def __init__(self, **fields: Any) -> None: ...']
        lines += ['    %s: Any' % name for name in value.dataclass.names]
for title in libinfo.FUNCTIONS:
    lines.append('def %s(%s) -> Any: ...' % (title, parameters(inspect.signature(getattr(libinfo, title)))))
lines += ['def progress(watcher: Any) -> ContextManager[None]: ...', 'def set_threads(threads: int) -> None: ...',
          'def get_threads() -> int: ...', 'def matrix(x: Any, name: str = ..., writable: bool = ...) -> Any: ...', '']
with open(sys.argv[2], 'w', encoding='utf-8') as out:
    out.write('\n'.join(lines))
