"""Loading libsodium without leaving it behind (暗号ライブラリの読込み).

`rbcl` carries libsodium as hexadecimal text. On every import it writes 2.8 MB into the folder for
temporary files and never deletes them; a process that is killed cannot either. So this package
takes the bytes out of `rbcl` and loads them itself: from memory where the system can (Linux), else
from a file that loses its name as soon as it is loaded. `renkei` installs this before anything of
it is imported, whatever the program; nothing is read until `rbcl` is.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec, PathFinder
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:  # every command passes this module: the base classes would cost it 12 ms
    import ctypes
    from importlib.abc import InspectLoader, Loader, MetaPathFinder
else:
    Loader = MetaPathFinder = object

UNPACKING: Final = "rbcl._sodium"
_SHORTEST_LIBRARY_BYTES: Final = 100_000


class _Loader(Loader):
    """Makes `rbcl._sodium` with the library loaded, and no file left."""

    def __init__(self, packed: "InspectLoader") -> None:
        self._packed = packed

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """The usual module."""
        return self._packed.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Load the library where it is found as expected; else do as the module itself does."""
        code = self._packed.get_code(UNPACKING)
        library = _library_in(code) if code is not None else None
        if library is None:
            self._packed.exec_module(module)
            return
        module._sodium = _loaded(library)  # type: ignore[attr-defined]


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Only for the one module that unpacks."""
        if fullname != UNPACKING:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and hasattr(spec.loader, "get_code"):
            spec.loader = _Loader(cast("InspectLoader", spec.loader))
        return spec


def install() -> None:
    """Take over the loading of libsodium in this process; a second time changes nothing."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def _library_in(code: CodeType) -> bytes | None:
    """The library that the module's code carries as a text of hexadecimal digits."""
    texts = [one for one in code.co_consts if isinstance(one, str)]
    longest = max(texts, key=len, default="")
    if len(longest) < 2 * _SHORTEST_LIBRARY_BYTES:
        return None
    with suppress(ValueError):
        return bytes.fromhex(longest)
    return None


def _loaded(library: bytes) -> "ctypes.CDLL":
    import ctypes  # here and below: few commands load the library

    with suppress(OSError, AttributeError):  # no such call, or memory may not be executed here
        descriptor = os.memfd_create("libsodium")
        try:
            _write(descriptor, library)
            return ctypes.CDLL(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)
    import tempfile

    descriptor, path = tempfile.mkstemp(suffix=".so")
    try:
        try:
            _write(descriptor, library)
        finally:
            os.close(descriptor)
        return ctypes.CDLL(path)
    finally:
        os.unlink(path)


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
