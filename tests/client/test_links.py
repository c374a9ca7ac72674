"""Which connection serves whom, and what is made of what relays say."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.client.fake_clock import settle
from tests.client.kit import (
    DAY_MS,
    NOW_MS,
    PIN,
    RELAY,
    Person,
    Scene,
    key_file_access,
    material,
    open_person,
    seeded,
)
from tests.client.sending_kit import EPOCH, OTHER_RELAY, Desk, FakeLink, make_desk
from whispr.client.crypto.key_material import PreviousMailbox
from whispr.client.events import ConnectionChanged, LinkState
from whispr.client.links import LINGER_SECONDS, REACH_SECONDS
from whispr.client.profile import Profile
from whispr.errors import ConnectError, StorageError
from whispr.protocol.address import RelayAddress

NEXT = seeded("next key")
LATER = seeded("later key")
PREVIOUS_RELAY = RelayAddress("former.example", 7443, (seeded("former relay"),))
TOKEN = b"let me in"


async def test_own_link_reads_and_is_kept(desk: Desk) -> None:
    await desk.start()
    (own,) = desk.network.links
    assert own.mailbox is desk.person.identity.mailbox
    assert own.linger_seconds is None
    assert own.address.location == RELAY.location


async def test_contact_on_our_relay_uses_our_link(desk: Desk) -> None:
    await desk.start()
    assert desk.links.link_to(RELAY) is desk.links.own
    assert await desk.links.session_to(RELAY) is desk.own.session
    assert len(desk.network.links) == 1


async def test_contact_elsewhere_has_a_link_with_the_pins_of_his_card(desk: Desk) -> None:
    await desk.start()
    await desk.links.session_to(OTHER_RELAY)
    link = desk.network.to(OTHER_RELAY)
    assert link.address == OTHER_RELAY
    assert link.mailbox is None and link.linger_seconds == LINGER_SECONDS


async def test_link_of_a_contact_is_made_once(desk: Desk) -> None:
    await desk.start()
    assert desk.links.link_to(OTHER_RELAY) is desk.links.link_to(OTHER_RELAY)


async def test_same_place_with_another_key_is_another_relay(desk: Desk) -> None:
    await desk.start()
    impostor = dataclasses.replace(RELAY, relay_ids=(NEXT,))
    assert desk.links.link_to(impostor) is not desk.links.own
    assert desk.network.to(RELAY).address.relay_ids == (NEXT,)


async def test_same_key_in_another_place_is_another_relay(desk: Desk) -> None:
    await desk.start()
    elsewhere = dataclasses.replace(RELAY, port=8443)
    assert desk.links.link_to(elsewhere) is not desk.links.own


async def test_our_relay_is_recognised_by_the_key_it_announced(desk: Desk) -> None:
    await desk.start()
    desk.own.connect(relay_ids=(RELAY.relay_ids[0], NEXT))
    assert desk.links.link_to(dataclasses.replace(RELAY, relay_ids=(NEXT,))) is desk.links.own


async def test_access_token_goes_to_our_relay_only(desk: Desk) -> None:
    await desk.start()
    desk.links.link_to(dataclasses.replace(OTHER_RELAY, access_token=TOKEN))
    assert desk.network.to(OTHER_RELAY).address.access_token == b""


async def test_contacts_relay_is_followed_through_two_changes_of_its_key(
    desk: Desk, people: Scene
) -> None:
    await desk.start()
    current = OTHER_RELAY.relay_ids[0]
    desk.links.link_to(OTHER_RELAY)
    desk.network.to(OTHER_RELAY).connect(relay_ids=(current, NEXT))
    desk.network.to(OTHER_RELAY).connect(relay_ids=(NEXT, LATER))
    again = make_desk(people.alice)  # the next process knows only the card and what was learned
    again.links.link_to(OTHER_RELAY)
    assert again.network.to(OTHER_RELAY).address.relay_ids == (NEXT, LATER)
    await again.stop()


async def test_newer_card_beats_what_was_learned(desk: Desk) -> None:
    await desk.start()
    desk.links.link_to(OTHER_RELAY)
    desk.network.to(OTHER_RELAY).connect(relay_ids=(OTHER_RELAY.relay_ids[0], NEXT))
    newer = dataclasses.replace(OTHER_RELAY, relay_ids=(LATER,))
    desk.links.link_to(newer)
    assert desk.network.links[-1].address.relay_ids == (LATER,)


async def test_new_key_of_our_relay_changes_the_card_once(desk: Desk) -> None:
    await desk.start()
    version = desk.person.card.card_version
    ids = (RELAY.relay_ids[0], NEXT)
    desk.own.connect(relay_ids=ids)
    desk.own.connect(relay_ids=ids)
    assert desk.mail.names().count("own_relay_changed") == 1
    assert desk.person.card.card_version > version
    assert desk.person.card.device.relay.relay_ids == ids


async def test_key_of_a_contacts_relay_does_not_change_our_card(desk: Desk) -> None:
    await desk.start()
    card = desk.person.card
    desk.links.link_to(OTHER_RELAY)
    desk.network.to(OTHER_RELAY).connect(relay_ids=(OTHER_RELAY.relay_ids[0], NEXT))
    assert desk.person.card == card and "own_relay_changed" not in desk.mail.names()


async def test_first_epoch_is_noted_and_nothing_was_forgotten(desk: Desk) -> None:
    await desk.start()
    desk.own.connect()
    assert "relay_forgot" not in desk.mail.names()


async def test_another_epoch_means_that_the_relay_has_forgotten(desk: Desk, people: Scene) -> None:
    await desk.start()
    again = make_desk(people.alice)
    again.network.up = False
    again.links.start()
    again.own.connect(epoch=b"f" * 16)
    assert again.mail.heard[0] == ("relay_forgot", RELAY.location)
    again.own.connect(epoch=b"f" * 16)
    assert again.mail.names().count("relay_forgot") == 1
    await again.stop()


async def test_epoch_is_not_noted_when_what_follows_from_it_was_not(desk: Desk) -> None:
    """Otherwise a crash in between would leave contents that nobody sends again."""
    await desk.start()
    desk.mail.trouble = StorageError("the disk is full")
    with pytest.raises(StorageError):
        desk.own.connect(epoch=b"f" * 16)
    desk.mail.trouble = None
    desk.mail.heard.clear()
    desk.own.connect(epoch=b"f" * 16)
    assert desk.mail.names()[0] == "relay_forgot"


async def test_epochs_of_two_relays_are_two(desk: Desk) -> None:
    await desk.start()
    desk.links.link_to(OTHER_RELAY)
    desk.network.to(OTHER_RELAY).connect(epoch=b"f" * 16)
    desk.own.connect(epoch=EPOCH)
    assert desk.mail.names().count("relay_forgot") == 1


async def test_our_relay_sets_the_clock_and_another_does_not(desk: Desk) -> None:
    await desk.start()
    desk.network.relay_ms = lambda: NOW_MS + 5000
    desk.links.link_to(OTHER_RELAY)
    assert desk.person.core.now_ms() == NOW_MS
    desk.own.connect()
    assert desk.person.core.now_ms() == NOW_MS + 5000


async def test_order_of_what_is_told_when_our_relay_lets_us_in(desk: Desk) -> None:
    await desk.start()
    assert desk.mail.names() == ["own_ready", "relay_reached"]


async def test_contacts_relay_delivers_nothing_that_counts_as_synced(desk: Desk) -> None:
    await desk.start()
    desk.links.link_to(OTHER_RELAY)
    desk.network.to(OTHER_RELAY).synced()
    assert "synced" not in desk.mail.names()
    desk.own.synced()
    assert "synced" in desk.mail.names()


async def test_states_are_told_with_place_and_owner(desk: Desk) -> None:
    await desk.start()
    desk.links.link_to(OTHER_RELAY)
    changes = [event for event in desk.person.events if isinstance(event, ConnectionChanged)]
    assert [(change.location, change.own, change.state) for change in changes] == [
        (RELAY.location, True, LinkState.ONLINE),
        (OTHER_RELAY.location, False, LinkState.ONLINE),
    ]


async def test_relay_is_waited_for_an_hour(desk: Desk) -> None:
    desk.network.up = False
    await desk.start()
    waiting = asyncio.create_task(desk.links.session_to(OTHER_RELAY))
    await desk.clock.advance(REACH_SECONDS - 1)
    assert not waiting.done()
    await desk.clock.advance(2)
    with pytest.raises(ConnectError):
        await waiting


async def test_retry_now_reaches_all_links(desk: Desk) -> None:
    await desk.start()
    desk.links.link_to(OTHER_RELAY)
    desk.links.retry_now()
    assert [link.retries for link in desk.network.links] == [1, 1]


async def test_flush_asks_our_relay(desk: Desk) -> None:
    desk.network.up = False
    await desk.start()
    await desk.links.flush()
    assert desk.own.flushed == 0
    desk.own.connect()
    await desk.links.flush()
    assert desk.own.flushed == 1


async def test_leaving_ends_every_connection_and_says_why(desk: Desk) -> None:
    await desk.start()
    desk.links.link_to(OTHER_RELAY)
    desk.links.leave("moved")
    desk.links.leave("moved")
    await settle()
    assert all(link.stopped for link in desk.network.links)
    last = desk.person.events[-1]
    assert last == ConnectionChanged(RELAY.location, True, LinkState.REPLACED, "moved")
    assert desk.person.events.count(last) == 1
    with pytest.raises(ConnectError, match="moved"):
        await desk.links.session_to(OTHER_RELAY)


async def test_link_that_cannot_be_stopped_does_not_keep_the_others_open(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.start()
    desk.links.link_to(OTHER_RELAY)
    desk.network.broken_stop = True
    await desk.links.stop()
    assert all(link.stopped for link in desk.network.links)
    assert desk.person.counts == {"failed: link": 2}
    assert "RuntimeError" in caplog.text


async def test_defect_behind_a_connection_ends_it_and_is_told(desk: Desk) -> None:
    """An error of ours inside a link would end its task, and nobody would connect again."""
    await desk.start()
    desk.mail.trouble = ValueError("a value")
    with pytest.raises(Exception, match="an unexpected error") as caught:
        desk.own.connect()
    assert type(caught.value).__name__ == "ConnectionClosedError"
    assert desk.person.event_types()["PartFailed"] == 1


async def test_defect_behind_a_push_leaves_the_connection_alone(desk: Desk) -> None:
    await desk.start()
    desk.mail.trouble = ValueError("a value")
    desk.own.synced()
    desk.own.fate(b"i" * 16)
    assert desk.person.counts == {"failed: what follows from a connection": 2}
    assert desk.own.session is not None


class Moved:
    """Alice on a new device, which reads her former mailbox for another day."""

    def __init__(self, alice: Person, desk: Desk) -> None:
        self.alice = alice
        self.desk = desk

    @property
    def former(self) -> FakeLink:
        return self.desk.network.to(PREVIOUS_RELAY)


@pytest.fixture
def moved_alice(tmp_path: Path) -> Iterator[Person]:
    keys = dataclasses.replace(
        material("Alice", device=2),
        previous_mailboxes=(
            PreviousMailbox(
                seeded("Alice", 1, "mailbox"), PREVIOUS_RELAY.text(), TOKEN, NOW_MS + DAY_MS
            ),
            PreviousMailbox(seeded("Alice", 0, "mailbox"), OTHER_RELAY.text(), b"", NOW_MS),
        ),
    )
    with Profile.create(tmp_path / "moved", keys, PIN, key_file_access("moved")) as profile:
        yield open_person(profile, "moved")


@pytest.fixture
async def moved(moved_alice: Person) -> AsyncIterator[Moved]:
    made = Moved(moved_alice, make_desk(moved_alice))
    yield made
    await made.desk.stop()


async def test_former_mailboxes_are_read_until_their_end(moved: Moved) -> None:
    await moved.desk.start()
    assert [link.address.location for link in moved.desk.network.links] == [
        RELAY.location,
        PREVIOUS_RELAY.location,
    ], "the one whose time is over is not read"
    assert moved.former.mailbox is not None
    assert moved.former.address.access_token == TOKEN
    moved.alice.pass_ms(DAY_MS - 1)
    await moved.desk.links.close_ended()
    assert not moved.former.stopped
    moved.alice.pass_ms(1)
    await moved.desk.links.close_ended()
    assert moved.former.stopped and not moved.desk.own.stopped
    await moved.desk.links.close_ended()


async def test_what_a_former_mailbox_delivers_is_told_apart(moved: Moved) -> None:
    await moved.desk.start()
    moved.former.deliver(b"envelope")
    moved.former.synced()
    moved.desk.own.deliver(b"envelope")
    assert moved.desk.mail.names()[2:] == ["delivered_to_previous", "delivered"]


async def test_former_mailbox_that_was_taken_over_is_told(moved: Moved) -> None:
    await moved.desk.start()
    moved.former.replaced()
    assert moved.desk.mail.heard[-1] == ("previous_taken", moved.former)


async def test_former_mailbox_has_no_part_in_epoch_clock_and_states(moved: Moved) -> None:
    await moved.desk.start()
    moved.desk.network.relay_ms = lambda: NOW_MS + 5000
    moved.former.connect(epoch=b"f" * 16)
    assert moved.alice.core.now_ms() == NOW_MS
    assert "relay_forgot" not in moved.desk.mail.names()
    changes = [event for event in moved.alice.events if isinstance(event, ConnectionChanged)]
    assert {change.location for change in changes} == {RELAY.location}


async def test_relay_of_a_former_mailbox_is_followed_to_its_next_key(moved: Moved) -> None:
    await moved.desk.start()
    moved.former.connect(relay_ids=(PREVIOUS_RELAY.relay_ids[0], NEXT))
    again = make_desk(moved.alice)
    again.links.start()
    link = again.network.to(PREVIOUS_RELAY)
    assert link.address.relay_ids == (PREVIOUS_RELAY.relay_ids[0], NEXT)
    await again.stop()
