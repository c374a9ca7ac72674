from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.client.kit import PIN
from tests.gui.backend.conftest import Person, introduce
from whispr.errors import ConnectError, InvalidAddressError, WeakSecretError, WrongPinError
from whispr.gui.backend.account import Account, check_relay, check_secret, name_problem
from whispr.gui.news import HistoryNews
from whispr.protocol.card import parse_card_text
from whispr.relay.clock import SystemClock
from whispr.relay.config import RelayConfig
from whispr.relay.log import Log
from whispr.relay.relay import Relay


def test_secret_is_judged_point_by_point() -> None:
    good = check_secret(PIN)
    assert good.acceptable and good.long_enough and good.not_common and good.no_pattern
    assert not check_secret("123456").acceptable
    assert not check_secret("1234").long_enough
    empty = check_secret("")
    assert (empty.score, empty.acceptable, empty.not_common) == (0, False, False)


def test_name_is_judged() -> None:
    assert name_problem("Alice") == ""
    assert name_problem("a\u202eb").endswith(".")


async def test_relay_is_looked_at(relay: Relay) -> None:
    found = await check_relay(f"  {relay.address.text()}\n")
    assert found.location == relay.address.location
    assert found.address.startswith("whispr://") and len(found.fingerprint.split()) == 8


async def test_relay_that_is_not_there_is_an_error(relay: Relay) -> None:
    address = relay.address.text()
    await relay.stop()
    with pytest.raises(ConnectError):
        await check_relay(address)
    with pytest.raises(InvalidAddressError):
        await check_relay("https://example.org")


async def test_mailbox_moves_to_another_relay(alice: Person, relay: Relay, tmp_path: Path) -> None:
    account = Account(alice.session)
    before = await account.relay_state()
    assert (before.location, before.former) == (relay.address.location, ())
    assert before.fingerprint == (await check_relay(before.address)).fingerprint
    other = Relay(
        RelayConfig(listen=("127.0.0.1:0",), data=tmp_path / "other"),
        log=Log(SystemClock(), level="error"),
    )
    await other.start()
    try:
        there = other.address
        after = await account.move(there.text())
        assert after == await account.relay_state()
        assert after.location == other.address.location
        ((location, until_ms),) = after.former
        assert location == before.location and until_ms > alice.session.client.now_ms()
        assert parse_card_text(alice.people.own.card).device.relay.location == after.location
    finally:
        await other.stop()
    with pytest.raises(ConnectError):
        await account.move(dataclasses.replace(there, port=1).text())
    assert (await account.relay_state()).location == after.location


async def test_name_reaches_the_card(alice: Person) -> None:
    await Account(alice.session).rename(" Alicia ")
    assert alice.people.own.name == "Alicia"


async def test_secret_is_changed(alice: Person) -> None:
    account = Account(alice.session)
    with pytest.raises(WrongPinError):
        await account.change_secret("000001", "739164")
    with pytest.raises(WeakSecretError):
        await account.change_secret(PIN, "111111")
    await account.change_secret(PIN, "739164")
    await alice.session.close()
    await alice.session.unlock(alice.folder, "739164")


async def test_what_others_are_told_is_kept(alice: Person) -> None:
    account = Account(alice.session)
    before = await account.tell_others()
    await account.set_tell_others(dataclasses.replace(before, read_receipts=True))
    assert (await account.tell_others()).read_receipts and not before.read_receipts
    assert (await account.relay()).startswith("whispr://")
    await account.retry_now()


async def test_old_messages_go_when_somebody_wants_that(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    await alice.actions.send_text(to_bob, "old")
    await alice.until(lambda: any(item.fate == "delivered" for item in alice.messages().values()))
    account = Account(alice.session)
    assert await account.keep_days() == 0
    assert await account.set_keep_days(7) == 0
    alice.session.client.store.database.change("UPDATE message SET stored_at_ms = 0")
    alice.told.clear()
    assert await account.set_keep_days(1) == 1 and await account.keep_days() == 1
    assert HistoryNews(to_bob) in alice.told and alice.people.conversations[0].last_line == ""


async def test_old_messages_are_gone_before_the_first_look(alice: Person, bob: Person) -> None:
    to_bob, _ = await introduce(alice, bob)
    await alice.actions.send_text(to_bob, "old")
    await alice.until(lambda: any(item.fate == "delivered" for item in alice.messages().values()))
    await Account(alice.session).set_keep_days(30)
    alice.session.client.store.database.change("UPDATE message SET stored_at_ms = 0")
    await alice.session.close()
    opened = await alice.session.unlock(alice.folder, PIN)
    assert opened.conversations[0].last_line == ""
