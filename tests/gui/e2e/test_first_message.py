"""From nothing to two people who talk, and one profile in two windows."""

from __future__ import annotations

import shutil

from desktop import MakeDesktop, MakePerson
from processes import RelayProcess, until


async def test_five_actions_from_the_pin_to_the_first_message(
    relay: RelayProcess, make_desktop: MakeDesktop, make_person: MakePerson
) -> None:
    bob = await make_person("Bob", relay)
    desktop = await make_desktop()
    await desktop.name_and_pin()
    desktop.actions = 0
    await desktop.enter(relay.address)
    await desktop.until(focus="Add a contact")
    await desktop.key("Return")
    await desktop.sees("Paste their card")
    await desktop.copy(await bob.ask("card"))
    await desktop.key("ctrl+v")
    await desktop.sees("Valid address")
    await desktop.key("Return", "Return")
    await desktop.until(dialogs=0, focus="MessageText")
    await desktop.enter("Hello Bob")
    assert desktop.actions == 5
    assert await until(lambda: bob.ask("requests"), bool) == ["Alice"]
    await bob.ask("accept", name="Alice")
    assert await until(lambda: bob.ask("texts", name="Alice"), bool) == ["Hello Bob"]
    await desktop.until(fate="delivered")
    await bob.ask("send", to="Alice", text="Hello Alice")
    await desktop.sees("Hello Alice")
    await desktop.until(unread=0)


async def test_one_profile_in_two_windows(relay: RelayProcess, make_desktop: MakeDesktop) -> None:
    first = await make_desktop()
    await first.first_run(relay)
    again = await make_desktop()
    await again.unlock()
    await again.sees("This profile is open already", "Try again")
    await again.click("Close")
    assert await again.wait() == 0
    # A copy on another computer is the same device to the relay: the newer one is heard.
    await first.key("ctrl+l")
    await first.sees("Enter your PIN")
    await first.until(screen="entrance")
    shutil.copytree(first.folder, first.folder.with_name("copy"))
    await first.unlock()
    await first.until(phase="online")
    second = await make_desktop("copy")
    await second.unlock()
    await second.until(phase="online")
    await first.until(phase="replaced", foot="Open elsewhere")
    await first.activate()
    await first.click("Use here")
    await first.until(phase="online")
    await second.until(phase="replaced")
