"""What the conversation view costs on a real X server, beside the budgets it is held to.

Run `python bench/gui.py`; it starts Xvfb unless `DISPLAY` is set, prints one table, and ends with
1 when a budget is broken. A step ends when Tk has handled everything and the X server has
answered, so drawing is part of the figure. Percentiles are of wall clock; other work on the
machine counts.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import resource
import statistics
import subprocess
import sys
import time
import tkinter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.gui_start import cold_starts
from whispr.gui.conversation.pages import ListedPages
from whispr.gui.items import ConversationItem, FileItem, MessageItem
from whispr.gui.links import Link
from whispr.gui.look import Look
from whispr.gui.tokens import DARK, LIGHT
from whispr.gui.views.composer import Composer
from whispr.gui.views.conversation import Conversation

MESSAGES = 10_000
START_MS = 1_780_000_000_000
WORDS = (
    "the a meeting keys tonight relay please send check it now maybe later report coffee train "
    "safety number compare verify attachment photo invoice draft budget hello thanks great sure "
    "encryption ephemeral message deleted after sixty seconds tomorrow morning we should talk"
).split()


class Nobody:
    """Takes every action and does nothing."""

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_arguments: None

    def open_link(self, _link: Link) -> None:
        """Nothing to open."""


class Table:
    """Figures beside their budgets."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        print(f"{'':38}{'measured':>18}{'budget':>12}")

    def row(self, name: str, value: float, unit: str, budget: float | None, more: str = "") -> None:
        """One figure; without a budget it is for information."""
        held = budget is None or value < budget
        if not held:
            self.broken.append(name)
        limit = "" if budget is None else f"< {budget:g} {unit}"
        print(f"{name:38}{value:>12.1f} {unit:<5}{limit:>12}{'' if held else '  BROKEN'}{more}")


def conversation(count: int) -> list[MessageItem]:
    """Messages of two people over some months, long and short, with emoji, links and files."""
    chance, at, outgoing, items = random.Random(7), START_MS, False, []
    for number in range(1, count + 1):
        if chance.random() < 0.45:
            outgoing = not outgoing
        at += chance.choice([5, 20, 40, 90, 600, 4000]) * 1000
        words = chance.choices(WORDS, k=min(90, max(1, int(chance.expovariate(1 / 11)))))
        if chance.random() < 0.12:
            words.append(chance.choice("😀🎉👍😂🔒"))
        if chance.random() < 0.05:
            words.append(f"https://example.org/path/{number}")
        file = None
        if chance.random() < 0.03:
            file = FileItem(f"report-{number}.pdf", chance.randrange(2_000, 9_000_000), "saved")
        items.append(
            MessageItem(
                *(number, 1, outgoing, "file" if file else "text"),
                *("" if file else " ".join(words).capitalize(), at, at),
                "delivered" if outgoing else None,
                file=file,
            )
        )
    return items


def percentile(values: list[float], share: float) -> float:
    """That share of the values is not larger."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def memory_mb() -> float:
    """The most memory that the process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Bench:
    """A window of 760 x 800 with a conversation and a composer."""

    def __init__(self, messages: int) -> None:
        started = time.perf_counter()
        self.root = tkinter.Tk()
        self.root.geometry("760x800+0+0")
        self.look = Look(self.root, LIGHT)
        self.composer = Composer(self.root, self.look, Nobody())
        self.composer.pack(side="bottom", fill="x")
        self.view = Conversation(self.root, self.look, Nobody())
        self.view.pack(fill="both", expand=True)
        self.messages = self.view.messages
        self.settle()
        self.window_ms = (time.perf_counter() - started) * 1000
        self.pages = ListedPages(conversation(messages))
        self.item = ConversationItem(1, "Alice", bytes(32))
        self.table = Table()

    def settle(self) -> None:
        """Everything is handled and drawn: the X server answers a question at the end."""
        self.root.update()
        self.root.winfo_pointerx()

    def timed(self, step: Callable[[], object]) -> float:
        """Milliseconds of a step with what it draws."""
        started = time.perf_counter()
        step()
        self.settle()
        return (time.perf_counter() - started) * 1000

    def repeated(self, name: str, budget: float, steps: list[Callable[[], object]]) -> None:
        """A row for the 95th percentile of many steps."""
        times = [self.timed(step) for step in steps]
        middle = statistics.median(times)
        self.table.row(f"{name}, p95", percentile(times, 0.95), "ms", budget, f"  p50 {middle:.1f}")

    def run(self) -> list[str]:
        """Measure everything; returns the names of the broken budgets."""
        before_mb = memory_mb()
        table, view, canvas = self.table, self.view, self.messages
        self.timed(lambda: view.open(self.item, ListedPages(self.pages.items[:40])))
        opened = self.timed(lambda: view.open(self.item, self.pages))
        table.row(f"open {len(self.pages.items):,} messages", opened, "ms", 100)
        table.row("  again", self.timed(lambda: view.open(self.item, self.pages)), "ms", 100)
        wheel = [lambda: canvas.event_generate("<Button-4>", x=300, y=300)] * 400
        self.repeated("wheel step upwards", 16, wheel)
        places = random.Random(1).choices(range(len(self.pages.items)), k=60)
        jumps = [lambda place=place: canvas.show_message(place + 1) for place in places]
        self.repeated("jump to any message", 50, jumps)
        self._appending()
        self._states()
        self._selecting()
        self._typing()
        self._whole_view()
        table.row("memory of the conversation", memory_mb() - before_mb, "MB", 30)
        table.row("memory of the process", memory_mb(), "MB", 90)
        table.row("window, look and views", self.window_ms, "ms", None)
        starts = cold_starts(Path(__file__).resolve().parent.parent)
        more = f"  slowest {max(starts):.0f}"
        table.row("cold start to PIN, median", statistics.median(starts), "ms", 700, more)
        self.root.destroy()
        return table.broken

    def _new(self, count: int, **changes: object) -> list[MessageItem]:
        last = self.pages.items[-1]
        start = max([last.message_id, *self.messages.loaded.ids[-1:]]) + 1
        return [
            replace(
                *(self.pages.items[number % 500],),
                message_id=start + number,
                stored_at_ms=last.stored_at_ms + (start + number) * 1000,
                **changes,
            )
            for number in range(count)
        ]

    def _appending(self) -> None:
        self.timed(self.messages.to_latest)
        put = self.view.put
        steps = [lambda: put(self._new(1, outgoing=False))] * 150
        self.repeated("append at the end", 16, steps)
        self.timed(lambda: self.messages.scroll(-2_000))
        self.repeated("append while reading above", 16, steps)
        updates = self.messages.stage.updates
        arrived = self.timed(lambda: put(self._new(500, outgoing=False)))
        drawn = self.messages.stage.updates - updates
        self.table.row("500 messages at once", arrived, "ms", 50, f"  drawn {drawn} time(s)")
        self.timed(self.messages.to_latest)
        arrived = self.timed(lambda: put(self._new(500, outgoing=False)))
        self.table.row("500 messages at once, at the end", arrived, "ms", 50)

    def _states(self) -> None:
        canvas = self.messages
        shown = canvas.loaded[canvas.viewport.rows[-2].message_id]
        fates = ["queued", "accepted", "delivered", "read"] * 25
        self.repeated(
            *("tick of a message in view", 16),
            [
                lambda fate=fate: self.view.put([replace(shown, outgoing=True, fate=fate)])
                for fate in fates
            ],
        )

    def _selecting(self) -> None:
        canvas = self.messages
        canvas.event_generate("<Button-1>", x=60, y=60)
        self.repeated(
            *("select by dragging", 16),
            [
                lambda at=at: canvas.event_generate("<B1-Motion>", x=60 + at * 4, y=60 + at * 5)
                for at in range(100)
            ],
        )
        canvas.event_generate("<ButtonRelease-1>", x=460, y=560)

    def _typing(self) -> None:
        text = self.composer.text
        text.focus_force()
        self.settle()
        keys = "some words that somebody types ".replace(" ", "_") * 8
        self.repeated(
            *("key press in the composer", 16),
            [
                lambda key=key: text.event_generate("<Key>", keysym=key.replace("_", "space"))
                for key in keys
            ],
        )

    def _whole_view(self) -> None:
        look, root = self.look, self.root
        switches = [lambda theme=theme: look.set_theme(theme) for theme in (DARK, LIGHT) * 4]
        self.table.row("theme switch, first", self.timed(switches[0]), "ms", 250)
        self.repeated("theme switch", 250, switches[1:])
        self.repeated(
            *("resize", 75),
            [lambda width=width: root.geometry(f"{width}x800") for width in range(700, 860, 8)],
        )
        self.table.row("reading view on", self.timed(self.view.toggle_reading), "ms", 250)
        self.timed(self.view.toggle_reading)
        hostile = [
            ("a megabyte in one line", "x" * 1_000_000),
            ("10,000 lines", "line\n" * 10_000),
            ("64 kB of words", "word " * 13_000),
        ]
        for name, text in hostile:
            step = self.timed(lambda text=text: self.view.put(self._new(1, kind="text", text=text)))
            self.table.row(f"arrives: {name}", step, "ms", None)


def main() -> int:
    """Start a display when there is none, and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--messages", type=int, default=MESSAGES)
    arguments = parser.parse_args()
    display = None
    if not os.environ.get("DISPLAY"):
        readable, writable = os.pipe()
        display = subprocess.Popen(
            [
                *("Xvfb", "-displayfd", str(writable), "-screen", "0", "1300x900x24"),
                *("-dpi", "96", "-nolisten", "tcp", "-noreset"),
            ],
            pass_fds=(writable,),
            stderr=subprocess.DEVNULL,
        )
        os.close(writable)
        with os.fdopen(readable) as numbers:
            os.environ["DISPLAY"] = f":{numbers.readline().strip()}"
    # As in the application: garbage is collected between the steps, not within them.
    gc.disable()
    try:
        broken = Bench(arguments.messages).run()
    finally:
        if display is not None:
            display.terminate()
            display.wait()
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
