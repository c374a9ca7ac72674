"""The rules for a relay, continued: subscription, acknowledgement, limits of a mailbox, blobs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator

from whispr.conformance.relay_rules import RELAY_RULES
from whispr.conformance.rules import require
from whispr.conformance.scene import (
    Mailbox,
    RelayUnderTest,
    accepted,
    envelope_to,
    fresh_key,
    offer,
)
from whispr.conformance.wire import Wire, refusal
from whispr.protocol import frames
from whispr.protocol.blob import blob_id, missing_parts, part_count, token_hash
from whispr.protocol.codes import Capability, ErrorCode, GoawayReason
from whispr.protocol.limits import PART_BYTES
from whispr.protocol.signing import sha256

__all__ = ["RELAY_RULES"]

rule = RELAY_RULES.rule


async def deliver(relay: RelayUnderTest, mailbox: Mailbox, count: int) -> list[bytes]:
    """Put so many envelopes into a mailbox."""
    key = fresh_key()
    async with await relay.sender(key) as wire:
        envelopes = [
            envelope_to(wire, mailbox, key, ciphertext=b"%d" % number).data
            for number in range(count)
        ]
        for data in envelopes:
            await accepted(wire, data)
    return envelopes


@rule("11")
async def backlog_then_live(relay: RelayUnderTest) -> None:
    """The backlog comes in order, counted from 1, then SYNCED, then what is new."""
    mailbox = Mailbox()
    waiting = await deliver(relay, mailbox, 3)
    async with await relay.subscriber(mailbox) as reader:
        pushed = [await reader.expect(frames.Deliver) for _ in waiting]
        require([frame.envelope for frame in pushed] == waiting, "another order")
        require([frame.sequence for frame in pushed] == [1, 2, 3], "not counted from 1")
        await reader.expect(frames.Synced)
        (new,) = await deliver(relay, mailbox, 1)
        live = await reader.expect(frames.Deliver)
        require((live.sequence, live.envelope) == (4, new), "what is new does not follow")


@rule("11")
async def acknowledged_is_gone(relay: RelayUnderTest) -> None:
    """What was acknowledged is gone, what was not comes again."""
    mailbox = Mailbox()
    waiting = await deliver(relay, mailbox, 3)
    async with await relay.subscriber(mailbox) as reader:
        for _ in waiting:
            await reader.expect(frames.Deliver)
        answer = await reader.ask(frames.Ack(reader.next_request_id(), 2))
        require(isinstance(answer, frames.Done), f"ACK is answered with {answer!r}")
    async with await relay.subscriber(mailbox) as reader:
        again = await reader.expect(frames.Deliver)
        require((again.sequence, again.envelope) == (1, waiting[2]), "not what was left")
        await reader.expect(frames.Synced)
        await reader.quiet()


@rule("11")
async def bad_ack_deletes_nothing(relay: RelayUnderTest) -> None:
    """An acknowledgement above what was pushed is bad_ack and deletes nothing."""
    mailbox = Mailbox()
    waiting = await deliver(relay, mailbox, 2)
    async with await relay.subscriber(mailbox) as reader:
        for _ in waiting:
            await reader.expect(frames.Deliver)
        await reader.refused(frames.Ack(reader.next_request_id(), 3), ErrorCode.BAD_ACK)
        await reader.lives()
    async with await relay.subscriber(mailbox) as reader:
        for data in waiting:
            require((await reader.expect(frames.Deliver)).envelope == data, "something is gone")


@rule("11")
async def ack_needs_a_subscription(relay: RelayUnderTest) -> None:
    """An acknowledgement without a subscription is not_subscribed."""
    async with await relay.owner(Mailbox()) as wire:
        await wire.refused(frames.Ack(wire.next_request_id(), 1), ErrorCode.NOT_SUBSCRIBED)
        await wire.lives()


@rule("11")
async def credit_is_kept(relay: RelayUnderTest) -> None:
    """No more is unacknowledged than the credit allows."""
    mailbox = Mailbox()
    waiting = await deliver(relay, mailbox, 4)
    async with await relay.subscriber(mailbox, credit_messages=2) as reader:
        for data in waiting[:2]:
            require((await reader.expect(frames.Deliver)).envelope == data, "another order")
        await reader.quiet()
        await reader.send(frames.Ack(reader.next_request_id(), 1))
        require((await _next_deliver(reader)).envelope == waiting[2], "credit is not given back")


async def _next_deliver(reader: Wire) -> frames.Deliver:
    frame = await reader.frame()
    while isinstance(frame, frames.Done):
        frame = await reader.frame()
    require(isinstance(frame, frames.Deliver), f"expected DELIVER, got {frame!r}")
    assert isinstance(frame, frames.Deliver)
    return frame


@rule("11")
async def newest_subscriber_wins(relay: RelayUnderTest) -> None:
    """A second subscriber takes over; the first hears GOAWAY(replaced)."""
    mailbox = Mailbox()
    async with await relay.subscriber(mailbox) as first:
        await first.expect(frames.Synced)
        async with await relay.subscriber(mailbox) as second:
            goaway = await first.expect(frames.Goaway)
            require(goaway.reason == GoawayReason.REPLACED, "another reason than replaced")
            await first.closes()
            await second.expect(frames.Synced)
            (data,) = await deliver(relay, mailbox, 1)
            require((await second.expect(frames.Deliver)).envelope == data, "not to the newest")


@rule("6")
async def full_mailbox_refuses(relay: RelayUnderTest) -> None:
    """A full mailbox refuses with mailbox_full and says when to try again."""
    mailbox, key = Mailbox(), fresh_key()
    async with await relay.sender(key) as wire:
        for _ in range(wire.hello.mailbox_messages):
            await accepted(wire, envelope_to(wire, mailbox, key).data)
        error = refusal(
            await offer(wire, envelope_to(wire, mailbox, key).data), ErrorCode.MAILBOX_FULL
        )
        require(error.retry_after_ms > 0, "mailbox_full does not say when to try again")


@rule("6")
async def allowed_senders_get_through(relay: RelayUnderTest) -> None:
    """Strangers leave room for the senders that the owner allows."""
    mailbox, friend, stranger = Mailbox(), fresh_key(), fresh_key()
    async with await relay.owner(mailbox) as wire:
        answer = await wire.ask(frames.Allow(wire.next_request_id(), friend.public))
        require(isinstance(answer, frames.Done), f"ALLOW is answered with {answer!r}")
    async with await relay.sender(stranger) as wire:
        for _ in range(wire.hello.mailbox_messages):
            answer = await offer(wire, envelope_to(wire, mailbox, stranger).data)
            if isinstance(answer, frames.Error):
                refusal(answer, ErrorCode.MAILBOX_FULL)
                break
        else:
            require(False, "strangers may fill the whole mailbox")
    async with await relay.sender(friend) as wire:
        await accepted(wire, envelope_to(wire, mailbox, friend).data)


class Blob:
    """Two parts of random bytes under their id."""

    def __init__(self) -> None:
        self.parts = [os.urandom(PART_BYTES), os.urandom(1000)]
        self.size_bytes = sum(map(len, self.parts))
        self.header = b"header"
        self.token = os.urandom(32)
        self.number = blob_id(self.header, self.size_bytes, [sha256(part) for part in self.parts])

    def upload(self, wire: Wire, mailbox: Mailbox) -> frames.Upload:
        """The request that begins its upload, or asks how far it is."""
        return frames.Upload(
            wire.next_request_id(),
            blob_id=self.number,
            mailbox=mailbox.number,
            size_bytes=self.size_bytes,
            header=self.header,
            token_hash=token_hash(self.token),
            ttl_ms=0,
        )


@contextlib.asynccontextmanager
async def _blob_sender(relay: RelayUnderTest) -> AsyncIterator[Wire]:
    async with await relay.sender() as wire:
        require(bool(wire.hello.capabilities & Capability.BLOBS), "the relay offers no blobs")
        yield wire


@rule("8")
async def blobs_come_back(relay: RelayUnderTest) -> None:
    """A blob comes back as it was sent, to who has the token, and an upload can be resumed."""
    blob, mailbox = Blob(), Mailbox()
    async with _blob_sender(relay) as wire:
        state = await wire.ask(blob.upload(wire, mailbox))
        require(isinstance(state, frames.UploadState), f"UPLOAD is answered with {state!r}")
        request = frames.Part(wire.next_request_id(), blob.number, 1, blob.parts[1])
        require(isinstance(await wire.ask(request), frames.Done), "a part is not answered by DONE")
        state = await wire.ask(blob.upload(wire, mailbox))
        assert isinstance(state, frames.UploadState)
        count = part_count(blob.size_bytes)
        require(missing_parts(state.received, count) == [0], "the relay lost its place")
        request = frames.Part(wire.next_request_id(), blob.number, 0, blob.parts[0])
        state = await wire.ask(request)
        require(isinstance(state, frames.UploadState) and state.complete == 1, "not complete")
    async with await relay.owner(mailbox) as reader:
        request_id = reader.next_request_id()
        info = await reader.ask(frames.Download(request_id, blob.number, blob.token))
        require(
            isinstance(info, frames.BlobInfo)
            and (info.size_bytes, info.header) == (blob.size_bytes, blob.header),
            f"DOWNLOAD is answered with {info!r}",
        )
        for index, data in enumerate(blob.parts):
            part = await reader.ask(frames.GetPart(reader.next_request_id(), blob.number, index))
            require(isinstance(part, frames.PartData) and part.data == data, "another part")


@rule("8")
async def wrong_tokens_find_nothing(relay: RelayUnderTest) -> None:
    """A wrong token and an unknown blob give the same not_found."""
    blob, mailbox = Blob(), Mailbox()
    async with _blob_sender(relay) as wire:
        await wire.ask(blob.upload(wire, mailbox))
        for index, data in enumerate(blob.parts):
            await wire.ask(frames.Part(wire.next_request_id(), blob.number, index, data))
        wrong = frames.Download(wire.next_request_id(), blob.number, os.urandom(32))
        unknown = frames.Download(wire.next_request_id(), os.urandom(32), blob.token)
        texts = {(await wire.refused(each, ErrorCode.NOT_FOUND)).text for each in (wrong, unknown)}
        require(len(texts) == 1, "the two refusals can be told apart")


@rule("8")
async def mismatched_blobs_are_gone(relay: RelayUnderTest) -> None:
    """Parts that do not make up the id are blob_mismatch, and nothing of them stays."""
    blob, mailbox = Blob(), Mailbox()
    async with _blob_sender(relay) as wire:
        await wire.ask(blob.upload(wire, mailbox))
        await wire.ask(frames.Part(wire.next_request_id(), blob.number, 0, blob.parts[0]))
        changed = frames.Part(wire.next_request_id(), blob.number, 1, bytes(1000))
        await wire.refused(changed, ErrorCode.BLOB_MISMATCH)
        download = frames.Download(wire.next_request_id(), blob.number, blob.token)
        await wire.refused(download, ErrorCode.NOT_FOUND)
        await wire.lives()


@rule("8")
async def large_blobs_are_refused(relay: RelayUnderTest) -> None:
    """A blob over the limit of HELLO is too_large, and so is a part of a wrong size."""
    blob, mailbox = Blob(), Mailbox()
    async with _blob_sender(relay) as wire:
        blob.size_bytes = wire.hello.max_blob_bytes + 1
        await wire.refused(blob.upload(wire, mailbox), ErrorCode.TOO_LARGE)
        blob = Blob()
        await wire.ask(blob.upload(wire, mailbox))
        short = frames.Part(wire.next_request_id(), blob.number, 0, blob.parts[0][:-1])
        await wire.refused(short, ErrorCode.TOO_LARGE)
        await wire.lives()
