"""One profile in several places: locked, taken over, moved to a new device."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from conftest import MakePerson, MakeRelay
from processes import ActorError, Person, RelayProcess, befriend, stays, until

from whispr.protocol.address import RelayAddress

ONLINE, REPLACED = "online", "replaced"


async def test_second_process_on_a_profile_is_told_what_to_close(
    make_relay: MakeRelay, make_person: MakePerson
) -> None:
    relay = await make_relay()
    alice = await make_person("Alice", relay)
    with pytest.raises(ActorError) as refused:
        await make_person("Alice", relay)
    assert "ProfileInUseError" in str(refused.value)
    assert f"process {alice.pid}" in str(refused.value)
    await alice.kill()
    again = await make_person("Alice", relay)
    await until(lambda: again.ask("state"), lambda state: state == ONLINE)


async def test_takeover_does_not_ping_pong(
    tmp_path: Path, make_relay: MakeRelay, make_person: MakePerson
) -> None:
    relay = await make_relay()
    first = await make_person("Alice", relay)
    await until(lambda: first.ask("state"), lambda state: state == ONLINE)
    await first.close()
    await asyncio.to_thread(shutil.copytree, first.folder, tmp_path / "copy")
    await first.start()
    await until(lambda: first.ask("state"), lambda state: state == ONLINE)
    second = await make_person("Alice", relay, folder="copy")
    await until(lambda: first.ask("state"), lambda state: state == REPLACED)
    await until(lambda: second.ask("state"), lambda state: state == ONLINE)
    # Longer than the first reconnect would take:
    await stays(lambda: first.ask("state"), lambda state: state == REPLACED, seconds=2.0)
    assert (await second.ask("states")).count(REPLACED) == 0
    await first.ask("retry")  # "use here" is the only way back
    await until(lambda: second.ask("state"), lambda state: state == REPLACED)
    assert await until(lambda: first.ask("state"), lambda state: state == ONLINE)


async def test_old_export_on_a_new_machine(
    tmp_path: Path, make_relay: MakeRelay, make_person: MakePerson
) -> None:
    relay = await make_relay()
    alice, bob = await make_person("Alice", relay), await make_person("Bob", relay)
    await befriend(alice, bob)
    await say(alice, "Bob", "before the export")
    await bob.ask("export", target=str(tmp_path / "bob.whispr"))
    await say(alice, "Bob", "after the export")
    await say(bob, "Alice", "from the old device")

    new = await make_person("Bob", relay, folder="new", **{"import": str(tmp_path / "bob.whispr")})
    await until(lambda: bob.ask("state"), lambda state: state == REPLACED)
    await until(
        lambda: alice.ask("texts", name="Bob"), lambda texts: "Bob uses a new device" in texts
    )
    await say(alice, "Bob", "to the new device")
    await say(new, "Alice", "from the new device")
    assert await new.ask("texts", name="Alice") == ["before the export", "to the new device"]
    assert await alice.ask("texts", name="Bob") == [
        "from the old device",
        "Bob uses a new device",
        "from the new device",
    ]

    # The old twin insists, and learns for good that its place was taken.
    await bob.ask("retry")
    await until(lambda: bob.ask("states"), lambda states: states[-2:] == ["closed", REPLACED])
    await bob.close()
    await bob.start()
    await until(
        lambda: bob.ask("states"),
        lambda states: states == ["closed", REPLACED] or states == [REPLACED],
    )
    await say(alice, "Bob", "still the new one")
    assert (await new.ask("texts", name="Alice"))[-1] == "still the new one"


async def test_message_to_the_old_device_comes_to_the_new_one(
    tmp_path: Path, make_relay: MakeRelay, make_person: MakePerson
) -> None:
    relay = await make_relay()
    alice, bob = await make_person("Alice", relay), await make_person("Bob", relay)
    await befriend(alice, bob)
    await say(alice, "Bob", "hello")
    await bob.ask("export", target=str(tmp_path / "bob.whispr"))
    await bob.kill()
    await alice.ask("send", to="Bob", text="sealed to the old device")
    await until(lambda: alice.ask("fates", name="Bob"), lambda fates: fates.get("ACCEPTED") == 1)
    new = await make_person("Bob", relay, folder="new", **{"import": str(tmp_path / "bob.whispr")})
    await until(
        lambda: new.ask("texts", name="Alice"),
        lambda texts: texts == ["hello", "sealed to the old device"],
    )
    await until(lambda: alice.ask("fates", name="Bob"), lambda fates: fates == {"DELIVERED": 2})


async def test_contact_who_was_away_reaches_the_old_relay_then_the_new_one(
    make_relay: MakeRelay, make_person: MakePerson
) -> None:
    old, new = await make_relay("old"), await make_relay("new")
    alice, bob = await make_person("Alice", old), await make_person("Bob", old)
    await befriend(alice, bob)
    await say(alice, "Bob", "before")
    await alice.kill()  # away: she has the old card and will write by it
    assert await bob.ask("move", relay=new.address) == [location_of(old)]
    await until(lambda: bob.ask("state"), lambda state: state == ONLINE)
    await bob.kill()
    await alice.start()
    await alice.ask("send", to="Bob", text="to the old relay")
    await until(lambda: alice.ask("lying"), lambda lying: lying > 0)
    await bob.start()  # the old place is taken up again
    await until(
        lambda: bob.ask("texts", name="Alice"),
        lambda texts: texts == ["before", "to the old relay"],
    )
    await until(lambda: alice.ask("contact_relay", name="Bob"), lambda at: at == location_of(new))
    await until(lambda: alice.ask("fates", name="Bob"), lambda fates: fates == {"DELIVERED": 2})
    await old.kill()  # nothing can go there any more
    await alice.ask("send", to="Bob", text="to the new relay")
    await until(
        lambda: bob.ask("texts", name="Alice"),
        lambda texts: texts == ["before", "to the old relay", "to the new relay"],
    )


@pytest.mark.parametrize("after_commit", [False, True], ids=["before_commit", "after_commit"])
async def test_killed_in_the_middle_of_a_move_it_is_the_old_relay_or_the_new_one(
    make_relay: MakeRelay, make_person: MakePerson, after_commit: bool
) -> None:
    old, new = await make_relay("old"), await make_relay("new")
    alice, bob = await make_person("Alice", old), await make_person("Bob", old)
    await befriend(alice, bob)
    await say(alice, "Bob", "before")
    await bob.ask("die_in_move", after_commit=after_commit)
    with pytest.raises(ActorError):
        await bob.ask("move", relay=new.address)
    await bob.start()
    there = location_of(new if after_commit else old)
    assert await bob.ask("relay") == there
    await until(lambda: bob.ask("state"), lambda state: state == ONLINE)
    await until(lambda: alice.ask("contact_relay", name="Bob"), lambda at: at == there)
    await say(alice, "Bob", "after")
    await say(bob, "Alice", "here I am")
    assert await bob.ask("texts", name="Alice") == ["before", "after"]


def location_of(relay: RelayProcess) -> str:
    return RelayAddress.parse(relay.address).location


async def say(person: Person, to: str, text: str) -> None:
    """Send a text and wait for its receipt."""
    before = (await person.ask("fates", name=to)).get("DELIVERED", 0)
    await person.ask("send", to=to, text=text)
    await until(
        lambda: person.ask("fates", name=to), lambda fates: fates.get("DELIVERED", 0) == before + 1
    )
