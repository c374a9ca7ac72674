"""What the screenshots show: people, messages and a relay that do not exist, at a fixed time."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import struct
import zlib

from whispr.gui.checks import CardCheck
from whispr.gui.items import (
    ConnectionItem,
    ConversationItem,
    FateName,
    FileItem,
    FileState,
    MessageItem,
    OwnItem,
    RequestItem,
)

NOW_MS = 1_780_651_260_000
"""Friday, 5 June 2026, 09:21 UTC."""
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
RELAY = "relay.example.org:7443"
ADDRESS = "whispr://j64SkAs3eE0oODQCXutYEszP7TJbLODhImSaCtep-Kc@" + RELAY
ONLINE = ConnectionItem("online", RELAY, message_life_ms=60_000)
NUMBER = "28881 97392 63415 15500 40127 66093 71150 02938 55417 80066 13359 94712"


def identity(name: str) -> bytes:
    """32 bytes that stand for somebody."""
    return hashlib.sha256(name.encode()).digest()


def address(name: str) -> str:
    """What an identity looks like as text."""
    return "wsp1" + hashlib.sha256(name.encode()).hexdigest()[:59]


OWN = OwnItem(
    "Daniel Okafor",
    identity("Daniel Okafor"),
    address("Daniel Okafor"),
    "whispr://relay.example.org:7443/#" + "AYqI4910kq7v9m3x5n2c8r4t" * 14,
)
VALID = CardCheck("valid", "Valid address", identity("Jonas"), "Jonas", address("Jonas"))


def person(contact_id: int, name: str, line: str, ago_ms: int, **more: object) -> ConversationItem:
    """A row of the list."""
    item = ConversationItem(
        *(contact_id, name, identity(name), line),
        last_kind="text",
        time_ms=NOW_MS - ago_ms,
        address=address(name),
    )
    return dataclasses.replace(item, **more)  # type: ignore[arg-type]


PEOPLE = (
    person(
        *(1, "Marta Kowalczyk", "Makes sense 👍 see you at 10", MINUTE_MS),
        last_outgoing=True,
        last_fate="accepted",
        verified=True,
    ),
    person(2, "Jonas", "Can you check the relay logs when you are back?", 19 * MINUTE_MS, unread=3),
    person(
        *(3, "Priya Raman", "quarterly-report.pdf", 34 * MINUTE_MS),
        last_kind="file",
        unread=1,
        verified=True,
    ),
    person(4, "Léa", "", DAY_MS, draft="I will bring the second key and the notes"),
    person(
        *(5, "Tomasz (work laptop)", "ok 😂 deal", DAY_MS + HOUR_MS),
        last_outgoing=True,
        last_fate="read",
    ),
    person(6, "release-bot", "Build 1.4.0 finished: 412 tests passed, 0 failed", 4 * DAY_MS),
    person(
        *(7, "Ana Sofia", "The photos from Sunday", 5 * DAY_MS),
        last_outgoing=True,
        last_fate="expired",
    ),
)
REQUESTS = (
    RequestItem(
        *(20, "Ruth Alder", identity("Ruth Alder"), address("Ruth Alder")),
        ("Hi Daniel, Priya gave me your card.", "Is the meeting still on Friday?"),
        NOW_MS - HOUR_MS,
    ),
    RequestItem(
        *(21, "Unknown", identity("Unknown"), address("Unknown")),
        ("hello",),
        NOW_MS - 3 * HOUR_MS,
    ),
)


class Talk:
    """Collects the messages of a conversation."""

    def __init__(self, contact_id: int) -> None:
        self._contact_id = contact_id
        self.items: list[MessageItem] = []

    def theirs(self, text: str, ago_ms: int, **more: object) -> None:
        """Something that came."""
        self._add(text, ago_ms, outgoing=False, **more)

    def ours(self, text: str, ago_ms: int, fate: FateName = "delivered", **more: object) -> None:
        """Something that we wrote."""
        self._add(text, ago_ms, outgoing=True, fate=fate, **more)

    def file(
        self, name: str, size_bytes: int, state: FileState, ago_ms: int, **more: object
    ) -> None:
        """A file that came, or with `outgoing` one that we sent."""
        parts = {key: more.pop(key) for key in ("done_bytes", "preview", "reason") if key in more}
        item = dataclasses.replace(FileItem(name, size_bytes, state), **parts)  # type: ignore[arg-type]
        kind = "image" if item.preview else "file"
        self._add("", ago_ms, **{"outgoing": False, "kind": kind, "file": item, **more})

    def _add(self, text: str, ago_ms: int, **more: object) -> None:
        at = NOW_MS - ago_ms
        item = MessageItem(*(len(self.items) + 1, self._contact_id, False, "text", text, at, at))
        self.items.append(dataclasses.replace(item, **more))  # type: ignore[arg-type]


def with_marta() -> list[MessageItem]:
    """The conversation of the first picture."""
    talk, evening = Talk(1), 15 * HOUR_MS + 48 * MINUTE_MS
    talk.theirs("Are we still meeting on Friday?", evening + 8 * MINUTE_MS)
    talk.ours("Yes, 10:00 works for me", evening)
    talk.ours(
        "I read the threat model section last night. The replay part is much better now.", evening
    )
    talk.theirs("🎉", evening - MINUTE_MS)
    talk.theirs("Good morning! Here is the annotated copy, comments are inline.", 9 * MINUTE_MS)
    talk.file("threat-model-v4-annotated.pdf", 2_400_000, "offered", 9 * MINUTE_MS)
    talk.ours(
        "Thanks. Two questions before the call:\n1. Do we keep the 60 second relay TTL?\n"
        "2. What happens when the inbox is full?",
        4 * MINUTE_MS,
        "read",
    )
    talk.theirs(
        "Keep it. The notes are here: https://wiki.example.org/relay/retention and the sender "
        "sees it as expired.",
        2 * MINUTE_MS,
    )
    talk.file(
        *("sequence-diagram.png", 842_000, "uploading", 2 * MINUTE_MS),
        done_bytes=522_000,
        outgoing=True,
        fate="queued",
    )
    talk.ours("Makes sense 👍 see you at 10", MINUTE_MS, "accepted")
    return talk.items


def with_jonas() -> list[MessageItem]:
    """A long conversation with three unread messages."""
    talk = Talk(2)
    for number in range(60):
        say = talk.ours if number % 3 == 0 else talk.theirs
        say(f"Entry {number + 1} of the log looks as it should.", DAY_MS - number * 4 * MINUTE_MS)
    for text in (
        "Back at the desk?",
        "Something is odd on the relay.",
        "Can you check the relay logs when you are back?",
    ):
        talk.theirs(text, 19 * MINUTE_MS, read=False)
    return talk.items


def with_priya() -> list[MessageItem]:
    """Files in every state."""
    talk = Talk(3)
    talk.theirs("From this morning", HOUR_MS)
    talk.file("lake.png", 64_000, "saved", HOUR_MS, preview=picture(300, 180))
    talk.file("notes.txt", 12_000, "saved", HOUR_MS)
    talk.file(
        "quarterly-report.pdf", 3_100_000, "downloading", 34 * MINUTE_MS, done_bytes=1_100_000
    )
    talk.file(
        "old-minutes.odt", 40_000, "gone", 33 * MINUTE_MS, reason="Ask Priya to send it again"
    )
    talk.file("damaged.zip", 900_000, "broken", 32 * MINUTE_MS)
    talk.file("budget.ods", 88_000, "sent", 20 * MINUTE_MS, outgoing=True, fate="read")
    talk.file("slides.odp", 7_900_000, "encrypting", 2 * MINUTE_MS, outgoing=True, fate="queued")
    return talk.items


def undelivered() -> list[MessageItem]:
    """What was written while the relay was away, and what came to nothing."""
    talk = Talk(7)
    talk.theirs("How was the weekend?", 5 * DAY_MS + HOUR_MS)
    talk.ours(
        "The photos from Sunday", 5 * DAY_MS, "expired", reason="Expired: not fetched in seven days"
    )
    talk.ours("Trying again today", 6 * MINUTE_MS, "queued")
    talk.ours("and with the address this time", 5 * MINUTE_MS, "queued")
    return talk.items


CONVERSATIONS = {1: with_marta, 2: with_jonas, 3: with_priya, 7: undelivered}


def picture(width: int, height: int) -> bytes:
    """A PNG of a lake in the evening."""
    rows = bytearray()
    for row in range(height):
        rows.append(0)
        for column in range(width):
            down = row / height
            hill = 0.45 + 0.12 * math.sin(column / 38) + 0.05 * math.sin(column / 11)
            color = (250 - 90 * down, 190 - 90 * down, 140 + 60 * down)
            if hill < down < 0.66:
                color = (52, 62, 92)
            elif down >= 0.66:
                wave = 12 * math.sin(column / 9 + row / 2)
                color = (96 + wave, 98 + wave, 150 + wave)
            rows += bytes(max(0, min(255, round(part))) for part in color)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(bytes(rows), 9)),
            (b"IEND", b""),
        )
    )
