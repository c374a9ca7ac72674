"""Any order of sends, losses, repetitions, crashes and new beginnings between two devices.

Each message is opened at most once from committed states, and what was not lost and lies within
the limits is opened. Nothing that happens on the way ends a session.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.client.crypto.suite2.ends import Device, End
from whispr.client.crypto.suite2.frame import Frame
from whispr.client.crypto.suite2.passage import Received
from whispr.errors import DecryptionError

NAMES = ("Alice", "Bob")
who = st.sampled_from((0, 1))
places = st.integers(0, 1 << 16)


@dataclass
class UnderWay:
    """A ciphertext on the relay."""

    receiver: int
    content: bytes
    received: Received
    session_id: bytes


class Conversation(RuleBasedStateMachine):
    """Two devices, their databases, and a relay that may do anything with what it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.devices = [Device(name) for name in NAMES]
        self.bundles = [device.bundle(last_resort=True, one_time=False) for device in self.devices]
        self.ends: list[dict[bytes, End]] = [{}, {}]
        self.digests: list[set[bytes]] = [set(), set()]
        self.under_way: list[UnderWay] = []
        self.delivered: list[UnderWay] = []
        self.shown: list[list[bytes]] = [[], []]
        self.count = 0

    @rule(sender=who)
    def begin(self, sender: int) -> None:
        """Also while the other one begins, and while there is a session."""
        if len(self.ends[sender]) < 4:
            end = self.devices[sender].start(self.bundles[1 - sender])
            self.ends[sender][end.session.session_id] = end

    @precondition(lambda self: any(self.ends))
    @rule(sender=who, place=places, times=st.integers(1, 4))
    def send(self, sender: int, place: int, times: int) -> None:
        ends = list(self.ends[sender].values())
        if not ends:
            return
        end = ends[place % len(ends)]
        for _ in range(times):
            self.count += 1
            content = b"message %d" % self.count
            # An end counts its envelopes itself; two sessions must not share their ids.
            end.sent = self.count
            received = end.encrypt(content)
            self.under_way.append(UnderWay(1 - sender, content, received, end.session.session_id))

    @rule(sender=who, place=places)
    def crash_before_the_commit_of_a_send(self, sender: int, place: int) -> None:
        """Nothing has left: the next message takes the same key for another content, once."""
        ends = list(self.ends[sender].values())
        if ends:
            ends[place % len(ends)].copy().encrypt(b"never sent")

    @precondition(lambda self: self.under_way)
    @rule(place=places)
    def lose(self, place: int) -> None:
        self.under_way.pop(place % len(self.under_way))

    @precondition(lambda self: self.under_way)
    @rule(place=places)
    def repeat(self, place: int) -> None:
        self.under_way.append(self.under_way[place % len(self.under_way)])

    @precondition(lambda self: self.delivered)
    @rule(place=places)
    def repeat_what_was_delivered(self, place: int) -> None:
        self.under_way.append(self.delivered[place % len(self.delivered)])

    @precondition(lambda self: self.under_way)
    @rule(place=places, crash=st.booleans())
    def deliver(self, place: int, crash: bool) -> None:
        """In any order; after a crash before the commit it comes again."""
        message = self.under_way[place % len(self.under_way)]
        if crash:
            self._open(message, commit=False)
            return
        self.under_way.remove(message)
        fresh = message.content not in self.shown[message.receiver]
        content = self._open(message, commit=True)
        if fresh:
            assert content == message.content
            self.shown[message.receiver].append(content)
            self.delivered.append(message)
        else:
            assert content is None

    def _open(self, message: UnderWay, *, commit: bool) -> bytes | None:
        receiver = message.receiver
        frame = Frame.decode(message.received.ciphertext)
        end = self.ends[receiver].get(message.session_id)
        try:
            if end is not None:
                end = end if commit else end.copy()
                return end.decrypt(message.received)
            if frame.handshake_digest in self.digests[receiver]:
                return None
            new_end, accepted = self.devices[receiver].accept(message.received)
        except DecryptionError:
            return None
        if commit:
            self.ends[receiver][accepted.session_id] = new_end
            self.digests[receiver].add(accepted.handshake_digest)
        return accepted.content

    @invariant()
    def each_message_is_shown_once(self) -> None:
        for shown in self.shown:
            assert len(shown) == len(set(shown))

    def teardown(self) -> None:
        """Whatever happened, every session that both have still talks both ways."""
        for session_id in self.ends[0].keys() & self.ends[1].keys():
            first, second = (ends[session_id] for ends in self.ends)
            for sender, receiver in ((first, second), (second, first), (first, second)):
                sender.sent += 100_000
                assert receiver.decrypt(sender.encrypt(b"still here")) == b"still here"


Conversation.TestCase.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, derandomize=True
)
TestConversation = Conversation.TestCase
