"""Search: whatever a person types finds words or nothing, and never fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whispr.client.store.attachment import AttachmentState
from whispr.client.store.contacts import ContactState
from whispr.client.store.search import EXCERPT_CHARACTERS, match_expression

if TYPE_CHECKING:
    from collections.abc import Callable

    from whispr.client.store.contacts import Contact
    from whispr.client.store.message import Message
    from whispr.client.store.profile_store import ProfileStore

    Receive = Callable[..., Message]


def _found(store: ProfileStore, query: str) -> list[str]:
    return [hit.message.text for hit in store.search.search(query)]


@pytest.mark.parametrize(
    "query",
    ["meet", "MEET", "mee", "meet café", "cafe", "caf", "at café", '"café"', "café* (", "noon"],
)
def test_words_are_found_in_any_case_and_accent(
    store: ProfileStore, alice: Contact, receive: Receive, query: str
) -> None:
    receive(alice, "Meet me at the Café, noon!")
    assert _found(store, query) == ["Meet me at the Café, noon!"]


@pytest.mark.parametrize(
    "query", ["eet", "caf meet", "meet tomorrow", "", "  ", '"', "***", "()", "-", "\0", "\ud800"]
)
def test_what_is_not_there_is_not_found(
    store: ProfileStore, alice: Contact, receive: Receive, query: str
) -> None:
    receive(alice, "Meet me at the Café, noon!")
    assert _found(store, query) == []
    assert store.search.count(query) == 0


@pytest.mark.parametrize(
    "query",
    [
        *("NOT meet", "meet OR nothing", "meet AND", "text:meet", "NEAR(meet me)", "^meet"),
        *("-meet", "{text}:meet", '"meet', "meet + me", "meet*", "a\0b", "meet; DROP TABLE x"),
    ],
)
def test_query_language_has_no_effect(
    store: ProfileStore, alice: Contact, receive: Receive, query: str
) -> None:
    receive(alice, "meet me")
    plain_words = ("^meet", "-meet", '"meet', "meet + me", "meet*")
    assert _found(store, query) == (["meet me"] if query in plain_words else [])


def test_hits_are_newest_first_and_continue(
    store: ProfileStore, alice: Contact, bob: Contact, receive: Receive
) -> None:
    for number in range(1, 8):
        receive(alice if number % 2 else bob, f"word {number}", number)
    hits = store.search.search("word", limit=3)
    assert [hit.message.text for hit in hits] == ["word 7", "word 6", "word 5"]
    rest = store.search.search("word", before_id=hits[-1].message.message_id)
    assert [hit.message.text for hit in rest] == ["word 4", "word 3", "word 2", "word 1"]
    with_bob = store.search.search("word", contact_id=bob.contact_id)
    assert [hit.message.text for hit in with_bob] == ["word 6", "word 4", "word 2"]
    assert store.search.count("word") == 7
    assert store.search.count("word", contact_id=bob.contact_id) == 3


def test_strangers_are_not_searched(
    store: ProfileStore, add_contact: Callable[..., Contact], receive: Receive
) -> None:
    receive(add_contact("Stranger", 1, ContactState.REQUEST), "word")
    assert _found(store, "word") == []


def test_file_names_are_found(store: ProfileStore, alice: Contact, receive: Receive) -> None:
    message = receive(alice, "look")
    store.attachments.add(
        message.message_id,
        name="holiday photo.jpg",
        size_bytes=1,
        media_type="image/jpeg",
        descriptor=b"",
        blob_id=bytes(32),
        state=AttachmentState.OFFERED,
    )
    (hit,) = store.search.search("photo")
    assert hit.message.file_name == "holiday photo.jpg"
    assert [hit.message.file_name[low:high] for low, high in hit.file_name_spans] == ["photo"]
    assert hit.text_spans == ()
    assert hit.excerpt == "look"
    assert _found(store, "look photo") == ["look"]


def test_spans_mark_the_words_in_text_and_excerpt(
    store: ProfileStore, alice: Contact, receive: Receive
) -> None:
    text = "\U0001f600 " * 100 + "needle\nand\tthread, Needle " + "straw " * 100
    receive(alice, text)
    (hit,) = store.search.search("needle")
    assert [text[low:high] for low, high in hit.text_spans] == ["needle", "Needle"]
    assert len(hit.excerpt) == EXCERPT_CHARACTERS
    marked = [hit.excerpt[low:high] for low, high in hit.excerpt_spans]
    assert marked == ["needle", "Needle"]
    assert "\n" not in hit.excerpt


def test_index_follows_wiped_messages(
    store: ProfileStore, alice: Contact, receive: Receive
) -> None:
    receive(alice, "word one", 1)
    second = receive(alice, "word two", 2)
    index = store.database.rows("SELECT block FROM message_text_data")
    assert any(b"word" in block for (block,) in index)
    store.history.delete_message(second.message_id)
    assert _found(store, "word") == ["word one"]
    store.wipe_conversation(alice.contact_id)
    assert store.search.count("word") == 0
    index = store.database.rows("SELECT block FROM message_text_data")
    assert not any(b"word" in block for (block,) in index)  # not even as a deleted entry
    store.database.change(
        "INSERT INTO message_text (message_text, rank) VALUES ('integrity-check', 1)"
    )


def test_query_is_bounded() -> None:
    expression = match_expression(" ".join(["x" * 1000] * 1000))
    assert len(expression) < 2000


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=st.text(st.characters(), max_size=60))
def test_no_query_fails(store: ProfileStore, query: str) -> None:
    store.search.search(query)
    store.search.count(query)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_spans_lie_within_any_text(
    store: ProfileStore, alice: Contact, receive: Receive, text: str
) -> None:
    store.history.delete_conversation(alice.contact_id)
    receive(alice, text + " needle \x01\x02")
    (hit,) = store.search.search("needle")
    found = {hit.message.text[low:high] for low, high in hit.text_spans}
    assert ("needle" in found) or "\0" in text


def test_text_with_a_zero_byte_is_found_and_shown_without_marks(
    store: ProfileStore, alice: Contact, receive: Receive
) -> None:
    receive(alice, "before\0 needle")
    (hit,) = store.search.search("needle")
    assert hit.excerpt == "before\0 needle"
    assert (hit.text_spans, hit.excerpt_spans) == ((), ())
