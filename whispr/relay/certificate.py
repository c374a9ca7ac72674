"""The relay's certificate and keys on disk: made at first start, renewed, followed by a next key.

`relay.pem` in the data folder holds key and certificate together, so that one atomic rename
replaces both; `next.key` is a key that is announced before it is used. Nothing here overwrites a
key that clients may have pinned, unless it was asked to.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import ipaddress
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from whispr import tls
from whispr.errors import ConfigError

VALIDITY = datetime.timedelta(days=3650)
"""Clients trust the key, not the date; a short life would only break relays that nobody tends."""
CLOCK_TOLERANCE = datetime.timedelta(days=1)
_MAX_COMMON_NAME_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class CertificatePaths:
    """Where a relay's certificate and keys lie; `certificate` and `key` may be one file."""

    certificate: Path
    key: Path
    next_key: Path

    @property
    def is_own(self) -> bool:
        """Whether this module made them; otherwise they come from an authority (ACME)."""
        return self.certificate == self.key


@dataclass(frozen=True, slots=True)
class CertificateInfo:
    """What `whispr cert` shows."""

    relay_id: bytes
    next_relay_id: bytes | None
    host_names: tuple[str, ...]
    not_before: datetime.datetime
    not_after: datetime.datetime


def own_paths(data_dir: Path) -> CertificatePaths:
    """Where `ensure` keeps the files of a data folder."""
    return CertificatePaths(data_dir / "relay.pem", data_dir / "relay.pem", data_dir / "next.key")


def ensure(data_dir: Path, host_names: Sequence[str], now: datetime.datetime) -> CertificatePaths:
    """Make a P-256 key and a self-signed certificate unless there are some; safe to race.

    `host_names` are DNS names or IP addresses. An existing file is used as it is, whatever names
    it carries. Raises ConfigError when the folder cannot be written or the files are unusable.
    """
    paths = own_paths(data_dir)
    if not paths.certificate.exists():
        with _mapped(f"cannot write the relay's key in {data_dir}"):
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            content = _bundle(ec.generate_private_key(ec.SECP256R1()), host_names, now)
            _write_private(paths.certificate, content, replace=False)
    tls.relay_context(paths.certificate, paths.key)
    return paths


def renew(
    paths: CertificatePaths,
    host_names: Sequence[str],
    now: datetime.datetime,
    *,
    reuse_key: bool = True,
) -> None:
    """Replace an own certificate by one that is valid from `now`.

    Without `reuse_key` the relay id changes at once and every relay address goes stale:
    `make_next_key` and `promote_next_key` do that without stranding anyone. Raises ConfigError for
    files that an authority issued.
    """
    _require_own(paths)
    key = _load_key(paths.key) if reuse_key else ec.generate_private_key(ec.SECP256R1())
    with _mapped(f"cannot write {paths.certificate}"):
        _write_private(paths.certificate, _bundle(key, host_names, now), replace=True)


def make_next_key(paths: CertificatePaths) -> bytes:
    """Make the key that will follow, unless there is one; returns its relay id (32 bytes).

    From its next reload on the relay announces it as its second id. Raises ConfigError.
    """
    if not paths.next_key.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        with _mapped(f"cannot write {paths.next_key}"):
            _write_private(paths.next_key, _private_pem(key), replace=False)
    return _key_id(_load_key(paths.next_key))


def promote_next_key(
    paths: CertificatePaths, host_names: Sequence[str], now: datetime.datetime
) -> None:
    """Make the announced key the relay's key, with a new certificate.

    Interrupted between its two steps it may be run again. Raises ConfigError without a next key.
    """
    _require_own(paths)
    if not paths.next_key.exists():
        raise ConfigError("there is no next key; make and announce one first")
    key = _load_key(paths.next_key)
    with _mapped(f"cannot write {paths.certificate}"):
        _write_private(paths.certificate, _bundle(key, host_names, now), replace=True)
        paths.next_key.unlink()


def relay_ids(paths: CertificatePaths) -> bytes:
    """The ids that the relay answers to: 32 bytes, or 64 with a next key; the current one first."""
    current = tls.spki_sha256(_load_certificate(paths).public_bytes(Encoding.DER))
    if not paths.next_key.exists():
        return current
    following = _key_id(_load_key(paths.next_key))
    return current if following == current else current + following


def not_after(paths: CertificatePaths) -> datetime.datetime:
    """When the certificate expires (UTC)."""
    return _load_certificate(paths).not_valid_after_utc


def inspect(paths: CertificatePaths) -> CertificateInfo:
    """Read the certificate and the keys. Raises ConfigError when one of them cannot be used."""
    certificate, ids = _load_certificate(paths), relay_ids(paths)
    return CertificateInfo(
        relay_id=ids[:32],
        next_relay_id=ids[32:] or None,
        host_names=_host_names(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _bundle(
    key: ec.EllipticCurvePrivateKey, host_names: Sequence[str], now: datetime.datetime
) -> bytes:
    """Key and certificate as one PEM text."""
    certificate = _self_signed(key, host_names, now)
    return _private_pem(key) + certificate.public_bytes(Encoding.PEM)


def _self_signed(
    key: ec.EllipticCurvePrivateKey, host_names: Sequence[str], now: datetime.datetime
) -> x509.Certificate:
    names = [_general_name(host_name) for host_name in host_names]
    common_name = next(
        (host_name for host_name in host_names if len(host_name) <= _MAX_COMMON_NAME_CHARACTERS),
        "Whispr relay",
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name or "Whispr relay")])
    subject_key = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_TOLERANCE)
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(subject_key, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject_key), False
        )
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256())


def _general_name(host_name: str) -> x509.GeneralName:
    with contextlib.suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(host_name))
    try:
        return x509.DNSName(host_name.encode("idna").decode("ascii"))
    except (UnicodeError, ValueError) as error:
        raise ConfigError(f"{host_name[:80]!r} is not a host name") from error


def _host_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value) for name in names)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _key_id(key: ec.EllipticCurvePrivateKey) -> bytes:
    public_der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public_der).digest()


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"cannot use the key in {path}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError(f"the key in {path} is not an elliptic-curve key")
    return key


def _load_certificate(paths: CertificatePaths) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(paths.certificate.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot use the certificate in {paths.certificate}") from error


def _require_own(paths: CertificatePaths) -> None:
    if not paths.is_own:
        raise ConfigError(f"{paths.certificate} came from elsewhere; renew it where it was issued")


@contextlib.contextmanager
def _mapped(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{what}: {error.strerror or error}") from error


def _write_private(path: Path, content: bytes, *, replace: bool) -> None:
    """Write for this user only, all or nothing; without `replace` an existing file stays.

    The file has its permissions before it has its content, and reaches the disk before its name.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if replace:
            os.replace(draft, path)
        else:
            _rename_unless_there(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _rename_unless_there(draft: Path, path: Path) -> None:
    with contextlib.suppress(FileExistsError):
        if os.name == "nt":
            os.rename(draft, path)  # refuses to overwrite there, and only there
        else:
            os.link(draft, path)
