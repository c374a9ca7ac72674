"""A relay as a process of its own: its memory, its descriptors and its log can be looked at."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path

from whispr.protocol.address import RelayAddress

PATIENCE_SECONDS = 20.0
PROGRAM = """
import json, sys
from pathlib import Path
from whispr.relay.config import RelayConfig
from whispr.relay.process import run
settings = json.loads(sys.argv[1])
config = RelayConfig(**settings | {"listen": ("127.0.0.1:0",), "data": Path(settings["data"])})
sys.exit(run(config, ready=lambda text: print(text, flush=True)))
"""


class RelayProcess:
    """The process; its log goes to a file, so that nobody has to read it for it to go on."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    @classmethod
    async def start(cls, data: Path, settings: dict[str, object]) -> RelayProcess:
        log = await asyncio.to_thread(_log_in, data)
        settings = {"data": str(data), "log_level": "debug", "drain_seconds": 0.05} | settings
        with log.open("ab") as written:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", PROGRAM, json.dumps(settings)),
                stdout=asyncio.subprocess.PIPE,
                stderr=written,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        line = await process.stdout.readline()
        assert line, log.read_text()
        return cls(process, RelayAddress.parse(line.decode()).port, log)

    async def close(self) -> None:
        if self.process.returncode is None:
            self.process.terminate()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self.process.wait()
        if self.process.returncode is None:
            self.process.kill()
        await self.process.communicate()

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    def events(self, name: str) -> list[dict[str, object]]:
        lines = map(json.loads, self.log.read_text().splitlines())
        return [event for event in lines if event["event"] == name]

    async def wait_event(self, name: str) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.events(name):  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.02)

    def resident_bytes(self) -> int:
        """What it holds in memory, by the kernel's count."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def _log_in(data: Path) -> Path:
    data.mkdir(parents=True, exist_ok=True)
    return data / "log"
