"""Two people over real relays, each a process of its own: what arrives, and how often."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from conftest import MakePerson, MakeRelay
from processes import Person, befriend, until

FAST = {
    "sends_per_second": 1000.0,
    "send_burst": 1000,
    "connection_sends_per_second": 1000.0,
    "connection_send_burst": 1000,
    "address_sends_per_second": 1000.0,
    "address_send_burst": 1000,
}
NINE_MEGABYTES = 9_000_000


@pytest.mark.parametrize("relays", [1, 2])
async def test_text_and_file_arrive_once(
    tmp_path: Path, make_relay: MakeRelay, make_person: MakePerson, relays: int
) -> None:
    first = await make_relay("relay1")
    second = first if relays == 1 else await make_relay("relay2")
    alice, bob = await make_person("Alice", first), await make_person("Bob", second)
    await befriend(alice, bob)
    text = "hello 👋🏽\nsecond line \u202e and a tail"
    await alice.ask("send", to="Bob", text=text)
    source = tmp_path / "holiday plans.bin"
    source.write_bytes(os.urandom(NINE_MEGABYTES))
    await alice.ask("send_file", to="Bob", path=str(source))
    await until(lambda: alice.ask("fates", name="Bob"), lambda fates: fates == {"DELIVERED": 2})
    assert await bob.ask("texts", name="Alice") == [text, ""]
    (copy,) = await bob.ask("files", name="Alice", folder=str(tmp_path))
    assert sha256(Path(copy)) == sha256(source)
    assert mode(Path(copy)) == 0o600


async def test_relay_killed_during_200_sends(
    make_relay: MakeRelay, make_person: MakePerson
) -> None:
    relay = await make_relay(**FAST)
    alice, bob = await make_person("Alice", relay), await make_person("Bob", relay)
    await befriend(alice, bob)
    await alice.order("send_many", to="Bob", count=200, prefix="m")
    await until(lambda: bob.ask("texts", name="Alice"), lambda texts: len(texts) >= 20)
    await relay.kill()
    await relay.start()
    await alice.line()
    await all_delivered(alice, 200)
    assert sorted(await bob.ask("texts", name="Alice")) == sorted(f"m{n}" for n in range(200))


async def test_sender_killed_and_started_again(
    make_relay: MakeRelay, make_person: MakePerson
) -> None:
    relay = await make_relay(**FAST)
    alice, bob = await make_person("Alice", relay), await make_person("Bob", relay)
    await befriend(alice, bob)
    await alice.order("send_many", to="Bob", count=200, prefix="m")
    await until(lambda: bob.ask("texts", name="Alice"), lambda texts: len(texts) >= 20)
    await alice.kill()
    await alice.start()
    fates = await until(
        lambda: alice.ask("fates", name="Bob"), lambda fates: set(fates) == {"DELIVERED"}
    )
    texts = await bob.ask("texts", name="Alice")
    assert texts and len(texts) == len(set(texts)) == fates["DELIVERED"]


async def test_recipient_killed_between_commit_and_acknowledgement(
    make_relay: MakeRelay, make_person: MakePerson
) -> None:
    relay = await make_relay(**FAST)
    alice, bob = await make_person("Alice", relay), await make_person("Bob", relay)
    await befriend(alice, bob)
    await bob.ask("die_before_acknowledging", after=3)
    await alice.ask("send_many", to="Bob", count=40, prefix="m")
    assert await bob.wait() == -9
    await bob.start()
    await all_delivered(alice, 40)
    assert sorted(await bob.ask("texts", name="Alice")) == sorted(f"m{n}" for n in range(40))


async def test_recipient_away_longer_than_the_relay_keeps_it(
    tmp_path: Path, make_relay: MakeRelay, make_person: MakePerson
) -> None:
    relay = await make_relay(**FAST, ttl_seconds=1.0, blob_ttl_seconds=1.0)
    alice, bob = await make_person("Alice", relay), await make_person("Bob", relay)
    await befriend(alice, bob)
    await bob.kill()
    source = tmp_path / "file.bin"
    source.write_bytes(os.urandom(300_000))
    await alice.ask("send", to="Bob", text="are you there?")
    await alice.ask("send_file", to="Bob", path=str(source))
    await until(lambda: alice.ask("fates", name="Bob"), lambda fates: fates == {"ACCEPTED": 2})
    await until(lambda: alice.ask("lying"), lambda count: count == 0)
    await bob.start()
    await all_delivered(alice, 2)
    assert sorted(await bob.ask("texts", name="Alice")) == ["", "are you there?"]
    (copy,) = await bob.ask("files", name="Alice", folder=str(tmp_path))
    assert sha256(Path(copy)) == sha256(source)


async def test_short_life_expires_and_a_late_receipt_corrects_it(
    make_relay: MakeRelay, make_person: MakePerson
) -> None:
    relay = await make_relay(**FAST)
    alice, bob = await make_person("Alice", relay), await make_person("Bob", relay)
    await befriend(alice, bob)
    await bob.kill()
    await alice.ask("send", to="Bob", text="quick", life_ms=2000)
    await until(lambda: alice.ask("fates", name="Bob"), lambda fates: fates == {"EXPIRED": 1})
    await bob.start()
    assert await bob.ask("texts", name="Alice") == []
    # Now the other way round: Bob has it in time, but his receipt comes after the end.
    await alice.ask("send", to="Bob", text="seen", life_ms=60_000)
    await until(lambda: bob.ask("texts", name="Alice"), lambda texts: texts == ["seen"])
    await until(
        lambda: alice.ask("fates", name="Bob"),
        lambda fates: fates == {"EXPIRED": 1, "DELIVERED": 1},
    )


async def test_one_sided_add_stays_accepted_until_the_request_is_accepted(
    make_relay: MakeRelay, make_person: MakePerson
) -> None:
    relay = await make_relay()
    alice, bob = await make_person("Alice", relay), await make_person("Bob", relay)
    await alice.ask("add", card=await bob.ask("card"))
    await alice.ask("send", to="Bob", text="it is me")
    await until(lambda: bob.ask("requests"), lambda names: names == ["Alice"])
    assert await alice.ask("fates", name="Bob") == {"ACCEPTED": 1}
    await bob.ask("accept", name="Alice")
    await all_delivered(alice, 1)
    assert await bob.ask("texts", name="Alice") == ["it is me"]
    await bob.ask("send", to="Alice", text="welcome")
    await all_delivered(bob, 1)
    assert await alice.ask("texts", name="Bob") == ["welcome"]


async def all_delivered(person: Person, count: int) -> None:
    """Wait until every message to Bob or Alice has a receipt."""
    (other,) = await person.ask("contacts")
    await until(
        lambda: person.ask("fates", name=other), lambda fates: fates == {"DELIVERED": count}
    )


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777
