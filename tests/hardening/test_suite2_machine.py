"""Two clients in suite 2, a relay that keeps their prekeys, and everything that can go wrong.

On top of what `test_delivery_machine` does to every delivery: the relay forgets prekeys, both sides
begin at once, and a profile is put back to an older copy of itself. Each message is shown at most
once, or visibly not opened and then recovered, and no state is left in which the two cannot talk.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.client.kit import PIN, RELAY_ID
from tests.hardening.test_delivery_machine import Delivery, Party, RelayHalf, at_once
from whispr.client.profile import Profile
from whispr.client.store.message import Direction, Fate, MessageKind
from whispr.errors import RelayError
from whispr.protocol import frames
from whispr.protocol.codes import Capability
from whispr.protocol.schema import Frame
from whispr.protocol.signing import mailbox_id
from whispr.relay.config import RelayConfig
from whispr.relay.peer import Peer
from whispr.relay.prekeys.claims import Claims
from whispr.relay.storage import make_prekeys

ASKED_AGAIN_SECONDS = 3600
"""Something that did not open is asked for at most once an hour."""


class Silent:
    """An output that nobody reads: LOW_PREKEYS is a hint that may be lost."""

    congested = True


class PrekeyRelay(RelayHalf):
    """A relay that keeps prekeys as well, until it forgets."""

    def restart(self) -> None:
        super().restart()
        self._services.prekeys = make_prekeys(RelayConfig(), self.clock)

    def ask(self, frame: Frame, name: str, mailbox_key: bytes, device_key: bytes) -> Any:
        """Publish or claim, over a connection that lives for this one request."""
        peer = Peer(label=name, address="192.0.2.1", relay_ids=RELAY_ID, nonce=bytes(32))
        peer.output = Silent()  # type: ignore[assignment]
        claims = Claims(self._services, peer)
        try:
            if isinstance(frame, frames.PublishPrekeys):
                return at_once(claims.publish(mailbox_id(mailbox_key), frame))
            assert isinstance(frame, frames.ClaimPrekeys)
            return at_once(claims.claim(device_key, frame))
        except RelayError as error:
            return error


class PrekeyParty(Party):
    """A person whose connection carries prekeys."""

    relay: PrekeyRelay

    async def start(self) -> None:
        await super().start()
        self.network.capabilities = Capability.PREKEYS

    def _answer(self, frame: Frame) -> Frame | Exception | None:
        if isinstance(frame, frames.PublishPrekeys | frames.ClaimPrekeys):
            if self.weather == "requests are lost":
                return None
            identity = self.profile.identity
            keys = identity.mailbox.public, identity.device.public
            outcome: Any = self.relay.ask(frame, self.name, *keys)
            return None if self.weather == "answers are lost" else outcome
        return super()._answer(frame)

    def shown(self) -> list[str]:
        rows = self.profile.store.history.conversation(self.contact_id, limit=1000)
        return [
            row.text
            for row in rows
            if row.direction is Direction.IN and row.kind is MessageKind.TEXT
        ]

    def copy_to(self, folder: Path) -> None:
        """What a backup program copies: a whole and closed profile."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._folder, folder)

    async def put_back(self, folder: Path | None) -> None:
        """Close, replace the folder by a copy (or make one, None), open again."""
        await self._stack.aclose()
        self.profile.close()
        if folder is not None:
            shutil.rmtree(self._folder)
            shutil.copytree(folder, self._folder)
        self.profile = Profile.unlock(self._folder, PIN, self._access)
        await self.start()

    @property
    def suites(self) -> int:
        card = self.client.card
        return card.device.suites if card is not None else 0


class Suite2(Delivery):
    """The rules of `Delivery`, and those that only sessions have reason to fear."""

    names = st.sampled_from(["Alice", "Bob"])

    @initialize()
    def begin(self) -> None:
        async def opened() -> None:
            self.relay = PrekeyRelay(self.loop)
            folder = Path(self.folder.name)
            self.parties = {
                name: PrekeyParty(folder, name, self.relay) for name in ("Alice", "Bob")
            }
            alice, bob = self.parties.values()
            alice.befriend(bob)
            bob.befriend(alice)
            for party in self.parties.values():
                await party.start()
                party.connect()

        self.run_now(opened())
        self.act()
        self.act()
        assert [party.suites for party in self.parties.values()] == [3, 3]

    @rule(name=names)
    def backup(self, name: str) -> None:
        party = self.parties[name]
        self.run_now(party._stack.aclose())
        party.profile.close()
        party.copy_to(Path(self.folder.name) / f"copy of {name}")
        self.run_now(self._opened(party))

    async def _opened(self, party: PrekeyParty) -> None:
        party.profile = Profile.unlock(party._folder, PIN, party._access)
        await party.start()

    @rule(name=names)
    def put_back(self, name: str) -> None:
        """What was said since the copy is gone here: only what comes afterwards is judged."""
        copy = Path(self.folder.name) / f"copy of {name}"
        if not copy.exists():
            return
        self.run_now(self.parties[name].put_back(copy))
        for party in self.parties.values():
            for message in self._messages(party):
                if message.fate in (Fate.QUEUED, Fate.ACCEPTED):
                    party.profile.store.outbox.cancel(message.contact_id, message.content_id)
                    party.profile.store.history.advance_fate(
                        message.content_id, message.contact_id, Fate.FAILED
                    )
            party.expected.clear()
            party.fates.clear()
        self._forgiven = True
        self.act()

    _forgiven = False

    def _messages(self, party: PrekeyParty) -> list[Any]:
        rows = party.profile.store.history.conversation(party.contact_id, limit=1000)
        return [row for row in rows if row.direction is Direction.OUT]

    @rule()
    def both_begin_at_once(self) -> None:
        for name in ("Alice", "Bob"):
            self.send(name, 600_000)

    def one_row_or_visibly_not_delivered(self) -> None:
        if not hasattr(self, "parties"):
            return
        for name, party in self.parties.items():
            shown = self.other(name).shown()
            assert len(shown) == len(set(shown)), f"{shown} has a row twice"
            if not self._forgiven:
                assert set(shown) <= set(party.expected.values()), "nothing was made up"
            for message_id, text in party.expected.items():
                message = party.profile.store.history.get(message_id)
                assert message is not None, "a message of ours vanished"
                fate, before = message.fate, party.fates[message_id]
                assert fate is before or fate.may_follow(before), f"{before} became {fate}"
                party.fates[message_id] = fate
                if fate >= Fate.DELIVERED:
                    assert text in shown, "delivered means that he has it"

    def _becomes_quiet(self) -> None:
        """Whatever has happened: within an hour and a little the two talk, in suite 2."""
        self._calm(seconds=120)
        if not self._talk():
            self._calm(seconds=ASKED_AGAIN_SECONDS)
            assert self._talk(), "they cannot talk any more"
        assert [party.suites for party in self.parties.values()] == [3, 3]
        for _, envelope in self.relay.submitted[-2:]:
            assert envelope[1] == 2, "in suite 2"

    def _talk(self) -> bool:
        """Whether a text either way arrives and is confirmed, in a few minutes."""
        for name in self.parties:
            self.send(name, 600_000)
        self._calm(seconds=240)
        return all(
            party.profile.store.history.get(max(party.expected)).fate is Fate.DELIVERED
            for party in self.parties.values()
        )

    def _calm(self, seconds: int) -> None:
        """Everything works, for so long."""
        for _ in range(seconds // 60 + 1):
            for party in self.parties.values():
                party.weather = "fine"
                if not party.online:
                    self.act(party.connect)
            for _ in range(3):
                self.act(*(lambda party=party: party.push(100) for party in self.parties.values()))
                self.act(*(party.acknowledge for party in self.parties.values()))
            self.one_row_or_visibly_not_delivered()
            self.time_passes(60)


_SETTINGS = settings(
    max_examples=int(os.environ.get("WHISPR_MACHINE_EXAMPLES", "15")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # A failing example is told as it was found: to shrink one takes minutes.
    phases=(Phase.explicit, Phase.generate),
)
Suite2.TestCase.settings = _SETTINGS
TestSuite2 = pytest.mark.usefixtures("suite_2")(
    pytest.mark.xfail(
        strict=False,
        reason="known: after a simultaneous start or a restored copy two may lose each other; "
        "cards do not offer suite 2 before that is mended",
    )(Suite2.TestCase)
)


@pytest.fixture
def suite_2(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards that offer it."""
    monkeypatch.setattr("whispr.client.prekeys.ADVERTISED", True)
