"""`actor_main` with orders that look at suite 2, and deaths at the places it has to survive."""

from __future__ import annotations

import asyncio
from typing import Any

import actor_main
from recording import record

from whispr.client.requests import Asked
from whispr.client.session import Session
from whispr.client.store.message import Direction
from whispr.protocol.frames import Send
from whispr.protocol.schema import Frame


class Actor(actor_main.Actor):
    """More that a test may ask for."""

    async def do_suites(self, name: str) -> list[int]:
        """What our own card offers, and what the card that we have of a contact does."""
        card = self.client.card
        known = self.client.people.card(self.client.people.get(name))
        return [card.device.suites if card else 0, known.device.suites]

    async def do_protected(self, name: str) -> list[str]:
        """What protected each message to a contact on its way."""
        contact = self.client.people.get(name)
        return [
            message.protection.name
            for message in self.client.store.history.iterate(contact.contact_id)
            if message.direction is Direction.OUT
        ]

    async def do_kinds(self, name: str) -> list[str]:
        """What sort each row from a contact is."""
        contact = self.client.people.get(name)
        return [
            message.kind.name
            for message in self.client.store.history.iterate(contact.contact_id)
            if message.direction is Direction.IN
        ]

    async def do_reasons(self, name: str) -> list[str]:
        """Why messages to a contact are where they are."""
        contact = self.client.people.get(name)
        return [
            message.reason
            for message in self.client.store.history.iterate(contact.contact_id)
            if message.direction is Direction.OUT
        ]

    async def do_protection(self, name: str) -> str:
        return self.client.people.protection(self.client.people.get(name))

    async def do_send_older(self, to: str, text: str) -> int:
        return (await self.client.send(to, text, allow_suite_1=True)).message_id

    async def do_die_before_sending(self) -> None:
        """Die when an envelope is committed and none of its bytes has left."""
        ask = Session.ask

        def asked(session: Session, frame_type: type[Frame], **fields: Any) -> Asked:
            if frame_type is Send:
                actor_main.die()
            return ask(session, frame_type, **fields)

        Session.ask = asked  # type: ignore[method-assign]


if __name__ == "__main__":
    record()
    actor_main.Actor = Actor  # type: ignore[misc]
    asyncio.run(actor_main.main())
