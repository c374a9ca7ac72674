"""The window takes its turns while keys are derived, a large file goes and 200 messages come."""

from __future__ import annotations

from pathlib import Path

from desktop import PIN, MakeDesktop, MakePerson
from processes import RelayProcess

LIMIT_MS = 150.0
"""50 ms on a quiet computer, with room for the others of a test run."""


async def test_window_stays_awake(
    relay: RelayProcess, make_desktop: MakeDesktop, make_person: MakePerson, tmp_path: Path
) -> None:
    bob = await make_person("Bob", relay)
    desktop = await make_desktop()
    await desktop.first_run(relay, bob)
    await desktop.key("ctrl+l")
    await desktop.until(focus="PIN")
    await desktop.ask("late_ms")
    await desktop.enter(PIN)
    await desktop.until(screen="main", phase="online")
    await desktop.key("ctrl+1")
    await desktop.until(focus="MessageText")
    large = tmp_path / "large.raw"
    with large.open("wb") as file:
        file.truncate(10_000_000)
    desktop.programs.choose(large)
    await desktop.key("ctrl+o")
    await desktop.until(staged=1)
    await desktop.key("Return")
    await bob.ask("send_many", to="Alice", count=200, prefix="number ")
    await desktop.sees("number 199")
    late = sorted(await desktop.ask("late_ms"))
    assert len(late) > 50
    assert late[int(len(late) * 0.99)] < LIMIT_MS, late[-10:]
