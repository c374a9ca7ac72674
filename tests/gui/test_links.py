from __future__ import annotations

import pytest

from whispr.gui.links import MAX_LINK_CHARACTERS, find_links, parse_link


def found(text: str) -> list[str]:
    return [text[start:end] for start, end, _link in find_links(text)]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://example.org/a?b=c#d now", ["https://example.org/a?b=c#d"]),
        ("(https://example.org/a_(b)).", ["https://example.org/a_(b)"]),
        ("HTTP://EXAMPLE.org, ok", ["HTTP://EXAMPLE.org"]),
        ("https://example.org!?…", ["https://example.org"]),
        ("<https://example.org>", ["https://example.org"]),
        ("https://a.example https://b.example", ["https://a.example", "https://b.example"]),
        ("http://[::1]:8080/x", ["http://[::1]:8080/x"]),
        ("https://example.org\\@evil.example", ["https://example.org"]),
        ("no links here", []),
        ("javascript:alert(1) file:///etc/passwd ftp://example.org data:text/html,x", []),
        ("https:// https://. http://", []),
        ("xhttps://example.org", []),
        ("https://example.org:99999/", []),
        ("https://exa mple", ["https://exa"]),
    ],
)
def test_links_in_texts(text: str, links: list[str]) -> None:
    assert found(text) == links


@pytest.mark.parametrize(
    "written",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https:///x",
        "https://a..b/",
        "https://-x-.example/\x07",
        "https://[not-an-address]/",
        "https://example.org/\u202e",
        "https://example.org/a b",
        "//example.org",
        "example.org",
    ],
)
def test_what_is_never_opened(written: str) -> None:
    assert parse_link(written) is None


def test_a_link_may_have_so_many_characters() -> None:
    start = "https://example.org/"
    fits = start + "x" * (MAX_LINK_CHARACTERS - len(start))
    assert parse_link(fits) is not None
    assert parse_link(fits + "x") is None


def test_letters_of_other_alphabets_are_shown_as_punycode() -> None:
    link = parse_link("https://аррӏе.com/login")
    assert link is not None
    assert link.host == "xn--80ak6aa92e.com"
    assert link.target == "https://xn--80ak6aa92e.com/login"
    assert link.disguised


def test_a_label_that_idna_refuses_is_encoded_all_the_same() -> None:
    link = parse_link("https://\u05d0a.example/")
    assert link is not None
    assert link.host.isascii()
    assert link.host.startswith("xn--")


def test_a_user_name_before_the_host_is_a_disguise() -> None:
    link = parse_link("https://bank.example@evil.example:8443/x")
    assert link is not None
    assert link.host == "evil.example"
    assert link.target == "https://bank.example@evil.example:8443/x"
    assert link.disguised


def test_a_plain_link_is_itself() -> None:
    link = parse_link("https://Example.org/Path?q=1#f")
    assert link is not None
    assert link.target == "https://example.org/Path?q=1#f"
    assert not link.disguised
