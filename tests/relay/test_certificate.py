from __future__ import annotations

import datetime
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from whispr import tls
from whispr.errors import ConfigError
from whispr.relay import certificate
from whispr.relay.certificate import CertificatePaths

NOW = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(days=400)
NAMES = ["relay.example", "127.0.0.1", "::1"]


@pytest.fixture
def paths(tmp_path: Path) -> CertificatePaths:
    return certificate.ensure(tmp_path / "data", NAMES, NOW)


def load(paths: CertificatePaths) -> x509.Certificate:
    return x509.load_pem_x509_certificate(paths.certificate.read_bytes())


def test_first_start_makes_a_usable_p256_certificate(paths: CertificatePaths) -> None:
    made = load(paths)
    public_key = made.public_key()
    assert isinstance(public_key, ec.EllipticCurvePublicKey)
    assert public_key.curve.name == "secp256r1"
    made.verify_directly_issued_by(made)
    assert made.not_valid_before_utc < NOW < made.not_valid_after_utc
    assert made.not_valid_after_utc == NOW + certificate.VALIDITY
    tls.relay_context(paths.certificate, paths.key)


def test_second_start_changes_nothing(paths: CertificatePaths) -> None:
    before = paths.certificate.read_bytes()
    again = certificate.ensure(paths.certificate.parent, ["other.example"], LATER)
    assert again == paths
    assert paths.certificate.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no permission bits")
def test_key_files_belong_to_the_user_alone(paths: CertificatePaths) -> None:
    certificate.make_next_key(paths)
    for path in (paths.key, paths.next_key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.key.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no permission bits")
def test_key_has_its_permissions_before_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []

    def fsync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        seen.append((stat.S_IMODE(status.st_mode), status.st_size))

    original = os.open

    def watched(path: Path, flags: int, mode: int) -> int:
        descriptor = original(path, flags, mode)
        fsync(descriptor)
        return descriptor

    monkeypatch.setattr(certificate.os, "open", watched)
    monkeypatch.setattr(certificate.os, "fsync", fsync)
    certificate.ensure(tmp_path, NAMES, NOW)
    assert seen[0] == (0o600, 0)
    assert seen[1][0] == 0o600
    assert seen[1][1] > 0


def test_failed_write_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(certificate.os, "fsync", full_disk)
    with pytest.raises(ConfigError, match="No space left"):
        certificate.ensure(tmp_path / "data", NAMES, NOW)
    assert list((tmp_path / "data").iterdir()) == []


def test_failed_renewal_keeps_the_old_certificate(
    paths: CertificatePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = paths.certificate.read_bytes()

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(certificate.os, "fsync", full_disk)
    with pytest.raises(ConfigError, match="No space left"):
        certificate.renew(paths, NAMES, LATER)
    assert paths.certificate.read_bytes() == before
    assert list(paths.certificate.parent.iterdir()) == [paths.certificate]


def test_relays_that_start_together_share_one_key(tmp_path: Path) -> None:
    def start(_: int) -> bytes:
        return certificate.relay_ids(certificate.ensure(tmp_path / "data", NAMES, NOW))

    with ThreadPoolExecutor(max_workers=8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["relay.pem"]


def test_broken_file_is_reported_and_kept(tmp_path: Path) -> None:
    (tmp_path / "relay.pem").write_text("half a key")
    with pytest.raises(ConfigError, match="cannot use the certificate"):
        certificate.ensure(tmp_path, NAMES, NOW)
    assert (tmp_path / "relay.pem").read_text() == "half a key"


def test_folder_that_cannot_be_made_is_a_config_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot write the relay's key"):
        certificate.ensure(tmp_path / "file" / "data", NAMES, NOW)


def test_host_names_are_in_the_certificate(paths: CertificatePaths) -> None:
    assert certificate.inspect(paths).host_names == tuple(NAMES)


def test_certificate_without_host_names(tmp_path: Path) -> None:
    assert certificate.inspect(certificate.ensure(tmp_path, [], NOW)).host_names == ()


def test_long_and_international_host_names(tmp_path: Path) -> None:
    names = ["bücher.example", ".".join(["a" * 60] * 3)]
    paths = certificate.ensure(tmp_path, names, NOW)
    assert certificate.inspect(paths).host_names == ("xn--bcher-kva.example", names[1])


@pytest.mark.parametrize("name", ["a" * 64 + ".example", "two..dots"])
def test_impossible_host_name_is_a_config_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="is not a host name"):
        certificate.ensure(tmp_path, [name], NOW)
    assert list(tmp_path.iterdir()) == []


def test_renewal_keeps_the_relay_id(paths: CertificatePaths) -> None:
    before, ids = load(paths), certificate.relay_ids(paths)
    certificate.renew(paths, ["new.example"], LATER)
    assert certificate.relay_ids(paths) == ids
    assert load(paths).serial_number != before.serial_number
    assert certificate.not_after(paths) == LATER + certificate.VALIDITY
    assert certificate.inspect(paths).host_names == ("new.example",)
    tls.relay_context(paths.certificate, paths.key)


def test_renewal_with_another_key_changes_the_relay_id(paths: CertificatePaths) -> None:
    before = certificate.relay_ids(paths)
    certificate.renew(paths, NAMES, LATER, reuse_key=False)
    assert certificate.relay_ids(paths) != before
    tls.relay_context(paths.certificate, paths.key)


def test_next_key_is_announced_second(paths: CertificatePaths) -> None:
    current = certificate.relay_ids(paths)
    following = certificate.make_next_key(paths)
    assert len(current) == len(following) == 32
    assert certificate.relay_ids(paths) == current + following
    information = certificate.inspect(paths)
    assert (information.relay_id, information.next_relay_id) == (current, following)


def test_next_key_is_made_once(paths: CertificatePaths) -> None:
    assert certificate.make_next_key(paths) == certificate.make_next_key(paths)


def test_promotion_moves_to_the_announced_key(paths: CertificatePaths) -> None:
    following = certificate.make_next_key(paths)
    certificate.promote_next_key(paths, NAMES, LATER)
    assert certificate.relay_ids(paths) == following
    assert not paths.next_key.exists()
    assert certificate.inspect(paths).next_relay_id is None
    tls.relay_context(paths.certificate, paths.key)


def test_interrupted_promotion_can_be_run_again(
    paths: CertificatePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = certificate.make_next_key(paths)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda *_args, **_kwargs: killed())
        with pytest.raises(KeyboardInterrupt):
            certificate.promote_next_key(paths, NAMES, LATER)
    assert paths.next_key.exists()
    assert certificate.relay_ids(paths) == following
    certificate.promote_next_key(paths, NAMES, LATER)
    assert not paths.next_key.exists()
    assert certificate.relay_ids(paths) == following


def killed() -> None:
    raise KeyboardInterrupt


def test_promotion_without_a_next_key_is_a_config_error(paths: CertificatePaths) -> None:
    before = paths.certificate.read_bytes()
    with pytest.raises(ConfigError, match="no next key"):
        certificate.promote_next_key(paths, NAMES, LATER)
    assert paths.certificate.read_bytes() == before


def test_certificate_of_an_authority_is_not_touched(
    paths: CertificatePaths, tmp_path: Path
) -> None:
    issued = CertificatePaths(paths.certificate, tmp_path / "other.pem", paths.next_key)
    for act in (certificate.renew, certificate.promote_next_key):
        with pytest.raises(ConfigError, match="came from elsewhere"):
            act(issued, NAMES, LATER)
    assert len(certificate.relay_ids(issued)) == 32


@pytest.mark.parametrize("content", [b"", b"no key"])
def test_unusable_next_key_is_a_config_error(paths: CertificatePaths, content: bytes) -> None:
    paths.next_key.write_bytes(content)
    for act in (certificate.relay_ids, certificate.make_next_key, certificate.inspect):
        with pytest.raises(ConfigError, match="cannot use the key"):
            act(paths)


def test_next_key_of_another_kind_is_a_config_error(paths: CertificatePaths) -> None:
    other = ed25519.Ed25519PrivateKey.generate()
    paths.next_key.write_bytes(
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    with pytest.raises(ConfigError, match="not an elliptic-curve key"):
        certificate.relay_ids(paths)


def test_missing_certificate_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot use the certificate"):
        certificate.not_after(certificate.own_paths(tmp_path))
