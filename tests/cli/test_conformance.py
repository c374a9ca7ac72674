"""`whispr conformance`: a table, an exit code, one object a line for machines."""

from __future__ import annotations

import json

import pytest

from tests.cli.cli_kit import RelayThread, whispr


def test_our_relay_passes(relay: RelayThread) -> None:
    ran = whispr("conformance", relay.address, "--only", "hello")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "passed  §2   HELLO comes first and names the key that TLS showed.",
        "1 rules passed, 0 failed",
    ]


def test_a_failed_rule_is_exit_code_1(relay: RelayThread) -> None:
    wrong = relay.address.replace(relay.address[9:52], "B" * 42 + "A")
    ran = whispr("conformance", wrong, "--only", "hello", "--json")
    assert ran.code == 1
    rule, summary = map(json.loads, ran.out.splitlines())
    assert (rule["type"], rule["passed"]) == ("rule", False)
    assert "another key" in rule["detail"]
    assert summary == {"type": "summary", "passed": 0, "failed": 1}


def test_no_rule_of_that_name_is_no_success(relay: RelayThread) -> None:
    assert whispr("conformance", relay.address, "--only", "nothing-like-it").code == 1


@pytest.mark.parametrize("address", ["nonsense", "whispr://host/#card"])
def test_what_is_no_address_is_told(address: str) -> None:
    ran = whispr("conformance", address)
    assert ran.code == 1
    assert ran.err.startswith("whispr: ")
