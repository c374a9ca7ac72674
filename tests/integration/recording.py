"""Records every byte that an end hands to TLS or gets from it, when a test asks for that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from whispr.protocol.connection import Connection, UnknownFrame
from whispr.protocol.schema import Frame

RECORDING = "WHISPR_TEST_RECORDING"


def record() -> None:
    """Wrap the two doors of `Connection` in this process."""
    name = os.environ.get(RECORDING)
    if not name:
        return
    send, receive = Connection.data_to_send, Connection.receive_data

    def note(data: bytes) -> None:
        with Path(name).open("ab") as file:
            file.write(data)

    def data_to_send(self: Connection) -> bytes:
        data = send(self)
        note(data)
        return data

    def receive_data(
        self: Connection, data: bytes | bytearray | memoryview, now: float
    ) -> Iterator[Frame | UnknownFrame]:
        note(bytes(data))
        return receive(self, data, now)

    Connection.data_to_send = data_to_send  # type: ignore[method-assign]
    Connection.receive_data = receive_data  # type: ignore[method-assign]
