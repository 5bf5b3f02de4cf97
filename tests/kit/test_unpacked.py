"""The unpacked copy of libsodium."""

import os
import subprocess
import sys
from pathlib import Path

from renkei.kit.unpacked import _remove


def test_import_leaves_no_file(tmp_path: Path) -> None:
    """A process that cleans up leaves no unpacked library, and the suite works."""
    program = (
        "from renkei.kit.unpacked import remove_unpacked_library; remove_unpacked_library();"
        "from renkei.crypto.suite import RISTRETTO255 as suite;"
        "element = suite.element_from_uniform(bytes(63) + b'x');"
        "print(suite.multiply(bytes([1]) + bytes(31), element) == element)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, check=True, text=True
    )
    assert ran.stdout == "True\n"
    assert list(tmp_path.iterdir()) == []


def test_only_the_unpacked_library_goes(tmp_path: Path) -> None:
    """A library elsewhere, or of another name, is never removed."""
    folder, system = tmp_path / "temporary", tmp_path / "system"
    kept, named, unpacked = system / "tmpsodium.so", folder / "libsodium.so", folder / "tmp1.so"
    for path in (kept, named, unpacked):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
        _remove(path, folder)
    assert kept.exists()
    assert named.exists()
    assert not unpacked.exists()
    _remove(unpacked, folder)
