"""`whispr relay stats`: what a relay on this machine counted, by hour and by day.

Sums only; there is no record of a single message to show.
"""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from whispr.cli.options import count
from whispr.cli.output import size_text
from whispr.errors import WhisprError
from whispr.relay.stats_listener import PATTERN

if TYPE_CHECKING:
    import argparse

    from whispr.cli.options import Parser
    from whispr.cli.output import Output
    from whispr.relay.config import RelayConfig

ANSWER_SECONDS = 5.0
_HEADINGS = ("messages", "bytes", "users", "files", "mean file", "refused", "expired", "evicted")
Report = dict[str, Any]
Row = dict[str, int]


def add_stats(parser: Parser) -> None:
    """Arguments of `whispr relay stats`."""
    for name, default, most in (("hours", 24, 48), ("days", 7, 35)):
        parser.add_argument(
            f"--{name}",
            metavar="N",
            type=count,
            default=default,
            help=f"{name} to show (default: {default}, kept: {most})",
        )


def show_stats(config: RelayConfig, options: argparse.Namespace, output: Output) -> int:
    """Ask every process of the relay whose data lies in the configured folder; print the sums.

    Raises:
        WhisprError: no relay runs there, or its socket may not be opened.
    """
    folder = config.data or Path(platformdirs.user_data_dir("whispr-relay", False))
    reports = asyncio.run(_ask_all(sorted(folder.glob(PATTERN))))
    if not reports:
        raise WhisprError(f"no relay runs with its data in {folder}; see --data")
    since = min(int(report["since"]) for report in reports)
    processes = "1 process" if len(reports) == 1 else f"{len(reports)} processes"
    began = _time(since).strftime("%Y-%m-%d %H:%M")
    output.line(f"counted since {began} UTC by {processes}; <20 users stands for any fewer")
    for kind, shown in (("hour", options.hours), ("day", options.days)):
        rows = _joined(report[f"{kind}s"] for report in reports)[:shown]
        _print(kind, rows, output)
    return 0


async def _ask_all(paths: Iterable[Path]) -> list[Report]:
    found = [await _ask(path) for path in paths]
    return [report for report in found if report is not None]


async def _ask(path: Path) -> Report | None:
    """What one process tells; None of one that was killed."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(path)
            line = await reader.read()
            writer.close()
        report: Report = json.loads(line)
    except (ConnectionRefusedError, FileNotFoundError):
        return None
    except (OSError, ValueError) as error:
        raise WhisprError(f"cannot read {path}: {error}") from error
    return report


def _joined(tables: Iterable[list[Row]]) -> list[Row]:
    """Rows of several processes by their beginning, newest first.

    Counts are added. People may be seen by several processes: the largest estimate stands.
    """
    joined: dict[int, Row] = {}
    for row in (row for table in tables for row in table):
        whole = joined.setdefault(row["begins"], {"begins": row["begins"], "users": 0})
        for name, number in row.items():
            if name == "users":
                whole[name] = max(whole[name], number)
            elif name != "begins":
                whole[name] = whole.get(name, 0) + number
    return [joined[begins] for begins in sorted(joined, reverse=True)]


def _print(kind: str, rows: list[Row], output: Output) -> None:
    output.line(f"\n{kind + ' (UTC)':<17}" + "".join(f"{name:>11}" for name in _HEADINGS))
    for row in rows:
        begins = _time(row["begins"])
        mean_bytes = row["file_bytes"] // row["files"] if row["files"] else 0
        cells = (
            *(str(row["messages"]), size_text(row["message_bytes"])),
            *(str(row["users"] or "<20"), str(row["files"])),
            *(size_text(mean_bytes) if row["files"] else "-", str(row["refused"])),
            *(str(row["expired"]), str(row["evicted"])),
        )
        written = begins.strftime("%Y-%m-%d %H:%M" if kind == "hour" else "%Y-%m-%d")
        output.record(
            kind,
            f"{written:<17}" + "".join(f"{cell:>11}" for cell in cells),
            **{name: number for name, number in row.items() if name != "begins"},
            begins=begins.isoformat(),
            mean_file_bytes=mean_bytes,
        )


def _time(seconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
