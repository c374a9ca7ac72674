"""The relay dies while somebody types, and the window dies while something waits."""

from __future__ import annotations

import re

from desktop import MakeDesktop, MakePerson
from processes import RelayProcess, until


async def test_relay_killed_while_typing(
    relay: RelayProcess, make_desktop: MakeDesktop, make_person: MakePerson
) -> None:
    bob = await make_person("Bob", relay)
    desktop = await make_desktop()
    await desktop.first_run(relay, bob)
    # Once they have spoken, nothing of Bob's is needed to write to him while he is away.
    await desktop.enter("Hello")
    await desktop.until(fate="delivered")
    await bob.kill()
    await desktop.type("Are you th")
    await relay.kill()
    await desktop.enter("ere?")
    await desktop.until(fate="queued", waiting=1)
    shown = await desktop.sees("1 message will be sent when it returns.", "Retry now")
    assert "Are you there?" in shown
    await until(desktop.look, lambda found: re.search(r"retry in \d+ s", found["foot"]))
    await desktop.type("And an")
    await relay.start()
    await desktop.type("other")
    await desktop.click("Retry now")
    await desktop.until(phase="online", banner="", fate="accepted")
    assert "No connection" not in await desktop.texts()
    await bob.start()
    await desktop.until(fate="delivered")
    assert "And another" in await desktop.texts()
    await desktop.key("Return")
    heard = await until(lambda: bob.ask("texts", name="Alice"), lambda texts: len(texts) == 3)
    assert heard == ["Hello", "Are you there?", "And another"]


async def test_window_killed_with_three_messages_waiting(
    relay: RelayProcess, make_desktop: MakeDesktop, make_person: MakePerson
) -> None:
    bob = await make_person("Bob", relay)
    desktop = await make_desktop()
    await desktop.first_run(relay, bob)
    await relay.kill()
    for text in ("one", "two", "three"):
        await desktop.enter(text)
    await desktop.until(waiting=3)
    await desktop.kill()
    desktop = await make_desktop()
    await desktop.unlock()
    await desktop.until(screen="main", phase="waiting")
    await desktop.key("ctrl+1")
    shown = await desktop.sees("one", "two", "three")
    assert (await desktop.look())["fate"] == "queued"
    assert "Offline" in shown
    await relay.start()
    await desktop.click("Retry now")
    await bob.ask("retry")
    heard = await until(lambda: bob.ask("texts", name="Alice"), lambda texts: len(texts) == 3)
    assert heard == ["one", "two", "three"]
