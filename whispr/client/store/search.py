"""Full-text search over texts and file names of accepted contacts, newest hit first.

Words match without regard to case and accents; the last one may be the beginning of a word, so
that a search can follow the typing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whispr.client.store.contacts import ContactState
from whispr.client.store.message import MESSAGE_COLUMNS, Message, message_of

if TYPE_CHECKING:
    from whispr.client.store.database import Database

MAX_QUERY_WORDS = 16
MAX_WORD_CHARACTERS = 64
EXCERPT_CHARACTERS = 160
_CHARACTERS_BEFORE_HIT = 40

_FROM = (
    " FROM message_text JOIN message ON message.message_id = message_text.rowid"
    " JOIN contact ON contact.contact_id = message.contact_id"
    " WHERE message_text MATCH ?1 AND (?2 IS NULL OR message.contact_id = ?2)"
    " AND contact.state = ?3"
)

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A message that matches."""

    message: Message
    text_spans: Spans
    """Where the words stand in `message.text`: start and end of each."""
    file_name_spans: Spans
    excerpt: str
    """The part of the text around the first match, on one line."""
    excerpt_spans: Spans


class Search:
    """Queries the index that `schema.py` keeps beside the messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def search(
        self,
        query: str,
        *,
        contact_id: int | None = None,
        limit: int = 50,
        before_id: int | None = None,
    ) -> tuple[SearchHit, ...]:
        """The newest messages that hold every word of the query, whatever it is made of.

        `before_id` continues after the last hit of an earlier page.
        """
        expression = match_expression(query)
        if not expression:
            return ()
        mark = secrets.token_hex(8)  # no text can hold it, so that marks are told from text
        rows = self._database.rows(
            f"SELECT highlight(message_text, 0, ?4, ?4), highlight(message_text, 1, ?4, ?4),"
            f" {MESSAGE_COLUMNS} {_FROM} AND (?5 IS NULL OR message_text.rowid < ?5)"
            " ORDER BY message_text.rowid DESC LIMIT ?6",
            (expression, contact_id, ContactState.ACCEPTED, mark, before_id, limit),
        )
        return tuple(_hit(text, name, mark, message_of(row)) for text, name, *row in rows)

    def count(self, query: str, *, contact_id: int | None = None) -> int:
        """How many messages match."""
        expression = match_expression(query)
        if not expression:
            return 0
        return int(
            self._database.value(
                f"SELECT count(*) {_FROM}", (expression, contact_id, ContactState.ACCEPTED)
            )
        )


def match_expression(query: str) -> str:
    """The FTS5 expression for what a person typed: quoted words, the last one a prefix."""
    readable = query.encode("utf-8", "ignore").decode().replace("\0", " ")
    words = [word[:MAX_WORD_CHARACTERS] for word in readable.split()]
    words = [word for word in words if any(character.isalnum() for character in word)]
    quoted = ['"' + word.replace('"', '""') + '"' for word in words[:MAX_QUERY_WORDS]]
    return " ".join(quoted) + "*" if quoted else ""


def _hit(marked_text: str, marked_name: str, mark: str, message: Message) -> SearchHit:
    text_spans = _spans(message.text, marked_text, mark)
    excerpt, excerpt_spans = _excerpt(message.text, text_spans)
    name_spans = _spans(message.file_name, marked_name, mark)
    return SearchHit(message, text_spans, name_spans, excerpt, excerpt_spans)


def _spans(text: str, marked: str, mark: str) -> Spans:
    """Positions of every second piece between marks, counted without the marks.

    None for a text that holds a zero byte: SQLite's marking drops what stands before it.
    """
    pieces = marked.split(mark)
    if "".join(pieces) != text:
        return ()
    spans: list[tuple[int, int]] = []
    position = 0
    for number, piece in enumerate(pieces):
        if number % 2:
            spans.append((position, position + len(piece)))
        position += len(piece)
    return tuple(spans)


def _excerpt(text: str, spans: Spans) -> tuple[str, Spans]:
    first = spans[0][0] if spans else 0
    start = max(0, first - _CHARACTERS_BEFORE_HIT)
    end = start + EXCERPT_CHARACTERS
    line = "".join(" " if character.isspace() else character for character in text[start:end])
    inside = [(low - start, min(high, end) - start) for low, high in spans if start <= low < end]
    return line, tuple(inside)
