"""Suite 2 between processes: the default, and what it survives."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from pathlib import Path

import pytest
from conftest import MakeRelay
from processes import ActorError, Person, Process, RelayProcess, befriend, until

from whispr.protocol.card import parse_card_text

FAST = {
    "sends_per_second": 1000.0,
    "send_burst": 1000,
    "connection_sends_per_second": 1000.0,
    "connection_send_burst": 1000,
}

pytestmark = pytest.mark.xfail(
    run=False, strict=False, reason="cards do not offer suite 2 yet: see whispr.client.prekeys"
)


class Somebody(Person):
    """A person whose process knows the orders of this file."""

    def __init__(self, folder: Path, name: str, relay: RelayProcess) -> None:
        super().__init__(folder, name, relay)
        self._script = "suite2_actor_main.py"


async def friends(
    tmp_path: Path, running: list[Process], relay: RelayProcess
) -> tuple[Somebody, Somebody]:
    """Alice and Bob, who have each other's card with suite 2 on it."""
    alice, bob = await strangers(tmp_path, running, relay)
    await befriend(alice, bob)
    await strong(alice, "Bob")
    await strong(bob, "Alice")
    return alice, bob


async def strangers(
    tmp_path: Path, running: list[Process], relay: RelayProcess
) -> tuple[Somebody, Somebody]:
    """Alice and Bob, whose cards offer suite 2, and who do not know each other."""
    people = Somebody(tmp_path / "alice", "Alice", relay), Somebody(tmp_path / "bob", "Bob", relay)
    for person in people:
        running.append(person)
        await person.start()
        await until(
            lambda person=person: person.ask("card"),  # type: ignore[misc]
            lambda text: bool(text) and parse_card_text(text).device.suites == 3,
        )
    return people


async def strong(person: Person, name: str) -> None:
    """Both cards offer suite 2."""
    await until(lambda: person.ask("suites", name=name), lambda suites: suites == [3, 3])


async def delivered(person: Person, name: str, count: int) -> None:
    await until(lambda: person.ask("fates", name=name), lambda fates: fates == {"DELIVERED": count})


async def texts(person: Person, name: str) -> list[str]:
    """What is shown as something that was written; rows without a text are files or notes."""
    shown: list[str] = await person.ask("texts", name=name)
    kinds: list[str] = await person.ask("kinds", name=name)
    return [text for text, kind in zip(shown, kinds, strict=True) if kind == "TEXT"]


async def test_text_and_file_go_in_suite_2_by_default(
    tmp_path: Path, running: list[Process], make_relay: MakeRelay
) -> None:
    alice, bob = await friends(tmp_path, running, await make_relay(**FAST))
    source = tmp_path / "plans.bin"
    source.write_bytes(os.urandom(300_000))
    await alice.ask("send", to="Bob", text="hello")
    await alice.ask("send_file", to="Bob", path=str(source))
    await delivered(alice, "Bob", 2)
    await bob.ask("send", to="Alice", text="hello yourself")
    await delivered(bob, "Alice", 1)
    assert await alice.ask("protected", name="Bob") == ["FORWARD_SECRET"] * 2
    assert await bob.ask("protected", name="Alice") == ["FORWARD_SECRET"]
    assert await texts(bob, "Alice") == ["hello"]
    (copy,) = await bob.ask("files", name="Alice", folder=str(tmp_path))
    assert sha256(Path(copy)) == sha256(source)
    for person, name in ((alice, "Bob"), (bob, "Alice")):
        assert (await person.ask("protection", name=name)).startswith("strong:")


async def test_both_begin_at_the_same_time(
    tmp_path: Path, running: list[Process], make_relay: MakeRelay
) -> None:
    alice, bob = await friends(tmp_path, running, await make_relay(**FAST))
    await asyncio.gather(
        *(alice.ask("send_many", to="Bob", count=20, prefix="a"),),
        *(bob.ask("send_many", to="Alice", count=20, prefix="b"),),
    )
    await delivered(alice, "Bob", 20)
    await delivered(bob, "Alice", 20)
    assert sorted(await texts(bob, "Alice")) == sorted(f"a{number}" for number in range(20))
    assert sorted(await texts(alice, "Bob")) == sorted(f"b{number}" for number in range(20))
    assert set(await alice.ask("kinds", name="Bob")) == {"TEXT"}


async def test_relay_killed_and_everything_forgotten(
    tmp_path: Path, running: list[Process], make_relay: MakeRelay
) -> None:
    relay = await make_relay(**FAST)
    alice, bob = await friends(tmp_path, running, relay)
    await alice.order("send_many", to="Bob", count=60, prefix="m")
    await until(lambda: bob.ask("texts", name="Alice"), lambda shown: len(shown) >= 5)
    await relay.kill()
    await relay.start()
    await alice.line()
    await delivered(alice, "Bob", 60)
    assert sorted(await texts(bob, "Alice")) == sorted(f"m{number}" for number in range(60))
    carol = Somebody(tmp_path / "carol", "Carol", relay)
    running.append(carol)
    await carol.start()
    await befriend(carol, bob)
    await strong(carol, "Bob")
    await carol.ask("send", to="Bob", text="the prekeys are there again")
    await delivered(carol, "Bob", 1)
    assert await carol.ask("protected", name="Bob") == ["FORWARD_SECRET"]


async def test_sender_killed_between_commit_and_send(
    tmp_path: Path, running: list[Process], make_relay: MakeRelay
) -> None:
    alice, bob = await friends(tmp_path, running, await make_relay(**FAST))
    for number in range(2):  # the first message of a session, and a later one
        await alice.ask("die_before_sending")
        with pytest.raises(ActorError):
            await alice.ask("send", to="Bob", text=f"m{number}")
            await alice.ask("flush")
        assert await alice.wait() == -9
        await alice.start()
        await delivered(alice, "Bob", number + 1)
    assert await texts(bob, "Alice") == ["m0", "m1"]
    assert set(await bob.ask("kinds", name="Alice")) == {"TEXT"}


async def test_recipient_killed_between_commit_and_acknowledgement(
    tmp_path: Path, running: list[Process], make_relay: MakeRelay
) -> None:
    alice, bob = await friends(tmp_path, running, await make_relay(**FAST))
    await bob.ask("die_before_acknowledging", after=1)
    await alice.ask("send_many", to="Bob", count=10, prefix="m")
    assert await bob.wait() == -9
    await bob.start()
    await delivered(alice, "Bob", 10)
    assert sorted(await texts(bob, "Alice")) == sorted(f"m{number}" for number in range(10))
    assert set(await bob.ask("kinds", name="Alice")) == {"TEXT"}


async def test_profile_put_back_to_an_older_copy_recovers(
    tmp_path: Path, running: list[Process], make_relay: MakeRelay
) -> None:
    alice, bob = await friends(tmp_path, running, await make_relay(**FAST))
    await alice.ask("send", to="Bob", text="before")
    await delivered(alice, "Bob", 1)
    await bob.close()
    shutil.copytree(bob.folder, tmp_path / "copy")
    await bob.start()
    for number in range(3):
        await bob.ask("send", to="Alice", text=f"b{number}")
        await delivered(bob, "Alice", number + 1)
        await alice.ask("send", to="Bob", text=f"a{number}")
        await delivered(alice, "Bob", number + 2)
    await bob.kill()
    shutil.rmtree(bob.folder)
    shutil.copytree(tmp_path / "copy", bob.folder)
    await bob.start()
    await alice.ask("send", to="Bob", text="after")
    await delivered(alice, "Bob", 5)
    assert await texts(bob, "Alice") == ["before", "after"]
    assert "UNDECRYPTABLE" in await bob.ask("kinds", name="Alice")
    await bob.ask("send", to="Alice", text="here again")
    await delivered(bob, "Alice", 1)
    assert await texts(alice, "Bob") == ["b0", "b1", "b2", "here again"]
    assert set(await alice.ask("protected", name="Bob")) == {"FORWARD_SECRET"}


async def test_without_keys_it_waits_visibly_and_may_go_with_the_older_protection(
    tmp_path: Path, running: list[Process], make_relay: MakeRelay
) -> None:
    relay = await make_relay(**FAST)
    alice, bob = await strangers(tmp_path, running, relay)
    await bob.ask("add", card=await alice.ask("card"))
    card = await bob.ask("card")
    await bob.kill()
    await relay.kill()
    await relay.start()
    await until(lambda: alice.ask("state"), lambda state: state == "online")
    await alice.ask("add", card=card)
    await alice.ask("send", to="Bob", text="waits")
    await until(
        lambda: alice.ask("reasons", name="Bob"),
        lambda reasons: reasons == ["waiting for the contact's keys"],
    )
    await alice.ask("send_older", to="Bob", text="does not wait")
    await until(
        lambda: alice.ask("fates", name="Bob"),
        lambda fates: fates == {"QUEUED": 1, "ACCEPTED": 1},
    )
    await bob.start()
    await delivered(alice, "Bob", 2)
    assert sorted(await texts(bob, "Alice")) == ["does not wait", "waits"]
    assert await alice.ask("protected", name="Bob") == ["FORWARD_SECRET", "OLDER_BY_CHOICE"]
    await bob.ask("send", to="Alice", text="got both")
    await delivered(bob, "Alice", 1)
    with pytest.raises(ActorError, match="strong protection"):
        await alice.ask("send_older", to="Bob", text="never again")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
