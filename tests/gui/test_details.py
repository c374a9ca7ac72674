from __future__ import annotations

import datetime

from tests.gui.test_items import message
from whispr.gui.details import message_details
from whispr.gui.items import FileItem


def test_details_of_an_outgoing_message() -> None:
    item = message(outgoing=True, fate="expired", reason="nobody came", sent_at_ms=0)
    lines = dict(message_details(item, datetime.UTC))
    assert lines["Written"] == "Thursday, 1 January 1970, 00:00:00"
    assert lines["State"] == "Expired before it was fetched"
    assert lines["Reason"] == "nobody came"
    assert "Arrived" not in lines


def test_details_of_a_file_that_came() -> None:
    item = message(kind="file", file=FileItem("a.pdf", 1_234_567, "saved"))
    lines = dict(message_details(item, datetime.UTC))
    assert lines["Size"] == "1,234,567 bytes" and "Arrived" in lines
