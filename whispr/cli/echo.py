"""The contact of the demo who answers: says a text again, and tells what came of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.cli.output import size_text
from whispr.client.events import AttachmentStored, MessageReceived
from whispr.client.store.message import MessageKind

if TYPE_CHECKING:
    from whispr.client.client import Client


async def answer_everything(client: Client) -> None:
    """Answer texts and files of contacts as they come, until cancelled."""
    async for event in client.events():
        answer = _answer(client, event)
        if answer is not None:
            contact_id, text = answer
            await client.send(client.store.contacts.get(contact_id).name, text)


def _answer(client: Client, event: object) -> tuple[int, str] | None:
    """Whom to answer, and what."""
    match event:
        case MessageReceived():
            message = client.store.history.get(event.message_id)
            if message is not None and message.kind is MessageKind.TEXT:
                return event.contact_id, f"I heard: {message.text}"
        case AttachmentStored():
            known = client.messages.attachment(event.message_id)
            if known is not None and known.file_sha256 is not None:
                digest = known.file_sha256.hex()[:16]
                return event.contact_id, (
                    f"{known.name} is here: {size_text(known.size_bytes)}, SHA-256 {digest}…"
                )
    return None
