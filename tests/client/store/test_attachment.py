"""The states of a file: every one has its way on, and the end has none."""

from __future__ import annotations

from whispr.client.store.attachment import TRANSITIONS, AttachmentState


def test_every_state_has_a_line_in_the_table() -> None:
    assert set(TRANSITIONS) == set(AttachmentState)


def test_every_state_but_the_last_can_reach_it() -> None:
    reaching = {AttachmentState.STORED}
    for _ in AttachmentState:
        reaching |= {state for state, following in TRANSITIONS.items() if following & reaching}
    assert reaching == set(AttachmentState)
    assert TRANSITIONS[AttachmentState.STORED] == frozenset()


def test_no_state_follows_itself_and_ours_never_become_theirs() -> None:
    assert all(state not in following for state, following in TRANSITIONS.items())
    ours = {AttachmentState.STAGED, AttachmentState.UPLOADING, AttachmentState.UPLOADED}
    theirs = {AttachmentState.OFFERED, AttachmentState.DOWNLOADING, AttachmentState.REFUSED}
    assert not any(TRANSITIONS[state] & theirs for state in ours)
    assert not any(TRANSITIONS[state] & ours for state in theirs)
