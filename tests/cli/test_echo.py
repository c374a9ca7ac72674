from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import cast

from whispr.cli.echo import answer_everything
from whispr.client.client import Client
from whispr.client.events import AttachmentStored, Event, FateChanged, MessageReceived
from whispr.client.store.message import Fate, MessageKind


class EchoClient:
    """A client with three rows; remembers what was sent."""

    def __init__(self, *events: Event) -> None:
        self._events = events
        self.sent: list[tuple[str, str]] = []
        rows = {
            1: SimpleNamespace(kind=MessageKind.TEXT, text="hello"),
            2: SimpleNamespace(kind=MessageKind.ATTACHMENT, text=""),
        }
        self.store = SimpleNamespace(
            history=SimpleNamespace(get=rows.get),
            contacts=SimpleNamespace(get=lambda contact_id: SimpleNamespace(name="You")),
        )
        known = SimpleNamespace(name="map.png", size_bytes=2_000, file_sha256=bytes(32))
        self.messages = SimpleNamespace(attachment={2: known}.get)

    async def events(self) -> AsyncIterator[Event]:
        for event in self._events:
            yield event

    async def send(self, to: str, text: str) -> None:
        self.sent.append((to, text))


async def test_text_is_said_again_and_a_file_is_described() -> None:
    echo = EchoClient(
        *(MessageReceived(1, 7), MessageReceived(2, 7), AttachmentStored(2, 7, "map.png")),
        *(MessageReceived(9, 7), AttachmentStored(9, 7, "x"), FateChanged(1, 7, b"", Fate.READ)),
    )
    await answer_everything(cast("Client", echo))
    assert echo.sent == [
        ("You", "I heard: hello"),
        ("You", "map.png is here: 2.0 kB, SHA-256 0000000000000000…"),
    ]
