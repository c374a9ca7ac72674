"""The rows of the contact list, in their order, without a window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from whispr.gui.items import ConversationItem, SearchHitItem
from whispr.gui.state import AppState


@dataclass(frozen=True, slots=True)
class Row:
    """One row; its kind says which of the items it shows."""

    kind: Literal["requests", "conversation", "title", "hit", "nothing"]
    conversation: ConversationItem | None = None
    hit: SearchHitItem | None = None
    text: str = ""
    detail: str = ""

    @property
    def is_choosable(self) -> bool:
        """Whether arrows stop at it and Enter opens it."""
        return self.kind in ("requests", "conversation", "hit")


def rows_of(state: AppState) -> tuple[Row, ...]:
    """What the list shows."""
    rows: list[Row] = []
    shown = state.shown()
    if not state.query:
        if state.requests:
            count = len(state.requests)
            text = "1 message request" if count == 1 else f"{count} message requests"
            rows.append(Row("requests", text=text, detail="Somebody you do not know wrote"))
        rows += [Row("conversation", conversation=item) for item in shown]
        if not rows:
            rows.append(
                Row("nothing", text="No contacts yet", detail="Add someone with their address.")
            )
        return tuple(rows)
    if shown:
        rows.append(Row("title", text="Contacts"))
        rows += [Row("conversation", conversation=item) for item in shown]
    if state.hits:
        rows.append(Row("title", text="Messages"))
        rows += [Row("hit", hit=hit) for hit in state.hits]
    if not rows:
        shortened = state.query if len(state.query) <= 24 else state.query[:23] + "…"
        rows.append(
            Row(
                "nothing",
                text=f"Nothing for ‘{shortened}’",
                detail="Only this computer's history is searched.",
            )
        )
    return tuple(rows)
