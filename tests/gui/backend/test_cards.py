from __future__ import annotations

from tests.gui.backend.conftest import Person, introduce
from whispr.gui.backend.cards import check_card


async def test_verdicts(alice: Person, bob: Person) -> None:
    client = alice.session.client
    theirs, own = bob.session.opened().own.card, alice.session.opened().own.card
    assert check_card(client, "  ").verdict == "empty"
    damaged = check_card(client, theirs[:-5])
    assert damaged.verdict == "invalid" and damaged.sentence.endswith(".")
    assert check_card(client, own).sentence == "This is you."
    good = check_card(client, f"\n{theirs} ")
    assert (good.verdict, good.name) == ("valid", "Bob")
    to_bob, _ = await introduce(alice, bob)
    known = check_card(client, theirs)
    assert (known.verdict, known.contact_id) == ("known", to_bob)
    assert known.sentence == "Already in your list as Bob."
    await alice.actions.block(to_bob)
    assert check_card(client, theirs).verdict == "blocked"
