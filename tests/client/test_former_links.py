"""The mailbox has moved: the new relay is ours at once, the old one is read to its end."""

from __future__ import annotations

import dataclasses

from tests.client.fake_clock import settle
from tests.client.kit import RELAY, Scene, seeded
from tests.client.sending_kit import OTHER_RELAY, Desk, make_desk
from whispr.client.events import ConnectionChanged
from whispr.client.places import READ_LONGER_MS
from whispr.protocol.address import RelayAddress

THIRD = RelayAddress("third.example", 7443, (seeded("third"),), b"token")
NEXT = seeded("next key")


async def moved(desk: Desk, relay: RelayAddress) -> None:
    """What the engine does, without the telling."""
    own, now_ms = desk.person.core.own_card, desk.person.core.now_ms()
    desk.links.places.note_move(own.relay, relay, now_ms)
    own.move(relay, now_ms)
    desk.links.move()
    await settle()


async def test_new_relay_is_ours_and_the_old_link_stays(desk: Desk) -> None:
    await desk.start()
    old = desk.own
    await moved(desk, OTHER_RELAY)
    new = desk.network.to(OTHER_RELAY)
    assert desk.links.own is new and new.started
    assert new.mailbox is old.mailbox is desk.person.identity.mailbox
    assert not old.stopped and desk.links.mailboxes() == (new, old)
    assert desk.links.link_to(OTHER_RELAY) is new


async def test_contact_at_the_old_relay_is_written_to_over_a_link_of_his(desk: Desk) -> None:
    await desk.start()
    await moved(desk, OTHER_RELAY)
    desk.links.link_to(RELAY)
    assert desk.network.to(RELAY).mailbox is None


async def test_what_the_old_place_delivers_is_ours_and_its_end_of_backlog_is_not(
    desk: Desk,
) -> None:
    await desk.start()
    await moved(desk, OTHER_RELAY)
    desk.mail.heard.clear()
    desk.own.deliver(b"envelope")
    desk.own.synced()
    assert desk.mail.names() == ["delivered"]


async def test_old_place_is_taken_up_at_each_start_until_its_end(desk: Desk, people: Scene) -> None:
    await desk.start()
    await moved(desk, OTHER_RELAY)
    again = make_desk(people.alice)
    await again.start()
    assert [link.address for link in again.network.links] == [OTHER_RELAY, RELAY]
    former = again.network.to(RELAY)
    assert former.started and former.mailbox is people.alice.identity.mailbox
    people.alice.pass_ms(READ_LONGER_MS - 1)
    await again.links.close_ended()
    assert not former.stopped
    people.alice.pass_ms(1)
    await again.links.close_ended()
    assert former.stopped and not again.own.stopped
    await again.stop()
    last = make_desk(people.alice)
    await last.start()
    assert [link.address for link in last.network.links] == [OTHER_RELAY]
    await last.stop()


async def test_back_again_the_old_link_is_closed_before_the_new_one_reads(desk: Desk) -> None:
    await desk.start()
    first = desk.own
    await moved(desk, OTHER_RELAY)
    second = desk.network.to(OTHER_RELAY)
    await moved(desk, RELAY)
    third = desk.network.to(RELAY)
    assert first.stopped and third is not first and third.started
    assert desk.links.mailboxes() == (third, second) and not second.stopped


async def test_another_token_at_the_same_place_makes_the_link_anew(desk: Desk) -> None:
    await desk.start()
    first = desk.own
    await moved(desk, dataclasses.replace(RELAY, access_token=b"let me in"))
    assert first.stopped
    (own,) = desk.links.mailboxes()
    assert own.address.access_token == b"let me in"
    assert desk.network.to(RELAY).started


async def test_another_address_of_the_same_relay_takes_the_place_of_the_link(desk: Desk) -> None:
    await desk.start()
    first = desk.own
    renamed = dataclasses.replace(RELAY, host="renamed.example")
    await moved(desk, renamed)
    assert first.stopped and desk.links.mailboxes() == (desk.network.to(renamed),)


async def test_moves_in_a_row_leave_one_link_for_each_place(desk: Desk) -> None:
    await desk.start()
    for relay in (OTHER_RELAY, THIRD, OTHER_RELAY, RELAY):
        own, now_ms = desk.person.core.own_card, desk.person.core.now_ms()
        desk.links.places.note_move(own.relay, relay, now_ms)
        own.move(relay, now_ms)
        desk.links.move()
    await settle()
    places = [link.address.location for link in desk.links.mailboxes()]
    assert places == [RELAY.location, THIRD.location, OTHER_RELAY.location]
    alive = [link for link in desk.network.links if link.started and not link.stopped]
    assert sorted(link.address.location for link in alive) == sorted(places)
    await desk.links.stop()
    assert not [link for link in desk.network.links if link.started and not link.stopped]


async def test_old_place_has_no_part_in_clock_epoch_and_the_own_state(desk: Desk) -> None:
    await desk.start()
    await moved(desk, OTHER_RELAY)
    old, before = desk.own, desk.person.core.now_ms()
    desk.mail.heard.clear()
    desk.person.events.clear()
    desk.network.relay_ms = lambda: before + 5000
    old.lose()
    old.connect(epoch=b"f" * 16)
    assert desk.person.core.now_ms() == before and desk.mail.heard == []
    changes = [event for event in desk.person.events if isinstance(event, ConnectionChanged)]
    assert changes and not any(change.own for change in changes)


async def test_old_place_is_followed_to_its_next_key(desk: Desk, people: Scene) -> None:
    await desk.start()
    await moved(desk, OTHER_RELAY)
    version = desk.person.card.card_version
    desk.own.connect(relay_ids=(RELAY.relay_ids[0], NEXT))
    assert desk.person.card.card_version == version
    again = make_desk(people.alice)
    await again.start()
    assert again.network.to(RELAY).address.relay_ids == (RELAY.relay_ids[0], NEXT)
    await again.stop()


async def test_retry_and_flush_reach_the_old_place(desk: Desk) -> None:
    await desk.start()
    await moved(desk, OTHER_RELAY)
    desk.links.retry_now()
    await desk.links.flush()
    assert (desk.own.retries, desk.own.flushed) == (1, 1)
    assert desk.network.to(OTHER_RELAY).flushed == 1


async def test_move_without_a_connection_starts_nothing(desk: Desk) -> None:
    await moved(desk, OTHER_RELAY)
    assert not [link for link in desk.network.links if link.started]
    await desk.start()
    assert [link.address for link in desk.network.links if link.started] == [OTHER_RELAY, RELAY]


async def test_leaving_closes_the_old_place_too(desk: Desk) -> None:
    await desk.start()
    await moved(desk, OTHER_RELAY)
    desk.links.leave("gone")
    await settle()
    assert desk.own.stopped and desk.network.to(OTHER_RELAY).stopped
