"""A process of its own for one person, driven by JSON lines: what a test kills with SIGKILL.

The real client library over a real profile; only the KDF is cheap. Faults are asked for by name,
so that a process can be made to die between two steps that no signal from outside would hit.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from recording import record

from whispr.client import prekeys
from whispr.client.account import new_key_material
from whispr.client.client import Client
from whispr.client.crypto.kdf import Argon2idParameters, KdfBounds, ScryptParameters
from whispr.client.engine import Engine
from whispr.client.events import ConnectionChanged, TransferProgress
from whispr.client.export_file import ExportAccess, export_profile, import_profile
from whispr.client.link import Link
from whispr.client.links import Links
from whispr.client.probe import find_relay
from whispr.client.profile import KeyFileAccess, Profile, ProfilePaths
from whispr.client.session import Session
from whispr.client.store.contacts import ContactState
from whispr.client.store.message import Direction
from whispr.errors import WhisprError
from whispr.protocol.address import RelayAddress
from whispr.protocol.card import parse_card
from whispr.protocol.frames import GetPart
from whispr.protocol.schema import Frame

SECRET = "wombat ledger quartz picnic"
BOUNDS = KdfBounds(scrypt_log2_n=(4, 20), argon2id_memory_kib=(8, 1 << 20), argon2id_passes=(1, 10))
ACCESS = KeyFileAccess(kdf=ScryptParameters(log2_n=4), bounds=BOUNDS)
EXPORT_ACCESS = ExportAccess(kdf=Argon2idParameters(passes=1, memory_kib=64), bounds=BOUNDS)


def die() -> None:
    """End as kill -9 would."""
    os.kill(os.getpid(), signal.SIGKILL)


class Actor:
    """What the test may ask for; each answer is one JSON line."""

    def __init__(self, profile: Profile, client: Client) -> None:
        self.profile = profile
        self.client = client
        self.states: list[str] = []
        self.moved_bytes = 0
        self.hold = DownloadHold()

    async def watch(self, queue: asyncio.Queue[Any]) -> None:
        """Note every state of the own connection."""
        while True:
            event = await queue.get()
            if isinstance(event, ConnectionChanged) and event.own:
                self.states.append(event.state.value)
            if isinstance(event, TransferProgress):
                self.moved_bytes = event.done_bytes

    async def do(self, order: dict[str, Any]) -> Any:
        """Carry out one order."""
        method = getattr(self, "do_" + order.pop("do"))
        return await method(**order)

    async def do_card(self) -> str:
        card = self.client.card
        return card.text() if card else ""

    async def do_add(self, card: str) -> str:
        return self.client.people.add(card).name

    async def do_accept(self, name: str) -> str:
        return self.client.people.accept(name).name

    async def do_requests(self) -> list[str]:
        return [contact.name for contact in self.client.people.requests()]

    async def do_send(self, to: str, text: str, life_ms: int | None = None) -> int:
        return (await self.client.send(to, text, life_ms=life_ms)).message_id

    async def do_send_many(self, to: str, count: int, prefix: str) -> int:
        for number in range(count):
            await self.client.send(to, f"{prefix}{number}")
            await asyncio.sleep(0)
        return count

    async def do_send_file(self, to: str, path: str, life_ms: int | None = None) -> int:
        return (await self.client.send_file(to, Path(path), life_ms=life_ms)).message_id

    async def do_texts(self, name: str) -> list[str]:
        """Texts that came from a contact, in the order of their rows."""
        contact = self.client.people.get(name)
        return [
            message.text
            for message in self.client.store.history.iterate(contact.contact_id)
            if message.direction is Direction.IN
        ]

    async def do_fates(self, name: str) -> dict[str, int]:
        """How many messages to a contact have which fate."""
        contact = self.client.people.get(name)
        counts: dict[str, int] = {}
        for message in self.client.store.history.iterate(contact.contact_id):
            if message.fate is not None:
                counts[message.fate.name] = counts.get(message.fate.name, 0) + 1
        return counts

    async def do_files(self, name: str, folder: str) -> list[str]:
        """Readable copies of the files that came from a contact."""
        contact = self.client.people.get(name)
        paths = []
        for message in self.client.store.history.iterate(contact.contact_id):
            known = self.client.messages.attachment(message.message_id)
            if known and message.direction is Direction.IN and known.state.name == "STORED":
                paths.append(
                    str(await self.client.messages.save_copy(message.message_id, Path(folder)))
                )
        return paths

    async def do_moved_bytes(self) -> int:
        return self.moved_bytes

    async def do_lying(self) -> int:
        """How many contents lie on a relay, by what it said when it took them."""
        now_ms = self.client.now_ms()
        return sum(row.on_relay_until_ms > now_ms for row in self.client.store.outbox.pending())

    async def do_states(self) -> list[str]:
        return self.states

    async def do_state(self) -> str:
        return self.client.state.value

    async def do_contacts(self) -> list[str]:
        return [contact.name for contact in self.client.people.list(ContactState.ACCEPTED)]

    async def do_counters(self) -> dict[str, int]:
        return self.client.counters

    async def do_retry(self) -> None:
        self.client.retry_now()

    async def do_move(self, relay: str) -> list[str]:
        """Have the mailbox at another relay; returns where it is still read."""
        self.client.move(await find_relay(RelayAddress.parse(relay)))
        return [place.relay.location for place in self.client.former_places]

    async def do_contact_relay(self, name: str) -> str:
        return parse_card(self.client.people.get(name).card).device.relay.location

    async def do_relay(self) -> str:
        return self.client.relay.location

    async def do_die_in_move(self, after_commit: bool) -> None:
        """Die in the next move: in its transaction, or when it is committed and not acted on."""
        if after_commit:
            Links.move = lambda links: die()  # type: ignore[method-assign]
        else:
            Engine.announce_card = lambda engine: die()  # type: ignore[method-assign]

    async def do_export(self, target: str) -> None:
        await asyncio.to_thread(export_profile, self.profile, Path(target), SECRET, EXPORT_ACCESS)

    async def do_flush(self) -> bool:
        return await self.client.flush()

    async def do_die_before_acknowledging(self, after: int) -> None:
        """Die when that many deliveries are committed, before the relay hears of it."""
        remaining = after

        def acknowledge(link: Link, session: object, sequence: int) -> None:
            nonlocal remaining
            remaining -= 1
            if remaining <= 0:
                die()
            real(link, session, sequence)

        real = Link.acknowledge
        Link.acknowledge = acknowledge  # type: ignore[method-assign, assignment]

    async def do_die_in_download(self, after_parts: int) -> None:
        """Die when that many parts of a file have come; 0 takes it back."""
        self.hold.die_after = after_parts

    async def do_pause_download(self, after_parts: int) -> None:
        """Let no further part come in after that many."""
        self.hold.pause_after = after_parts

    async def do_paused(self) -> bool:
        return self.hold.paused

    async def do_resume_download(self) -> None:
        self.hold.pause_after = 0
        self.hold.go_on.set()


class DownloadHold:
    """Stands between the library and its requests for parts."""

    def __init__(self) -> None:
        self.die_after = self.pause_after = self.parts = 0
        self.paused = False
        self.go_on = asyncio.Event()
        request = Session.request

        async def held(session: Session, frame_type: type[Frame], /, **fields: Any) -> Frame:
            if frame_type is GetPart:
                self.parts += 1
                if self.die_after and self.parts > self.die_after:
                    die()
                if self.pause_after and self.parts > self.pause_after:
                    self.paused = True
                    await self.go_on.wait()
            return await request(session, frame_type, **fields)

        Session.request = held  # type: ignore[method-assign]


def open_profile(arguments: dict[str, Any]) -> Profile:
    """Unlock, make, or import a profile."""
    folder = Path(arguments["folder"])
    if "import" in arguments:
        return import_profile(
            folder,
            Path(arguments["import"]),
            SECRET,
            SECRET,
            access=ACCESS,
            export_access=EXPORT_ACCESS,
        )
    if ProfilePaths(folder).exists:
        return Profile.unlock(folder, SECRET, ACCESS)
    relay = RelayAddress.parse(arguments["relay"])
    now_ms = arguments["now_ms"]
    material = new_key_material(arguments["name"], relay, now_ms=now_ms)
    return Profile.create(folder, material, SECRET, ACCESS)


async def main() -> None:
    """Serve orders until standard input ends."""
    arguments = json.loads(sys.argv[1])
    loop = asyncio.get_running_loop()
    with open_profile(arguments) as profile:
        async with Client.open(profile) as client:
            actor = Actor(profile, client)
            with client.listening() as queue:
                watching = asyncio.create_task(actor.watch(queue))
                answer({"ready": True})
                while line := await loop.run_in_executor(None, sys.stdin.readline):
                    try:
                        answer({"ok": await actor.do(json.loads(line))})
                    except WhisprError as error:
                        answer({"error": type(error).__name__, "text": str(error)})
                watching.cancel()


def answer(value: dict[str, Any]) -> None:
    """One line."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    prekeys.ADVERTISED = bool(os.environ.get("WHISPR_TEST_SUITE_2"))
    record()
    asyncio.run(main())
