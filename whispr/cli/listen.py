"""`whispr listen`: prints what comes, each row at least once, even when it is killed in between."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from whispr.cli.exits import Exit
from whispr.cli.opened import profile_folder, run_client
from whispr.cli.options import count, seconds
from whispr.cli.output import visible
from whispr.cli.records import print_fate, print_message, print_stored
from whispr.client.events import (
    AttachmentFailed,
    ConnectionChanged,
    FateChanged,
    LinkState,
    RequestReceived,
    TransferProgress,
)
from whispr.client.store.cursors import MESSAGES_PRINTED
from whispr.client.store.message import Direction, MessageKind
from whispr.errors import StorageError

if TYPE_CHECKING:
    import argparse

    from whispr.cli.options import Parser
    from whispr.cli.output import Output
    from whispr.client.client import Client
    from whispr.client.events import Event
    from whispr.client.store.message import Message

MESSAGES, FILES = MESSAGES_PRINTED, "listen files"
"""Names of the cursors: up to where messages and stored files were printed."""
OPENED_FOLDER = "opened"
_COUNTED = (MessageKind.TEXT, MessageKind.UNSUPPORTED)
_EPILOG = """\
Prints what was not printed before, then what comes. A row counts as printed once it has been
handed to the system, so after a crash the last line may come again, with the same id; none is
missing. Files come by themselves and are printed when they are here whole, with the path of a
readable copy: in the folder "opened" of the profile, or where --save says.

Exit code 0: N messages and files together have come; 3: the time was over before; 4: the profile
was opened on another device, which gets what comes from now on.

With --json one object a line:
  {"type":"message","id","from","text","kind","sent_at","verified","contact_verified"}
  {"type":"attachment","id","from","name","size","path","sent_at","verified","contact_verified"}
  {"type":"fate","id","to","state","reason"}      a message of yours moved on
  {"type":"request","from","identity"}            a stranger wrote: whispr requests
  {"type":"connection","state","reason"}          online, connecting, waiting, replaced, refused
  {"type":"notice","from","text"}, {"type":"attachment_failed","id","from","name","reason"}
verified: the signatures of the message were checked. contact_verified: you have compared the
safety number with that contact (whispr verify).

examples:
  whispr listen
  whispr listen --count 1 --timeout 60s --json
"""


def add_listen(parser: Parser) -> None:
    """Options of `whispr listen`."""
    parser.description = "Receive: print messages and files as they come, until Ctrl-C."
    parser.epilog = _EPILOG
    parser.add_argument(
        "--count", metavar="N", type=count, help="end when so many messages and files have come"
    )
    parser.add_argument("--timeout", metavar="S", type=seconds, help="end after this time")
    parser.add_argument(
        "--save", metavar="DIR", type=Path, help="folder for the readable copies of files"
    )
    parser.set_defaults(run=run_listen)


def run_listen(options: argparse.Namespace, output: Output) -> int:
    """Listen until the count, the timeout or Ctrl-C."""

    async def listen(client: Client) -> int:
        folder = options.save or profile_folder(options, output) / OPENED_FOLDER
        listener = Listener(client, output, folder, options.count)
        try:
            return await _within(listener, options.timeout)
        finally:
            await client.flush()

    return run_client(options, output, listen, connect=True)


async def _within(listener: Listener, timeout_seconds: float | None) -> Exit:
    try:
        async with asyncio.timeout(timeout_seconds):
            return await listener.run()
    except TimeoutError:
        return Exit.NOT_IN_TIME


class Listener:
    """Prints rows behind the cursors, and events that leave no row."""

    def __init__(
        self, client: Client, output: Output, folder: Path, wanted: int | None = None
    ) -> None:
        self._client = client
        self._output = output
        self._folder = folder
        self._wanted = wanted
        self._printed = 0
        self._replaced = False
        self._strangers: set[int] = set()

    def _has_enough(self) -> bool:
        return self._wanted is not None and self._printed >= self._wanted

    async def run(self) -> Exit:
        """Print until as many came as were wanted, or another device took the mailbox over."""
        with self._client.listening() as events:
            for stranger in self._client.people.requests():
                self._print_request(stranger.contact_id)
            while True:
                await self._print_rows()
                if self._has_enough():
                    return Exit.DONE
                if self._replaced:
                    return Exit.REFUSED
                self._print_event(await events.get())
                while not events.empty():
                    self._print_event(events.get_nowait())

    async def _print_rows(self) -> None:
        """The cursor moves after each line is out: killed in between, that line comes again."""
        store = self._client.store
        while not self._has_enough():
            rows = store.history.after(store.cursors.get(MESSAGES), directions=(Direction.IN,))
            if not rows:
                break
            for message in rows:
                self._print_row(message)
                store.cursors.advance(MESSAGES, message.message_id)
                if self._has_enough():
                    return
        while not self._has_enough() and await self._print_next_file():
            pass

    def _print_row(self, message: Message) -> None:
        if message.kind is not MessageKind.ATTACHMENT:  # printed when the file is here
            contact = self._client.store.contacts.get(message.contact_id)
            print_message(self._output, message, contact)
            self._printed += message.kind in _COUNTED

    async def _print_next_file(self) -> bool:
        store = self._client.store
        stored = store.attachments.stored_after(store.cursors.get(FILES), limit=1)
        if not stored:
            return False
        position, known = stored[0]
        message = store.history.get(known.message_id)
        if message is not None:
            _make_folder(self._folder)
            path = await self._client.messages.save_copy(known.message_id, self._folder)
            contact = store.contacts.get(known.contact_id)
            print_stored(self._output, message, contact, known, path)
            self._printed += 1
        store.cursors.advance(FILES, position)
        return True

    def _print_event(self, event: Event) -> None:
        match event:
            case FateChanged():
                message = self._client.store.history.get(event.message_id)
                if message is not None:
                    contact = self._client.store.contacts.get(message.contact_id)
                    print_fate(self._output, message, contact)
            case RequestReceived():
                self._print_request(event.contact_id)
            case ConnectionChanged(own=True):
                self._print_connection(event)
            case AttachmentFailed():
                self._print_failed(event)
            case TransferProgress():
                label = "receiving" if event.incoming else "sending"
                self._output.progress(label, event.done_bytes, event.total_bytes)

    def _print_request(self, contact_id: int) -> None:
        """Once for each stranger while this runs, however much he writes."""
        if contact_id in self._strangers:
            return
        self._strangers.add(contact_id)
        stranger = self._client.store.contacts.get(contact_id)
        self._output.record(
            "request",
            f"message request of {self._output.bold(visible(stranger.name))}: see whispr requests",
            **{"from": stranger.name},
            identity=self._client.people.address(stranger),
        )

    def _print_connection(self, event: ConnectionChanged) -> None:
        self._replaced = event.state is LinkState.REPLACED
        if self._output.as_json:
            self._output.record("connection", None, state=event.state.value, reason=event.reason)
        elif event.state is LinkState.ONLINE:
            self._output.note(f"connected to {event.location}")
        elif event.reason:
            self._output.note(f"{event.state.value}: {event.reason}")

    def _print_failed(self, event: AttachmentFailed) -> None:
        store = self._client.store
        message = store.history.get(event.message_id)
        if message is None:
            return
        contact = store.contacts.get(message.contact_id)
        self._output.record(
            "attachment_failed",
            f"a file of {visible(contact.name)} did not come: {visible(event.reason)}",
            id=message.content_id.hex(),
            **{"from": contact.name},
            name=message.file_name,
            reason=event.reason,
        )


def _make_folder(folder: Path) -> None:
    """A folder that is made here is private to the user; one that exists stays as it is."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make {folder}: {error.strerror}") from error
