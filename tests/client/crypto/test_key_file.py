"""Key files: a known answer, every changed byte, weakened parameters, one KDF, no secret shown."""

from __future__ import annotations

import hashlib
import hmac
import traceback
from dataclasses import replace

import pytest

from whispr.client.crypto.kdf import (
    Argon2idParameters,
    KdfBounds,
    KdfParameters,
    ScryptParameters,
    derive_master,
)
from whispr.client.crypto.key_file import (
    HEADER_BYTES,
    MAX_KEY_FILE_BYTES,
    OVERHEAD_BYTES,
    KeyFileHeader,
    open_key_file,
    read_header,
    seal_key_file,
)
from whispr.errors import (
    CorruptFileError,
    DeviceSecretMissingError,
    InvalidKeyError,
    StorageError,
    UnsupportedFormatError,
    WrongPinError,
)

SMALL = ScryptParameters(log2_n=2)
SMALL_BOUNDS = KdfBounds(
    scrypt_log2_n=(2, 20), argon2id_memory_kib=(8, 1024 * 1024), argon2id_passes=(1, 10)
)
SALT = bytes(range(32))
NONCE = bytes(range(100, 124))
DEVICE_SECRET = bytes(range(200, 232))
PAYLOAD = b"payload of a key file"
PIN = "correct pin 4711"


def seal(
    payload: bytes = PAYLOAD,
    secret: str = PIN,
    *,
    kdf: KdfParameters = SMALL,
    device_secret: bytes | None = None,
) -> bytes:
    return seal_key_file(
        payload,
        secret,
        kdf=kdf,
        salt=SALT,
        nonce=NONCE,
        device_secret=device_secret,
        bounds=SMALL_BOUNDS,
    )


def unseal(data: bytes, secret: str = PIN, device_secret: bytes | None = None) -> bytes:
    return open_key_file(data, secret, device_secret, bounds=SMALL_BOUNDS)


class CountingKdf:
    """The real derivation, counted."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, secret: str, salt: bytes, parameters: KdfParameters) -> bytes:
        self.calls += 1
        return derive_master(secret, salt, parameters)


# Computed once by this module from the inputs above; a change of these literals means that people
# can no longer open their files.
KNOWN_PLAIN = (
    "5753504b010100000000020000000800000001000102030405060708090a0b0c0d0e0f1011121314"
    "15161718191a1b1c1d1e1f6465666768696a6b6c6d6e6f707172737475767778797a7bb836d04c01"
    "1fb3e4e0e4cb98b5356db1f42348b104f9e71f2a061e723749309e5ca13063c364f8b25d635507f0"
    "4aaee5c9a9f025a998badc919190e062bfbd2a031d2b293b"
)
KNOWN_WITH_DEVICE = (
    "5753504b010101000000020000000800000001000102030405060708090a0b0c0d0e0f1011121314"
    "15161718191a1b1c1d1e1f6465666768696a6b6c6d6e6f707172737475767778797a7b2046cd2c96"
    "ce15f13386fc1b22f59be0b8ff2e587ed32d5f89522281204f38f4818c48421c72e34e64d25408bc"
    "21d1f04b72c9b8bc0eda9c531274a444c21c0db1bc062b8a"
)


def test_known_file_opens_and_is_written_again() -> None:
    assert seal().hex() == KNOWN_PLAIN
    assert unseal(bytes.fromhex(KNOWN_PLAIN)) == PAYLOAD


def test_known_file_with_a_device_secret() -> None:
    assert seal(device_secret=DEVICE_SECRET).hex() == KNOWN_WITH_DEVICE
    assert unseal(bytes.fromhex(KNOWN_WITH_DEVICE), PIN, DEVICE_SECRET) == PAYLOAD


def test_layout_is_as_documented() -> None:
    data = seal()
    assert data[:7] == b"WSPK\x01\x01\x00"
    assert data[7:19] == bytes.fromhex("000000020000000800000001")
    assert data[19:51] == SALT
    assert data[51:75] == NONCE
    assert HEADER_BYTES == 75
    assert len(data) == OVERHEAD_BYTES + len(PAYLOAD) == 75 + 16 + len(PAYLOAD) + 32
    master = hashlib.scrypt(PIN.encode(), salt=SALT, n=4, r=8, p=1, dklen=64)
    assert data[-32:] == hmac.new(master[32:], data[:-32], hashlib.sha256).digest()


@pytest.mark.parametrize("payload", [b"", b"\0", b"x" * (MAX_KEY_FILE_BYTES - OVERHEAD_BYTES)])
def test_any_payload_that_fits_comes_back(payload: bytes) -> None:
    assert unseal(seal(payload)) == payload


def test_argon2id_file_opens() -> None:
    assert unseal(seal(kdf=Argon2idParameters(passes=1, memory_kib=64))) == PAYLOAD


def test_wrong_secret_opens_nothing() -> None:
    for secret in ("", "correct pin 4712", "Correct pin 4711", PIN + " "):
        with pytest.raises(WrongPinError):
            unseal(seal(), secret)


@pytest.mark.parametrize("device_secret", [None, DEVICE_SECRET], ids=["without", "with"])
def test_every_changed_byte_is_refused(device_secret: bytes | None) -> None:
    data = seal(device_secret=device_secret)
    bounds = replace(SMALL_BOUNDS, scrypt_log2_n=(2, 6))
    for position in range(len(data)):
        for flip in (0x01, 0x80):
            changed = bytearray(data)
            changed[position] ^= flip
            with pytest.raises(StorageError) as caught:
                open_key_file(bytes(changed), PIN, DEVICE_SECRET, bounds=bounds)
            assert type(caught.value) in (WrongPinError, CorruptFileError, UnsupportedFormatError)


def test_every_truncation_is_refused() -> None:
    data = seal()
    for size in range(len(data)):
        with pytest.raises((WrongPinError, CorruptFileError)):
            unseal(data[:size])
    with pytest.raises(WrongPinError):
        unseal(data + b"\0")
    with pytest.raises(CorruptFileError):
        unseal(data + bytes(MAX_KEY_FILE_BYTES))


@pytest.mark.parametrize(
    "weakened",
    [
        ScryptParameters(log2_n=14),
        ScryptParameters(log2_n=1),
        ScryptParameters(log2_n=21),
        ScryptParameters(log2_n=0xFFFF_FFFF),
        ScryptParameters(block_size=1),
        ScryptParameters(parallelism=0xFFFF_FFFF),
        Argon2idParameters(memory_kib=32 * 1024),
        Argon2idParameters(memory_kib=0xFFFF_FFFF),
    ],
)
def test_header_out_of_bounds_is_refused_before_the_kdf_runs(weakened: KdfParameters) -> None:
    kdf = CountingKdf()
    header = KeyFileHeader(weakened, False, SALT, NONCE).encode()
    with pytest.raises(UnsupportedFormatError):
        open_key_file(header + seal()[HEADER_BYTES:], PIN, derive=kdf)
    with pytest.raises(UnsupportedFormatError):
        seal_key_file(PAYLOAD, PIN, kdf=weakened, salt=SALT, nonce=NONCE, derive=kdf)
    assert kdf.calls == 0


def test_weakened_but_allowed_parameters_are_refused() -> None:
    data = seal(kdf=ScryptParameters(log2_n=3))
    header = replace(read_header(data), parameters=SMALL).encode()
    with pytest.raises(WrongPinError):
        unseal(header + data[HEADER_BYTES:])


def test_a_file_that_was_really_made_with_weak_parameters_is_refused() -> None:
    with pytest.raises(UnsupportedFormatError):
        open_key_file(seal(), PIN)


def test_the_floor_itself_is_accepted() -> None:
    floor = ScryptParameters(log2_n=15)
    data = seal_key_file(PAYLOAD, PIN, kdf=floor, salt=SALT, nonce=NONCE)
    assert open_key_file(data, PIN) == PAYLOAD


def test_opening_runs_the_kdf_exactly_once() -> None:
    kdf = CountingKdf()
    assert open_key_file(seal(), PIN, bounds=SMALL_BOUNDS, derive=kdf) == PAYLOAD
    assert kdf.calls == 1
    with pytest.raises(WrongPinError):
        open_key_file(seal(), "wrong", bounds=SMALL_BOUNDS, derive=kdf)
    assert kdf.calls == 2


def test_changing_the_pin_keeps_the_payload() -> None:
    payload = unseal(seal())
    changed = seal(payload, "another secret")
    assert unseal(changed, "another secret") == PAYLOAD
    with pytest.raises(WrongPinError):
        unseal(changed, PIN)


def test_device_secret_is_needed_where_it_was_used() -> None:
    kdf = CountingKdf()
    data = seal(device_secret=DEVICE_SECRET)
    assert read_header(data).needs_device_secret
    with pytest.raises(DeviceSecretMissingError):
        open_key_file(data, PIN, bounds=SMALL_BOUNDS, derive=kdf)
    assert kdf.calls == 0
    with pytest.raises(WrongPinError):
        unseal(data, PIN, bytes(32))
    assert unseal(data, PIN, DEVICE_SECRET) == PAYLOAD


def test_device_secret_is_left_unused_where_it_was_not_used() -> None:
    assert not read_header(seal()).needs_device_secret
    assert unseal(seal(), PIN, DEVICE_SECRET) == PAYLOAD


def test_newer_files_are_named_as_such() -> None:
    data = seal()
    for changed in (
        data[:4] + b"\x02" + data[5:],
        data[:5] + b"\x03" + data[6:],
        data[:6] + b"\x02" + data[7:],
    ):
        with pytest.raises(UnsupportedFormatError):
            unseal(changed)
    with pytest.raises(CorruptFileError, match="not a key file"):
        unseal(b"PK\x03\x04" + data[4:])


def test_box_that_does_not_open_under_a_good_hmac_is_corrupt() -> None:
    data = seal()
    master = derive_master(PIN, SALT, SMALL)
    damaged = data[:HEADER_BYTES] + bytes(len(data) - HEADER_BYTES - 32)
    with pytest.raises(CorruptFileError):
        unseal(damaged + hmac.digest(master[32:], damaged, "sha256"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"salt": bytes(31)},
        {"nonce": bytes(25)},
        {"device_secret": bytes(16)},
        {"payload": bytes(MAX_KEY_FILE_BYTES)},
    ],
)
def test_wrong_sizes_are_refused_when_sealing(wrong: dict[str, bytes]) -> None:
    arguments: dict[str, bytes] = {"payload": PAYLOAD, "salt": SALT, "nonce": NONCE} | wrong
    with pytest.raises(InvalidKeyError):
        seal_key_file(
            arguments["payload"],
            PIN,
            kdf=SMALL,
            salt=arguments["salt"],
            nonce=arguments["nonce"],
            device_secret=arguments.get("device_secret"),
            bounds=SMALL_BOUNDS,
        )


def test_no_error_shows_the_secret_or_the_payload() -> None:
    damaged = seal()[:-1] + b"?"
    for data, secret in ((seal(), "wrong 271828"), (damaged, PIN), (seal()[:90], PIN)):
        with pytest.raises(StorageError) as caught:
            unseal(data, secret)
        shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
        assert secret not in shown
        assert PAYLOAD.decode() not in shown
