"""Files through a real relay on real TLS: up, down, cut in the middle, and gone."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.client.files.files_kit import MemoryRecord, ProgressLog, some_bytes
from whispr.client.clock import SystemClock
from whispr.client.content import Attachment
from whispr.client.files.download import Downloader
from whispr.client.files.incoming import STORED
from whispr.client.files.outgoing import PreparedFile, prepare
from whispr.client.files.reading import open_stored
from whispr.client.files.spool import Spool
from whispr.client.files.upload import Uploader, permanent_failure
from whispr.client.session import Session
from whispr.client.store.attachment import AttachmentState
from whispr.errors import ConnectionClosedError, PayloadTooLargeError
from whispr.protocol.codes import Scope
from whispr.protocol.signatures import SigningKey
from whispr.protocol.signing import mailbox_id
from whispr.relay.clock import SystemClock as RelaySystemClock
from whispr.relay.config import RelayConfig
from whispr.relay.log import Log
from whispr.relay.relay import Relay

CLOCK = SystemClock()
SENDER, OWNER = SigningKey(b"s" * 32), SigningKey(b"o" * 32)
MAILBOX = mailbox_id(OWNER.public)
NINE_MEGABYTES = some_bytes(9_000_000)

Start = Callable[..., Awaitable[Relay]]
Connect = Callable[[Relay], Awaitable[Session]]


@pytest.fixture
async def start_relay(tmp_path: Path) -> AsyncIterator[Start]:
    async with contextlib.AsyncExitStack() as stack:

        async def start(**settings: object) -> Relay:
            config = RelayConfig(
                listen=("127.0.0.1:0",), data=tmp_path / "relay", drain_seconds=0.05, **settings
            )
            relay = Relay(config, log=Log(RelaySystemClock(), write=lambda line: None))
            await relay.start()
            stack.push_async_callback(relay.stop)
            return relay

        yield start


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    async with contextlib.AsyncExitStack() as stack:

        async def connect(relay: Relay) -> Session:
            session = await Session.connect(
                relay.address, clock=CLOCK, on_push=lambda frame: None, random_bytes=os.urandom
            )
            stack.push_async_callback(session.aclose)
            await session.authenticate(Scope.SEND, SENDER)
            return session

        yield connect


@pytest.fixture
async def prepared(tmp_path: Path) -> PreparedFile:
    source = tmp_path / "Holiday film.mp4"
    source.write_bytes(NINE_MEGABYTES)
    return await prepare(sender_spool(tmp_path), source)


def sender_spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "sender")


async def upload(
    session: Session, tmp_path: Path, prepared: PreparedFile, progress: ProgressLog
) -> int:
    uploader = Uploader(session, sender_spool(tmp_path), clock=CLOCK)
    return await uploader.upload(
        prepared.attachment, prepared.spool_name, MAILBOX, progress=progress
    )


def received(spool: Spool, record: MemoryRecord, attachment: Attachment) -> bytes:
    return b"".join(open_stored(spool, record.spool_name, attachment))


@pytest.mark.parametrize("store", ["memory", "spool"])
async def test_nine_megabytes_arrive(
    start_relay: Start, connect: Connect, tmp_path: Path, prepared: PreparedFile, store: str
) -> None:
    relay = await start_relay(blob_store=store)
    session = await connect(relay)
    up, down = ProgressLog(), ProgressLog()
    assert await upload(session, tmp_path, prepared, up) > 0
    spool, record = Spool(tmp_path / "recipient"), MemoryRecord()
    downloader = Downloader(await connect(relay), spool, clock=CLOCK)
    assert await downloader.download(prepared.attachment, record, progress=down) == STORED
    assert received(spool, record, prepared.attachment) == NINE_MEGABYTES
    up.assert_monotone_to(len(NINE_MEGABYTES))
    down.assert_monotone_to(len(NINE_MEGABYTES))


class Cutter(ProgressLog):
    """Pulls the plug in the middle."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def __call__(self, done_bytes: int, total_bytes: int) -> None:
        super().__call__(done_bytes, total_bytes)
        if done_bytes > total_bytes // 2:
            self._session.abort("the plug was pulled")


async def test_both_ways_go_on_after_a_cut(
    start_relay: Start, connect: Connect, tmp_path: Path, prepared: PreparedFile
) -> None:
    relay = await start_relay()
    session = await connect(relay)
    with pytest.raises(ConnectionClosedError):
        await upload(session, tmp_path, prepared, Cutter(session))
    rest = ProgressLog()
    await upload(await connect(relay), tmp_path, prepared, rest)
    assert rest.seen[0][0] > len(NINE_MEGABYTES) // 3

    spool, record = Spool(tmp_path / "recipient"), MemoryRecord()
    session = await connect(relay)
    with pytest.raises(ConnectionClosedError):
        await Downloader(session, spool, clock=CLOCK).download(
            prepared.attachment, record, progress=Cutter(session)
        )
    rest = ProgressLog()
    downloader = Downloader(await connect(relay), spool, clock=CLOCK)
    assert await downloader.download(prepared.attachment, record, progress=rest) == STORED
    assert rest.seen[0][0] > len(NINE_MEGABYTES) // 3
    assert received(spool, record, prepared.attachment) == NINE_MEGABYTES


async def test_a_relay_that_has_forgotten_says_gone(
    start_relay: Start, connect: Connect, tmp_path: Path, prepared: PreparedFile
) -> None:
    relay = await start_relay()
    downloader = Downloader(await connect(relay), Spool(tmp_path / "recipient"), clock=CLOCK)
    outcome = await downloader.download(prepared.attachment, MemoryRecord())
    assert outcome.state is AttachmentState.GONE


async def test_too_large_for_the_relay_is_final(
    start_relay: Start, connect: Connect, tmp_path: Path, prepared: PreparedFile
) -> None:
    relay = await start_relay(blob_max_bytes=1_000_000)
    with pytest.raises(PayloadTooLargeError) as caught:
        await upload(await connect(relay), tmp_path, prepared, ProgressLog())
    assert permanent_failure(caught.value) is not None


async def test_a_slow_limit_is_waited_for(
    start_relay: Start, connect: Connect, tmp_path: Path
) -> None:
    source = tmp_path / "small"
    source.write_bytes(some_bytes(1_000_000))
    prepared = await prepare(sender_spool(tmp_path), source)
    relay = await start_relay(blob_bytes_per_second=16 * 1024 * 1024, blob_burst_bytes=300_000)
    log = ProgressLog()
    assert await upload(await connect(relay), tmp_path, prepared, log) > 0
    log.assert_monotone_to(1_000_000)
