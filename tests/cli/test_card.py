from __future__ import annotations

from pathlib import Path

from tests.cli.cli_kit import Person
from whispr.protocol.bech32m import identity_text
from whispr.protocol.card import parse_card_text


def test_card_is_one_line_that_says_who_and_where(alice: Person) -> None:
    shown = alice.run("card")
    assert shown.out.count("\n") == 1
    card = parse_card_text(shown.out)
    assert card.name == "Alice"
    assert alice.json("card").objects == [
        {
            **{"type": "card", "card": shown.out.strip(), "name": "Alice"},
            **{"identity": identity_text(card.identity), "relay": card.device.relay.location},
        }
    ]


def test_qr_code_stands_above_the_line(alice: Person) -> None:
    shown = alice.run("card", "--qr").out.splitlines()
    assert shown[-1] == alice.card()
    assert len(shown) > 20 and any("█" in line or "▀" in line for line in shown[:-1])


def test_no_profile_is_said(nobody: Person) -> None:
    shown = nobody.run("card")
    assert (shown.code, shown.out) == (1, "")
    assert "whispr init" in shown.err and str(nobody.folder) in shown.err
    assert not Path(nobody.folder).exists()
