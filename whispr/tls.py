"""The TLS policy of both ends: TLS 1.3 only, ALPN `whispr/1`, relays known by their key.

A relay id is the SHA-256 of the certificate's SubjectPublicKeyInfo (DER): the "pin" of a relay
address. It stays the same when a certificate is renewed for the same key.
"""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from whispr.errors import CertificateError, ConfigError, ConnectError, TransportError
from whispr.protocol.limits import ALPN

TlsObject = ssl.SSLObject | ssl.SSLSocket


def relay_context(certificate_path: Path, key_path: Path) -> ssl.SSLContext:
    """The relay's side. Build a new context for each reload: loading into a living one that then
    fails would break every later handshake.

    Raises ConfigError when the files cannot be read or do not belong together.
    """
    context = _strict(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    # Sessions are never resumed: tickets would only make the handshake longer.
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET
    try:
        context.load_cert_chain(certificate_path, key_path, password=_refuse_password)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"cannot use the certificate {certificate_path} with the key {key_path}: "
            f"{getattr(error, 'reason', None) or getattr(error, 'strerror', None) or error}"
        ) from error
    return context


def store_context(authorities_path: Path | None = None) -> ssl.SSLContext:
    """The relay's side of a TLS connection to a shared store, whose name must be vouched for.

    `authorities_path` is a PEM file used instead of the system's authorities. Raises ConfigError
    when it is unusable.
    """
    try:
        context = ssl.create_default_context(cafile=authorities_path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot use the authorities in {authorities_path}: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def client_context() -> ssl.SSLContext:
    """The client's side for a pinned relay: any certificate passes the handshake.

    The caller must compare `peer_relay_id` with the pin before it sends a byte.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _strict(context)


def client_ca_context(authorities_path: Path | None = None) -> ssl.SSLContext:
    """The client's side for a relay without a pin: the system's authorities vouch for its name.

    `authorities_path` is a PEM file used instead of them. Raises ConfigError when it is unusable.
    """
    try:
        context = ssl.create_default_context(cafile=authorities_path)
    except OSError as error:
        raise ConfigError(f"cannot use the authorities in {authorities_path}") from error
    return _strict(context)


def spki_sha256(certificate_der: bytes) -> bytes:
    """The relay id (32 bytes) that a certificate stands for. Raises CertificateError."""
    try:
        public_key = x509.load_der_x509_certificate(certificate_der).public_key()
        spki = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CertificateError("the relay's certificate cannot be read") from error
    return hashlib.sha256(spki).digest()


def peer_relay_id(tls_object: TlsObject) -> bytes:
    """The relay id (32 bytes) of the certificate that the peer proved in this handshake.

    Raises CertificateError when there was none or it cannot be read.
    """
    try:
        certificate_der = tls_object.getpeercert(binary_form=True)
    except ValueError as error:
        raise CertificateError("the handshake is not finished") from error
    if not certificate_der:
        raise CertificateError("the relay showed no certificate")
    return spki_sha256(certificate_der)


def check_alpn(tls_object: TlsObject) -> None:
    """Raise ConnectError unless both ends agreed on `whispr/1`.

    OpenSSL finishes a handshake without ALPN, so each end has to look.
    """
    if tls_object.selected_alpn_protocol() != ALPN:
        raise ConnectError(f"the other end does not speak {ALPN}")


def transport_error(error: OSError) -> TransportError:
    """The Whispr error for what a connection attempt raised; raise it `from` the original."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return CertificateError(f"the certificate is not valid: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "reason", None) or error.args[-1]
        return ConnectError(f"the TLS handshake failed: {reason}")
    if isinstance(error, TimeoutError):
        return ConnectError("no connection in time")
    return ConnectError(f"no connection: {error.strerror or error}")


def _strict(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.maximum_version = ssl.TLSVersion.TLSv1_3
    context.options |= ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols([ALPN])
    return context


def _refuse_password() -> str:
    """OpenSSL would otherwise ask on the terminal of a service that has none."""
    raise ValueError("the key is encrypted with a passphrase; a relay needs it without one")
