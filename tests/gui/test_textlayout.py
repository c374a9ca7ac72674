from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whispr.gui.shown import shown
from whispr.gui.textlayout import CACHE_ENTRIES, Kind, Line, Typesetter, spans

CHARACTER = 8


def measure(kind: Kind, text: str) -> int:
    return (16 if kind == "emoji" else CHARACTER) * len(text)


def lines_of(text: str, characters: int) -> list[str]:
    return [drawn(line) for line in lay_out(text, characters)]


def lay_out(text: str, characters: int) -> tuple[Line, ...]:
    return Typesetter(measure).lay_out(shown(text), characters * CHARACTER).lines


def drawn(line: Line) -> str:
    return "".join(run.text for run in line.runs)


@pytest.mark.parametrize(
    ("text", "characters", "lines"),
    [
        ("", 10, [""]),
        ("hello", 10, ["hello"]),
        ("hello world foo", 10, ["hello", "world foo"]),
        ("hello world", 11, ["hello world"]),
        ("hello world", 10, ["hello", "world"]),
        ("trailing   ", 8, ["trailing"]),
        ("a\n\nb", 10, ["a", "", "b"]),
        ("\n", 10, ["", ""]),
        ("  indented", 20, ["  indented"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("ab cdefghij", 4, ["ab", "cdef", "ghij"]),
        ("你好世界今天", 4, ["你好世界", "今天"]),
        ("你好世界。今天", 4, ["你好世", "界。今天"]),
        ("カタカナ", 2, ["カタ", "カナ"]),
        ("abc你好", 4, ["abc你", "好"]),
        ("abc", 0, ["a", "b", "c"]),
        ("🎉🎉🎉", 4, ["🎉🎉", "🎉"]),
    ],
)
def test_wrapping(text: str, characters: int, lines: list[str]) -> None:
    assert lines_of(text, characters) == lines


def test_a_letter_keeps_its_marks() -> None:
    text = "abc" + "e\u0301" * 4
    for line in lines_of(text, 4):
        assert not line.startswith("\u0301")


def test_runs_know_kind_place_and_link() -> None:
    (line,) = lay_out("see https://example.org 🎉 ok", 80)
    assert [(run.kind, run.text, run.start) for run in line.runs] == [
        ("text", "see ", 0),
        ("link", "https://example.org", 4),
        ("text", " ", 23),
        ("emoji", "🎉", 24),
        ("text", " ok", 25),
    ]
    link = line.runs[1].link
    assert link is not None
    assert link.target == "https://example.org"
    assert [run.left_px for run in line.runs] == [0, 32, 184, 192, 208]
    assert line.width_px == 208 + 24


def test_a_broken_link_is_one_link_on_both_lines() -> None:
    layout = Typesetter(measure).lay_out(shown("https://example.org/long"), 12 * CHARACTER)
    assert len(layout.lines) == 2
    first, second = (line.runs[0].link for line in layout.lines)
    assert first is second
    assert layout.link_at(2) is first
    assert layout.link_at(20) is first
    assert layout.link_at(99) is None


def test_what_asks_for_colour_is_emoji_and_what_does_not_is_text() -> None:
    kinds = [(kind, start, end) for kind, start, end, _link in spans(shown("❤️ ❤ 1️⃣"))]
    assert kinds == [("emoji", 0, 1), ("text", 1, 5)]


def test_spans_leave_no_gaps() -> None:
    text = shown("a https://example.org/🎉 b🎉🎉c https://b.example")
    places = [(start, end) for _kind, start, end, _link in spans(text)]
    assert places[0][0] == 0
    assert places[-1][1] == len(text.text)
    assert all(one[1] == other[0] for one, other in itertools.pairwise(places))


@given(st.text(alphabet="ab \n你。🎉\u0301\t", max_size=60), st.integers(1, 12))
def test_no_character_is_lost_or_drawn_twice(text: str, characters: int) -> None:
    source = shown(text)
    lines = lay_out(text, characters)
    places = [place for line in lines for run in line.runs for place in range(run.start, run.end)]
    assert places == sorted(set(places))
    missing = set(range(len(source.text))) - set(places)
    assert all(source.text[place].isspace() for place in missing)
    for line in lines:
        assert drawn(line) == source.text[line.start : line.end].rstrip()
        one = len({run.start for run in line.runs}) <= 1
        assert line.width_px <= characters * CHARACTER or one


@given(st.text(alphabet="abc 🎉", min_size=1, max_size=40), st.integers(2, 12))
def test_a_place_is_where_it_was_drawn(text: str, characters: int) -> None:
    setter = Typesetter(measure)
    for line in setter.lay_out(shown(text), characters * CHARACTER).lines:
        for run in line.runs:
            for place in range(run.start, run.end):
                left = setter.left_of(line, place)
                assert setter.place_at(line, left + 1) == place


def test_clicks_beside_a_line_are_at_its_ends() -> None:
    setter = Typesetter(measure)
    (line,) = setter.lay_out(shown("hello"), 800).lines
    assert setter.place_at(line, -50) == 0
    assert setter.place_at(line, 3) == 0
    assert setter.place_at(line, 5) == 1
    assert setter.place_at(line, 500) == 5
    assert setter.left_of(line, 0) == 0
    assert setter.left_of(line, 5) == 40
    (empty,) = setter.lay_out(shown(""), 800).lines
    assert setter.place_at(empty, 10) == 0
    assert setter.left_of(empty, 0) == 0


def test_words_are_measured_once_and_forgotten_on_demand() -> None:
    asked: list[str] = []

    def count(kind: Kind, text: str) -> int:
        asked.append(text)
        return measure(kind, text)

    setter = Typesetter(count)
    setter.lay_out(shown("word word word"), 800)
    assert asked == ["word", " "]
    setter.clear()
    setter.lay_out(shown("word"), 800)
    assert asked == ["word", " ", "word"]


def test_the_memory_for_widths_is_bounded() -> None:
    setter = Typesetter(measure)
    for number in range(CACHE_ENTRIES + 10):
        setter.width_of("text", str(number))
    assert len(setter._widths) <= CACHE_ENTRIES


def test_a_line_of_64_kb_is_broken_with_few_long_measurements() -> None:
    characters: list[int] = []

    def count(kind: Kind, text: str) -> int:
        characters.append(len(text))
        return measure(kind, text)

    layout = Typesetter(count).lay_out(shown("w" * 65_536), 60 * CHARACTER)
    assert len(layout.lines) == 65_536 // 60 + 1
    assert sum(characters) < 2_000_000
