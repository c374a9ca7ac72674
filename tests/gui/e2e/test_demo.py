"""`whispr demo` where there is a display: connected, and Echo answers."""

from __future__ import annotations

from desktop import MakeDesktop


async def test_demo_is_connected_and_answers(make_desktop: MakeDesktop) -> None:
    desktop = await make_desktop(command=("demo", "--test-hooks"))
    await desktop.until(phase="online", screen="main")
    await desktop.key("ctrl+1")
    await desktop.sees("I say everything again.")
    await desktop.until(focus="MessageText")
    await desktop.enter("Is anybody there?")
    await desktop.sees("I heard: Is anybody there?")
    await desktop.until(unread=0, waiting=0)
    await desktop.key("ctrl+q")
    assert await desktop.wait() == 0
