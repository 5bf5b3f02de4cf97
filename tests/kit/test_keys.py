"""The sandbox key store: what it can do, and that nothing private comes out."""

from __future__ import annotations

import copy
import hashlib
import hmac
import os
import pickle
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from renkei.crypto import jws
from renkei.crypto.errors import BoxError, CryptoError, InvalidElement
from renkei.crypto.suite import RISTRETTO255
from renkei.kit import keys
from renkei.kit.keys import FileKeyStore, KeyStoreError, UnknownKey

ELEMENT = RISTRETTO255.element_from_uniform(bytes(range(64)))
MAKERS = {
    "sign": keys.create_signing_key,
    "box-1": keys.create_agreement_key,
    "scalar-1": keys.create_scalar,
    "scalar-2": keys.create_scalar,
    "mac": keys.create_secret,
    "note": keys.create_ed25519,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    directory = tmp_path / "keys"
    for name, create in MAKERS.items():
        create(directory, name)
    return directory


@pytest.fixture
def store(folder: Path) -> FileKeyStore:
    return FileKeyStore(folder, profile="sandbox")


def private_texts(folder: Path) -> list[bytes]:
    """Every form in which a private value of the folder could appear."""
    found = []
    for path in folder.iterdir():
        data = path.read_bytes()
        if path.suffix in {".scalar", ".secret"}:
            raw = bytes.fromhex(data.decode())
        else:
            key = load_pem_private_key(data, None)
            raw = (
                key.private_bytes_raw()
                if hasattr(key, "private_bytes_raw")
                else key.private_numbers().private_value.to_bytes(32, "big")
            )
        found += [data.strip(), raw, raw.hex().encode(), repr(raw).encode()]
    return found


def test_signatures_verify(store: FileKeyStore) -> None:
    """A signature is 64 raw bytes and verifies with the public key of the same name only."""
    signature = store.sign("sign", b"message")
    public = jws.load_public(store.public("sign"))
    jws.verify_raw(public, b"message", signature)
    with pytest.raises(CryptoError):
        jws.verify_raw(public, b"other", signature)
    note = store.sign_note("note", b"checkpoint")
    Ed25519PublicKey.from_public_bytes(store.public("note")).verify(note, b"checkpoint")


def test_agreement_is_mutual_and_refuses_low_order(store: FileKeyStore) -> None:
    """Both sides get the same secret; a public key of low order is refused."""
    other = X25519PrivateKey.generate()
    mine = store.agree("box-1", other.public_key().public_bytes_raw())
    assert mine == other.exchange(X25519PublicKey.from_public_bytes(store.public("box-1")))
    for low_order in (bytes(32), (1).to_bytes(32, "little")):
        with pytest.raises(BoxError):
            store.agree("box-1", low_order)


def test_an_agreed_secret_goes_with_its_key(store: FileKeyStore, folder: Path) -> None:
    """What was agreed once is the same again, and cannot be had once the key is destroyed."""
    public = X25519PrivateKey.generate().public_key().public_bytes_raw()
    assert store.agree("box-1", public) == store.agree("box-1", public)
    store.destroy("box-1")
    with pytest.raises(UnknownKey):
        store.agree("box-1", public)


def test_scalar_handles_convert(store: FileKeyStore) -> None:
    """(other / self) applied to self's code gives other's, in one step or by the ratio."""
    one, two = store.scalar("scalar-1"), store.scalar("scalar-2")
    code = one.multiply(ELEMENT)
    assert one.ratio_multiply(two, code) == two.multiply(ELEMENT) != code
    assert RISTRETTO255.multiply(one.ratio(two), code) == two.multiply(ELEMENT)
    for bad in (bytes(32), b"\xff" * 32, ELEMENT + b"\0", ELEMENT[:31]):
        with pytest.raises(InvalidElement):
            one.multiply(bad)
        with pytest.raises(InvalidElement):
            one.ratio_multiply(two, bad)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_mac_is_hmac(store: FileKeyStore, folder: Path, algorithm: str) -> None:
    """The code is HMAC under the secret of the file, each time anew."""
    secret = bytes.fromhex((folder / "mac.secret").read_text())
    for data in (b"", b"a", b"a" * 1000):
        expected = hmac.new(secret, data, getattr(hashlib, algorithm)).digest()
        assert store.mac("mac", data, algorithm) == expected
    with pytest.raises(ValueError, match="md5"):
        store.mac("mac", b"", "md5")


def test_a_key_serves_its_own_kind_only(store: FileKeyStore) -> None:
    """A missing name, or a key of another kind, is refused by name."""
    for wrong in ("mac", "box-1", "missing", "../keys/sign", "sign.signing", ""):
        with pytest.raises(UnknownKey):
            store.sign(wrong, b"x")
    with pytest.raises(UnknownKey):
        store.public("mac")
    with pytest.raises(UnknownKey):
        store.scalar("sign")
    assert store.names() == tuple(sorted(MAKERS))


def test_production_is_refused(folder: Path) -> None:
    """Keys in files are refused in a production profile, and in any that is not the sandbox."""
    with pytest.raises(KeyStoreError, match="production refuses keys in files"):
        FileKeyStore(folder, profile="production")
    with pytest.raises(KeyStoreError, match="sandbox only"):
        FileKeyStore(folder, profile="staging")


def test_the_sandbox_is_loud(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At start the store says on standard error and in the log that it is a stand-in."""
    FileKeyStore(folder, profile="sandbox")
    captured = capsys.readouterr()
    assert "never use them in production" in captured.err
    assert captured.out == ""


def test_files_are_private(folder: Path) -> None:
    """The folder is 0700 and every key 0600, whatever the umask."""
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_readable_files_are_refused(folder: Path, mode: int) -> None:
    """A key that its group or others can touch is refused with the command that mends it."""
    (folder / "mac.secret").chmod(mode)
    with pytest.raises(KeyStoreError, match=r"chmod 600 .*mac\.secret"):
        FileKeyStore(folder, profile="sandbox")


def test_a_key_that_becomes_readable_is_refused(store: FileKeyStore, folder: Path) -> None:
    """The check is made again when a key is first used, not only at the start."""
    (folder / "mac.secret").chmod(0o644)
    with pytest.raises(KeyStoreError, match="chmod 600"):
        store.mac("mac", b"", "sha256")


def test_an_open_folder_or_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    """A folder open to others, and a key that is a symbolic link, are refused."""
    (folder / "linked.secret").symlink_to(folder / "mac.secret")
    with pytest.raises(KeyStoreError, match="plain file"):
        FileKeyStore(folder, profile="sandbox")
    (folder / "linked.secret").unlink()
    folder.chmod(0o750)
    with pytest.raises(KeyStoreError, match="chmod 700"):
        FileKeyStore(folder, profile="sandbox")


def test_keys_are_never_overwritten(folder: Path) -> None:
    """Making a key of a name that exists fails, for any kind, and leaves the old one."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for create in MAKERS.values():
        with pytest.raises(KeyStoreError, match="never overwritten"):
            create(folder, "mac")
    with pytest.raises(KeyStoreError, match="cannot name a key"):
        keys.create_secret(folder, "../mac")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_destroyed_keys_are_gone(store: FileKeyStore, folder: Path) -> None:
    """A destroyed key is gone from folder and memory, its bytes were overwritten first."""
    store.mac("mac", b"", "sha256")
    descriptor = os.open(folder / "mac.secret", os.O_RDONLY)
    store.destroy("mac")
    store.destroy("mac")
    assert set(os.read(descriptor, 100)) == {0}
    os.close(descriptor)
    assert "mac" not in store.names()
    with pytest.raises(UnknownKey):
        store.mac("mac", b"", "sha256")


def test_nothing_private_comes_out(store: FileKeyStore, folder: Path) -> None:
    """No repr, vars, attribute or exception of store and handles shows a private value."""
    handle = store.scalar("scalar-1")
    store.sign("sign", b"x"), store.mac("mac", b"x", "sha512"), store.agree("box-1", b"\x09" * 32)
    held = [one for held in vars(store).values() if isinstance(held, dict) for one in held.values()]
    assert len(held) >= 4, "what was used is held"
    things = [store, handle, *vars(store).values(), *held]
    for thing in things:
        public = [getattr(thing, name) for name in dir(thing) if not name.startswith("_")]
        shown = f"{thing!r} {thing!s} {getattr(thing, '__dict__', '')} {public!r}".encode()
        assert not [text for text in private_texts(folder) if text in shown]
    assert private_texts(folder)
    (folder / "broken.scalar").write_text("ff" * 32)
    (folder / "broken.scalar").chmod(0o600)
    with pytest.raises(KeyStoreError) as caught:
        store.scalar("broken")
    assert "ff" * 8 not in str(caught.value)
    assert caught.value.__cause__ is None


def test_stores_and_handles_cannot_be_copied(store: FileKeyStore) -> None:
    """Neither the store nor a handle can be pickled or copied to another place."""
    for thing in (store, store.scalar("scalar-1")):
        for carry in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="secret"):
                carry(thing)
