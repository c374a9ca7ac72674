"""Every request says what it is refused with, every frame shows its bytes."""

from __future__ import annotations

import json
import re

import pytest

from tools import frame_facts, gen_docs
from whispr.protocol.schema import FRAMES, Role


def test_requests_say_what_they_are_refused_with():
    requests = {cls.__name__ for cls in FRAMES.values() if cls.sender is Role.CLIENT}
    assert set(frame_facts.REFUSALS) == requests
    section = gen_docs.frame_fields_region().split("#### ACK\n")[1].split("####")[0]
    assert "`not_authenticated`, `not_subscribed`, `bad_ack`, `unavailable`." in section


def test_refusal_with_a_code_that_does_not_exist_is_an_error(monkeypatch):
    monkeypatch.setitem(frame_facts.REFUSALS, "Ack", "bad_ack tired")
    with pytest.raises(frame_facts.RegionError, match=r"Ack is refused .*tired"):
        gen_docs.frame_fields_region()


def test_every_frame_has_an_example_with_its_bytes():
    region = gen_docs.frame_fields_region()
    vectors = json.loads(frame_facts.VECTORS.read_text(encoding="utf-8"))["vectors"]
    written = {
        "".join(block.split())
        for block in re.findall(r"^```\n([0-9a-f\n]+)```$", region, re.MULTILINE)
    }
    for cls in FRAMES.values():
        wires = {vector["wire"] for vector in vectors if vector["frame"] == cls.__name__}
        assert min(wires, key=len) in written, cls.__name__
    assert "Example: request id 13, `credit_messages` 0, `credit_bytes` 0." in region
