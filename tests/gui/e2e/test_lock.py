"""The lock: nothing readable is left, nothing is lost, a wrong PIN waits; quiet notifications."""

from __future__ import annotations

from desktop import MakeDesktop, MakePerson
from processes import RelayProcess


async def test_lock_takes_everything_and_gives_it_back(
    relay: RelayProcess, make_desktop: MakeDesktop, make_person: MakePerson
) -> None:
    bob = await make_person("Bob", relay)
    desktop = await make_desktop()
    await desktop.first_run(relay, bob)
    await bob.ask("send", to="Alice", text="the safe is open")
    await desktop.sees("the safe is open")
    await desktop.type("a half sentence")
    await desktop.sees("a half sentence")
    # What is typed on goes nowhere but into the field of the PIN.
    await desktop.key("ctrl+l", "x", "y")
    shown = await desktop.sees("Enter your PIN")
    await desktop.until(focus="PIN")
    for secret in ("the safe is open", "a half sentence", "Bob", "xy"):
        assert secret not in shown
    assert (await desktop.look())["title"] == "Whispr"
    await desktop.key("ctrl+a", "BackSpace")

    await desktop.enter("000000")
    await desktop.sees("Wrong PIN. 2 tries left before a wait.")
    await desktop.enter("000000")
    await desktop.sees("Wrong PIN. 1 try left before a wait.")
    await desktop.enter("000000")
    await desktop.sees("Wrong PIN. Try again in")
    await desktop.sees("Try again now.")
    await desktop.unlock()
    await desktop.until(screen="main")
    await desktop.key("ctrl+1")
    shown = await desktop.sees("the safe is open", "a half sentence")
    assert "xy" not in shown

    # Out of sight, a message is announced by its sender, and counted in the title.
    await desktop.hide()
    await bob.ask("send", to="Alice", text="nobody else may read this")
    await desktop.until(title="(1) Whispr", unread=1)
    calls = await desktop.programs.called("New message")
    assert "Bob" in calls and "nobody else" not in calls
    await desktop.activate()
    await desktop.until(title="Whispr", unread=0)
