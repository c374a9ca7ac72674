"""How messages, files and fates look on the screen and as JSON objects."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from whispr.cli.output import size_text, visible, visible_lines
from whispr.client.store.message import Direction, MessageKind, Protection

if TYPE_CHECKING:
    from pathlib import Path

    from whispr.cli.output import Output
    from whispr.client.store.attachment import Attachment
    from whispr.client.store.contacts import Contact
    from whispr.client.store.message import Message

INDENT = "    "
_STAND_INS = {
    MessageKind.UNSUPPORTED: "(something that needs a newer Whispr)",
    MessageKind.UNDECRYPTABLE: "(could not be opened; asked for again)",
}


def time_text(time_ms: int) -> str:
    """UTC to the millisecond in ISO 8601: `2026-01-31T12:00:00.000Z`."""
    moment = datetime.datetime.fromtimestamp(time_ms / 1000, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local_time(time_ms: int) -> str:
    """The same for a person, in the time of this computer."""
    moment = datetime.datetime.fromtimestamp(time_ms / 1000).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M")


def print_message(output: Output, message: Message, contact: Contact) -> None:
    """A message that is no file, in either direction."""
    text = _STAND_INS.get(message.kind, message.text)
    incoming = message.direction is Direction.IN
    who = visible(contact.name) if incoming else "me"
    state = "" if message.fate is None else f"  ({fate_text(message)}{_older(message)})"
    output.record(
        "notice" if message.kind is MessageKind.NOTICE else "message",
        f"{local_time(message.sent_at_ms)}  {output.bold(who)}: "
        f"{visible_lines(text, INDENT)}{state}",
        id=message.content_id.hex(),
        **_parties(message, contact),
        text=message.text,
        kind=message.kind.name.lower(),
        sent_at=time_text(message.sent_at_ms),
        verified=message.verified,
        contact_verified=contact.verified_at_ms is not None,
        protection=message.protection.name.lower(),
        **_fate(message),
    )


def print_file(output: Output, message: Message, contact: Contact, known: Attachment) -> None:
    """A file in a conversation, here or not."""
    incoming = message.direction is Direction.IN
    who = visible(contact.name) if incoming else "me"
    state = known.state.name.lower() if message.fate is None else fate_text(message)
    output.record(
        "attachment",
        f"{local_time(message.sent_at_ms)}  {output.bold(who)}: [file] {visible(known.name)}, "
        f"{size_text(known.size_bytes)}  ({state})",
        id=message.content_id.hex(),
        **_parties(message, contact),
        name=known.name,
        size=known.size_bytes,
        sent_at=time_text(message.sent_at_ms),
        verified=message.verified,
        contact_verified=contact.verified_at_ms is not None,
        transfer=known.state.name.lower(),
        **_fate(message),
    )


def print_stored(
    output: Output, message: Message, contact: Contact, known: Attachment, path: Path
) -> None:
    """A file that has come, with the readable copy that was made of it."""
    output.record(
        "attachment",
        f"{local_time(message.sent_at_ms)}  {output.bold(visible(contact.name))}: [file] "
        f"{visible(known.name)}, {size_text(known.size_bytes)}\n{INDENT}{visible(str(path))}",
        id=message.content_id.hex(),
        **{"from": contact.name},
        name=known.name,
        size=known.size_bytes,
        path=str(path),
        sent_at=time_text(message.sent_at_ms),
        verified=message.verified,
        contact_verified=contact.verified_at_ms is not None,
    )


def print_fate(output: Output, message: Message, contact: Contact) -> None:
    """What became of a message of ours."""
    what = f"file {visible(message.file_name)}" if message.file_name else "text"
    output.record(
        "fate",
        f"{what} to {output.bold(visible(contact.name))}: {fate_text(message)}",
        id=message.content_id.hex(),
        to=contact.name,
        **_fate(message),
    )


def fate_text(message: Message) -> str:
    """`delivered`, or `failed: the reason`."""
    state = "" if message.fate is None else message.fate.name.lower()
    return f"{state}: {visible(message.reason)}" if message.reason else state


def _older(message: Message) -> str:
    """What the person chose for this one stays to be seen."""
    chosen = message.protection is Protection.OLDER_BY_CHOICE
    return ", with the older protection" if chosen else ""


def _parties(message: Message, contact: Contact) -> dict[str, str]:
    return {("from" if message.direction is Direction.IN else "to"): contact.name}


def _fate(message: Message) -> dict[str, str]:
    if message.fate is None:
        return {}
    return {"state": message.fate.name.lower(), "reason": message.reason}
