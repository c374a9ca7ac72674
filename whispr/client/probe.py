"""Looks at a relay once: is it there, is it the right one, which keys does it have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.client.clock import ClientClock, SystemClock
from whispr.client.session import Session
from whispr.protocol.address import RelayAddress

if TYPE_CHECKING:
    from whispr.protocol.schema import Frame


async def find_relay(address: RelayAddress, *, clock: ClientClock | None = None) -> RelayAddress:
    """Connect once and return the address with the pins to remember.

    Raises:
        ConnectError: nothing answers there.
        CertificateError: another relay answers, or nobody vouches for it.
        RelayError, RemoteProtocolError: it does not take us, or speaks something else.
    """

    def ignore(_: Frame) -> None:
        """Nothing is asked, so nothing that is pushed matters."""

    session = await Session.connect(address, clock=clock or SystemClock(), on_push=ignore)
    try:
        return RelayAddress(address.host, address.port, session.relay_ids, address.access_token)
    finally:
        await session.aclose()
