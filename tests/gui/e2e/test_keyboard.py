"""The keyboard alone: every chat, every part of the window, every button."""

from __future__ import annotations

from desktop import Desktop, MakeDesktop, MakePerson
from processes import RelayProcess


async def test_keyboard_alone(
    relay: RelayProcess, make_desktop: MakeDesktop, make_person: MakePerson
) -> None:
    bob, carol = await make_person("Bob", relay), await make_person("Carol", relay)
    desktop = await make_desktop()
    await desktop.first_run(relay, bob, carol)
    to_carol = (await desktop.look())["selected"]

    # A draft is of its contact alone.
    await desktop.type("for Carol only")
    await desktop.key("alt+Down")
    to_bob = (await desktop.until(focus="MessageText"))["selected"]
    assert to_bob != to_carol
    await desktop.sees("Draft:\nfor Carol only")
    assert (await desktop.texts()).count("for Carol only") == 1
    await desktop.key("ctrl+Tab")
    await desktop.until(selected=to_carol)
    await desktop.sees("for Carol only")
    await desktop.key("ctrl+shift+Tab")
    await desktop.until(selected=to_bob)

    # The next unread chat; passing by with the arrows reads nothing.
    await carol.ask("send", to="Alice", text="Good morning")
    await desktop.until(unread=1)
    await desktop.key("F6")
    await desktop.until(focus="Canvas")
    await desktop.key("Up", "Down", "Up", "Down")
    assert (await desktop.look())["unread"] == 1
    await desktop.key("alt+shift+Down")
    await desktop.until(selected=to_carol, unread=0)

    # Search, and straight to what was found.
    await desktop.key("ctrl+k")
    await desktop.until(focus="Search")
    await desktop.type("bob")
    await desktop.key("Down", "Return")
    await desktop.until(selected=to_bob, focus="MessageText")

    # F6 goes round; Tab reaches every button.
    seen = await _walk(desktop, "F6", 4)
    assert len(set(seen)) == 4
    reached = set(await _walk(desktop, "Tab", 16))
    wanted = {"Search", "Settings", "Add a contact", "Search in this chat", "Verify contact"}
    assert wanted | {"More", "Attach files", "Emoji"} <= reached, reached

    # Dialogs by key, closed by Escape, the focus back where it was.
    await desktop.key("ctrl+1")
    await desktop.until(focus="MessageText")
    for keys in ("F1", "ctrl+comma", "ctrl+n", "ctrl+shift+v"):
        before = (await desktop.until(dialogs=0))["focus"]
        await desktop.key(keys)
        await desktop.until(dialogs=1)
        await desktop.key("Escape")
        await desktop.until(dialogs=0, focus=before)

    # Text size, reading view.
    await desktop.key("ctrl+plus")
    await desktop.key("ctrl+0")
    await desktop.key("F7")
    await desktop.key("F7")

    # From several bubbles to another program.
    await desktop.key("Escape")
    await desktop.until(focus="MessageText")
    for text in ("first", "second"):
        await desktop.enter(text)
    await desktop.sees("first", "second")
    await desktop.key("shift+F6", "ctrl+a", "ctrl+c")
    assert "first\nsecond" in await desktop.clipboard()
    await desktop.key("ctrl+q")
    assert await desktop.wait() == 0


async def _walk(desktop: Desktop, key: str, steps: int) -> list[str]:
    """Where the focus is after each press."""
    found = []
    for _ in range(steps):
        await desktop.key(key)
        found.append((await desktop.look())["focus"])
    return found
