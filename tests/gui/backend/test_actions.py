from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from tests.gui.backend.conftest import Person, introduce
from whispr.errors import ContactConflictError, UnknownContactError, UserInputError
from whispr.gui.news import HistoryNews, MessageNews


def png(width: int, height: int) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


async def test_pages_know_their_place(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    for number in range(7):
        await alice.actions.send_text(to_bob, str(number))
    last = await alice.actions.page(to_bob, 3)
    assert [item.text for item in last.items] == ["4", "5", "6"]
    assert (last.index, last.count) == (4, 7)
    before = await alice.actions.page(to_bob, 3, before_id=last.items[0].message_id)
    assert ([item.text for item in before.items], before.index) == (["1", "2", "3"], 1)
    after = await alice.actions.page(to_bob, 2, after_id=before.items[-1].message_id)
    assert ([item.text for item in after.items], after.index) == (["4", "5"], 4)
    at = await alice.actions.page(to_bob, 3, index=6)
    assert ([item.text for item in at.items], at.index) == (["4", "5", "6"], 4)


async def test_empty_conversation_is_an_empty_page(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    page = await alice.actions.page(to_bob, 10)
    assert (page.items, page.index, page.count) == ((), 0, 0)


async def test_sending_ends_the_draft(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    await alice.actions.save_draft(to_bob, "hel")
    assert alice.people.conversations[0].draft == "hel"
    await alice.actions.send_text(to_bob, "hello")
    assert alice.people.conversations[0].draft == ""


async def test_request_is_accepted(alice: Person, bob: Person) -> None:
    to_bob = await alice.actions.add_contact(bob.session.opened().own.card, None)
    await alice.actions.send_text(to_bob, "do you know me?")
    await bob.until(lambda: any(getattr(news, "requests", ()) for news in bob.told))
    (request,) = bob.people.requests
    assert request.texts == ("do you know me?",) and request.name == "Alice"
    await bob.actions.accept_request(request.contact_id)
    assert bob.people.requests == () and bob.people.conversations[0].name == "Alice"


async def test_picture_arrives_with_its_preview(alice: Person, bob: Person, tmp_path: Path) -> None:
    to_bob, to_alice = await introduce(alice, bob)
    picture = tmp_path / "grey.png"
    picture.write_bytes(png(20, 10))
    await alice.actions.send_file(to_bob, picture)

    def saved() -> bool:
        return any(
            item.file is not None and item.file.state == "saved" for item in bob.messages().values()
        )

    await bob.until(saved)
    await bob.actions.page(to_alice, 10)
    await bob.until(lambda: any(item.kind == "image" for item in bob.messages().values()))
    (item,) = bob.messages().values()
    assert item.file.preview == picture.read_bytes()
    target = tmp_path / "copy.png"
    await bob.actions.save_as(item.message_id, target)
    assert target.read_bytes() == picture.read_bytes()


async def test_search_says_whose(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    await alice.actions.send_text(to_bob, "the invoice is here")
    (hit,) = await alice.actions.search("invo")
    assert (hit.contact_id, hit.name) == (to_bob, "Bob")
    assert await alice.actions.search("invo", to_bob) == (hit,)
    assert await alice.actions.search("nothing") == ()


async def test_read_is_read(alice: Person, bob: Person) -> None:
    to_bob, to_alice = await introduce(alice, bob)
    await alice.actions.send_text(to_bob, "one")
    await bob.until(lambda: bob.messages())
    assert bob.people.conversations[0].unread == 1
    await bob.actions.mark_read(to_alice)
    assert bob.people.conversations[0].unread == 0


async def test_deleting_is_told(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    await alice.actions.send_text(to_bob, "one")
    await alice.actions.send_text(to_bob, "two")
    first, _ = alice.messages()
    await alice.actions.delete_message(first)
    assert MessageNews(removed=(first,)) in alice.told
    assert await alice.actions.wipe(to_bob) == 1
    assert HistoryNews(to_bob) in alice.told


async def test_people_are_renamed_verified_blocked_and_removed(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    await alice.actions.rename_contact(to_bob, "Robert")
    await alice.actions.set_verified(to_bob, True)
    alice.session.tell_people()
    (item,) = alice.people.conversations
    assert item.name == "Robert" and item.verified
    await alice.actions.acknowledge_key_change(to_bob)
    assert len((await alice.actions.safety_number(to_bob)).split()) == 12
    await alice.actions.block(to_bob)
    assert alice.people.conversations == ()
    assert [person.name for person in await alice.actions.blocked()] == ["Robert"]
    await alice.actions.unblock(to_bob)
    await alice.actions.remove_contact(to_bob)
    with pytest.raises(UnknownContactError):
        await alice.actions.send_text(to_bob, "anybody?")


async def test_own_card_is_refused(alice: Person) -> None:
    with pytest.raises(ContactConflictError):
        await alice.actions.add_contact(alice.session.opened().own.card, None)


async def test_what_is_under_way_is_not_sent_again(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    await alice.actions.send_text(to_bob, "one")
    (message_id,) = alice.messages()
    with pytest.raises(UserInputError):
        await alice.actions.send_again(message_id)
