from __future__ import annotations

import datetime
import hashlib
import ssl
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from whispr import tls
from whispr.errors import CertificateError, ConfigError, ConnectError
from whispr.relay import certificate

NOW = datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> certificate.CertificatePaths:
    return certificate.ensure(tmp_path_factory.mktemp("relay"), ["localhost", "127.0.0.1"], NOW)


@pytest.fixture
def relay_context(paths: certificate.CertificatePaths) -> ssl.SSLContext:
    return tls.relay_context(paths.certificate, paths.key)


def handshake(
    client: ssl.SSLContext, relay: ssl.SSLContext, host_name: str = "localhost"
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Both ends of a finished handshake, in memory."""
    to_client, to_relay = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_relay, server_hostname=host_name),
        relay.wrap_bio(to_relay, to_client, server_side=True),
    )
    unfinished = list(ends)
    for _ in range(10):
        for end in list(unfinished):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            unfinished.remove(end)
    assert not unfinished
    return ends


def plain_context(side: int, **attributes: object) -> ssl.SSLContext:
    """A peer that is not Whispr: no ALPN, any version."""
    context = ssl.SSLContext(side)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for name, value in attributes.items():
        setattr(context, name, value)
    return context


def test_both_ends_agree_on_tls_1_3_and_alpn(relay_context: ssl.SSLContext) -> None:
    client, relay = handshake(tls.client_context(), relay_context)
    for end in (client, relay):
        assert end.version() == "TLSv1.3"
        assert end.compression() is None
        tls.check_alpn(end)


def test_client_sees_the_relay_id_that_the_relay_announces(
    relay_context: ssl.SSLContext, paths: certificate.CertificatePaths
) -> None:
    client, _relay = handshake(tls.client_context(), relay_context)
    assert tls.peer_relay_id(client) == certificate.relay_ids(paths)


def test_relay_id_is_the_hash_of_the_public_key_info(paths: certificate.CertificatePaths) -> None:
    loaded = x509.load_pem_x509_certificate(paths.certificate.read_bytes())
    public_der = loaded.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    certificate_der = loaded.public_bytes(Encoding.DER)
    assert public_der in certificate_der
    assert tls.spki_sha256(certificate_der) == hashlib.sha256(public_der).digest()


@pytest.mark.parametrize("certificate_der", [b"", b"\x30\x00", b"no certificate" * 40])
def test_unreadable_certificate_is_a_certificate_error(certificate_der: bytes) -> None:
    with pytest.raises(CertificateError, match="cannot be read"):
        tls.spki_sha256(certificate_der)


def test_relay_sends_no_session_ticket(relay_context: ssl.SSLContext) -> None:
    client, relay = handshake(tls.client_context(), relay_context)
    relay.write(b"first")
    assert client.read(5) == b"first"
    assert client.session is None or not client.session.has_ticket
    assert relay_context.num_tickets == 0


@pytest.mark.parametrize("whispr_side", ["client", "relay"])
def test_tls_1_2_is_refused(whispr_side: str, paths: certificate.CertificatePaths) -> None:
    old = {"maximum_version": ssl.TLSVersion.TLSv1_2}
    if whispr_side == "client":
        client = tls.client_context()
        relay = plain_context(ssl.PROTOCOL_TLS_SERVER, **old)
        relay.load_cert_chain(paths.certificate, paths.key)
    else:
        client = plain_context(ssl.PROTOCOL_TLS_CLIENT, **old)
        relay = tls.relay_context(paths.certificate, paths.key)
    with pytest.raises(ssl.SSLError, match=r"(?i)version|protocol"):
        handshake(client, relay)


def test_missing_alpn_is_noticed_by_the_relay(relay_context: ssl.SSLContext) -> None:
    _client, relay = handshake(plain_context(ssl.PROTOCOL_TLS_CLIENT), relay_context)
    with pytest.raises(ConnectError, match="does not speak whispr/1"):
        tls.check_alpn(relay)


def test_missing_alpn_is_noticed_by_the_client(paths: certificate.CertificatePaths) -> None:
    other_service = plain_context(ssl.PROTOCOL_TLS_SERVER)
    other_service.load_cert_chain(paths.certificate, paths.key)
    client, _relay = handshake(tls.client_context(), other_service)
    with pytest.raises(ConnectError, match="does not speak whispr/1"):
        tls.check_alpn(client)


def test_peer_without_certificate_is_refused(relay_context: ssl.SSLContext) -> None:
    _client, relay = handshake(tls.client_context(), relay_context)
    with pytest.raises(CertificateError, match="no certificate"):
        tls.peer_relay_id(relay)


def test_relay_id_is_not_asked_before_the_handshake() -> None:
    unfinished = tls.client_context().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())
    with pytest.raises(CertificateError, match="not finished"):
        tls.peer_relay_id(unfinished)


@pytest.mark.parametrize(
    ("certificate_bytes", "key_bytes"),
    [(None, None), (b"", b""), (b"-----BEGIN nothing", b"junk")],
    ids=["missing", "empty", "junk"],
)
def test_unusable_files_are_a_config_error(
    tmp_path: Path, certificate_bytes: bytes | None, key_bytes: bytes | None
) -> None:
    for name, content in (("certificate", certificate_bytes), ("key", key_bytes)):
        if content is not None:
            (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match="cannot use the certificate"):
        tls.relay_context(tmp_path / "certificate", tmp_path / "key")


def test_key_of_another_certificate_is_a_config_error(
    tmp_path: Path, paths: certificate.CertificatePaths
) -> None:
    other = certificate.ensure(tmp_path, ["localhost"], NOW)
    with pytest.raises(ConfigError, match="cannot use the certificate"):
        tls.relay_context(paths.certificate, other.key)


def test_key_with_a_passphrase_is_a_config_error_and_asks_nobody(tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert("localhost")
    encrypted = tmp_path / "key"
    key = x509_key(issued.private_key_pem.bytes())
    encrypted.write_bytes(key)
    issued.cert_chain_pems[0].write_to_path(tmp_path / "certificate")
    with pytest.raises(ConfigError, match="passphrase"):
        tls.relay_context(tmp_path / "certificate", encrypted)


def x509_key(private_pem: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return serialization.load_pem_private_key(private_pem, None).private_bytes(
        Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )


@pytest.fixture
def authority(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """The authority's file, and a relay whose certificate it issued for localhost."""
    issuer = trustme.CA()
    issued = issuer.issue_cert("localhost")
    issuer.cert_pem.write_to_path(tmp_path / "authority.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "certificate.pem")
    context = tls.relay_context(tmp_path / "certificate.pem", tmp_path / "key.pem")
    return tmp_path / "authority.pem", context


def test_authority_vouches_for_a_relay_without_pin(
    authority: tuple[Path, ssl.SSLContext],
) -> None:
    authorities_path, relay = authority
    client, _relay = handshake(tls.client_ca_context(authorities_path), relay)
    tls.check_alpn(client)
    assert client.version() == "TLSv1.3"


def test_authority_context_refuses_another_name(authority: tuple[Path, ssl.SSLContext]) -> None:
    authorities_path, relay = authority
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(tls.client_ca_context(authorities_path), relay, "relay.example")
    assert isinstance(tls.transport_error(caught.value), CertificateError)


def test_authority_context_refuses_a_self_signed_relay(relay_context: ssl.SSLContext) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tls.client_ca_context(), relay_context)


def test_unusable_authorities_are_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot use the authorities"):
        tls.client_ca_context(tmp_path / "missing.pem")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TimeoutError(), "no connection in time"),
        (ConnectionRefusedError(111, "Connection refused"), "no connection: Connection refused"),
        (ssl.SSLError(1, "odd"), "the TLS handshake failed: odd"),
    ],
)
def test_connection_failures_become_connect_errors(error: OSError, text: str) -> None:
    mapped = tls.transport_error(error)
    assert isinstance(mapped, ConnectError)
    assert str(mapped).startswith(text)


def test_a_shared_store_must_be_vouched_for(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = tls.store_context(tmp_path / "ca.pem")
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    relay = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("store.example").configure_cert(relay)
    handshake(context, relay, "store.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(context, relay, "other.example")
    with pytest.raises(ConfigError, match="authorities"):
        tls.store_context(tmp_path / "none.pem")
