"""A real Prometheus beside a test: scrapes what it is told, evaluates the rules of `deploy/`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "whispr-rules.yml"
SCRAPE_SECONDS = 0.2
PATIENCE_SECONDS = 30.0


class Prometheus:
    """The process and its HTTP interface."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self._base = f"http://127.0.0.1:{port}"

    @classmethod
    async def start(cls, folder: Path, targets: dict[str, str], labels: str) -> Prometheus:
        """`targets` are `host:port` by job; `labels` are given to each."""
        port = _free_port()
        shutil.copy(RULES, folder / RULES.name)
        jobs = [
            {
                "job_name": job,
                "static_configs": [{"targets": [target], "labels": {"instance": labels}}],
            }
            for job, target in targets.items()
        ]
        interval = f"{int(SCRAPE_SECONDS * 1000)}ms"
        configuration = {
            "global": {
                "scrape_interval": interval,
                "scrape_timeout": interval,
                "evaluation_interval": interval,
            },
            "rule_files": [RULES.name],
            "scrape_configs": jobs,
        }
        (folder / "prometheus.yml").write_text(json.dumps(configuration))
        with (folder / "prometheus.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'series'}",
                f"--web.listen-address=127.0.0.1:{port}",
                stdout=log,
                stderr=log,
            )
        prometheus = cls(process, port)
        await prometheus.until(lambda: prometheus.get("/-/ready", raw=True))
        return prometheus

    async def stop(self) -> None:
        """End it and wait for it."""
        if self.process.returncode is None:
            self.process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.process.wait()
                return
        self.process.kill()
        await self.process.wait()

    def get(self, path: str, *, raw: bool = False, **query: str) -> Any:
        """What an address of the interface answers; None while it does not."""
        url = self._base + path + ("?" + urllib.parse.urlencode(query) if query else "")
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                body = answer.read()
        except urllib.error.HTTPError as error:
            if error.code == 503:
                return None
            raise AssertionError(f"{query}: {error.read().decode()}") from error
        except OSError:
            return None
        return body if raw else json.loads(body)["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples of an expression now; an error of Prometheus fails the test."""
        return self.get("/api/v1/query", query=expression)["result"]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something in the other process is so."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]
