from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli_kit import Stream
from whispr.cli import records
from whispr.cli.output import Output
from whispr.cli.terminal import Terminal
from whispr.client.store.attachment import Attachment, AttachmentState
from whispr.client.store.contacts import Contact, ContactState
from whispr.client.store.message import Direction, Fate, Message, MessageKind, Protection

BOB = Contact(
    *(1, bytes(32), "Bob\x1b", b"", 1, bytes(32), bytes(32), ContactState.ACCEPTED, None),
    *(True, False, 0, None, 0),
)
INCOMING = Message(
    *(1, 1, Direction.IN, bytes(16), MessageKind.TEXT, "hi\nthere", "", 1_767_225_600_123, 0, 0),
    *(None, "", True, False),
)
OUTGOING = dataclasses.replace(
    INCOMING,
    direction=Direction.OUT,
    fate=Fate.FAILED,
    reason="too \x1blarge",
    file_name="a\x07.png",
)
FILE = Attachment(
    *(1, 1, Direction.IN, bytes(16), "a\x07.png", 5, "image/png", b"", AttachmentState.OFFERED),
    *("", 0, None, b"", "", ""),
)


def both(print_one: Any, *parts: Any) -> tuple[str, dict[str, Any]]:
    """What a person and what a machine sees."""
    seen = []
    for as_json in (False, True):
        out = Stream()
        print_one(Output(Terminal(Stream(), out, Stream()), as_json=as_json), *parts)
        seen.append(out.getvalue())
    return seen[0], json.loads(seen[1])


def test_what_the_person_chose_to_send_weaker_is_marked() -> None:
    chosen = dataclasses.replace(OUTGOING, kind=MessageKind.TEXT, file_name="", text="hi")
    shown, _ = both(records.print_message, chosen, BOB)
    assert "older protection" not in shown
    chosen = dataclasses.replace(chosen, protection=Protection.OLDER_BY_CHOICE)
    shown, found = both(records.print_message, chosen, BOB)
    assert shown.endswith(", with the older protection)\n")
    assert found["protection"] == "older_by_choice"


def test_message() -> None:
    shown, found = both(records.print_message, INCOMING, BOB)
    assert shown.endswith("  Bob\\x1b: hi\n    there\n")
    assert found == {
        **{"type": "message", "id": "00" * 16, "from": "Bob\x1b", "text": "hi\nthere"},
        **{"kind": "text", "sent_at": "2026-01-01T00:00:00.123Z"},
        **{"verified": True, "contact_verified": False, "protection": "unknown"},
    }


@pytest.mark.parametrize(
    ("kind", "type_name", "said"),
    [
        (MessageKind.UNSUPPORTED, "message", "needs a newer Whispr"),
        (MessageKind.UNDECRYPTABLE, "message", "asked for again"),
        (MessageKind.NOTICE, "notice", "hi"),
    ],
)
def test_what_is_no_text_is_said_in_words(kind: MessageKind, type_name: str, said: str) -> None:
    shown, found = both(records.print_message, dataclasses.replace(INCOMING, kind=kind), BOB)
    assert said in shown
    assert (found["type"], found["kind"]) == (type_name, kind.name.lower())


def test_file_that_has_not_come() -> None:
    shown, found = both(records.print_file, INCOMING, BOB, FILE)
    assert "[file] a\\x07.png, 5 bytes  (offered)" in shown
    assert (found["type"], found["name"], found["size"]) == ("attachment", "a\x07.png", 5)
    assert (found["transfer"], "path" in found) == ("offered", False)


def test_file_that_is_here() -> None:
    shown, found = both(records.print_stored, INCOMING, BOB, FILE, Path("/x/a\x1b.png"))
    assert "\n    /x/a\\x1b.png\n" in shown
    assert found["path"] == "/x/a\x1b.png"


def test_fate_has_its_reason() -> None:
    shown, found = both(records.print_fate, OUTGOING, BOB)
    assert shown == "file a\\x07.png to Bob\\x1b: failed: too \\x1blarge\n"
    assert found == {
        **{"type": "fate", "id": "00" * 16, "to": "Bob\x1b"},
        **{"state": "failed", "reason": "too \x1blarge"},
    }


def test_own_row_of_history_has_its_state() -> None:
    _, found = both(records.print_message, OUTGOING, BOB)
    assert (found["to"], found["state"]) == ("Bob\x1b", "failed") and "from" not in found


def test_local_time_is_short() -> None:
    assert len(records.local_time(1_767_225_600_123)) == 16
