from __future__ import annotations

import pytest

from whispr.client.requests import MAX_OVERDUE, Requests
from whispr.errors import (
    ConnectionClosedError,
    RelayFullError,
    RemoteProtocolError,
    RequestTimeoutError,
)
from whispr.protocol import frames
from whispr.protocol.codes import ErrorCode


@pytest.fixture
async def requests() -> Requests:
    return Requests(timeout_seconds=30)


async def test_answer_reaches_who_asked(requests: Requests) -> None:
    first = requests.add(frames.Ping(1), now=0)
    second = requests.add(frames.Send(2, b"one"), now=0)
    requests.settle(frames.Accepted(2, 5))
    assert await second.answer == frames.Accepted(2, 5)
    assert not first.answer.done() and len(requests) == 1


async def test_each_of_several_answers_is_good(requests: Requests) -> None:
    for request_id, answer in ((1, frames.Done(1)), (2, frames.UploadState(2, b"\x80", 1, 9))):
        asked = requests.add(frames.Part(request_id, bytes(32), 0, b"part"), now=0)
        requests.settle(answer)
        assert await asked.answer == answer


async def test_refusal_raises(requests: Requests) -> None:
    asked = requests.add(frames.Ping(1), now=0)
    requests.settle(frames.Error(1, ErrorCode.RELAY_FULL, 7, "full"))
    with pytest.raises(RelayFullError, match="full"):
        await asked.answer


async def test_answer_of_another_type_is_refused(requests: Requests) -> None:
    asked = requests.add(frames.Ping(1), now=0)
    with pytest.raises(RemoteProtocolError, match="Done is no answer to Ping"):
        requests.settle(frames.Done(1))
    with pytest.raises(ConnectionClosedError):
        await asked.answer


@pytest.mark.parametrize("request_id", [0, 2])
async def test_answer_that_nobody_asked_for_is_refused(requests: Requests, request_id: int) -> None:
    requests.add_unwatched(frames.Ping(1), now=0)
    with pytest.raises(RemoteProtocolError, match="nothing that was asked"):
        requests.settle(frames.Pong(request_id, 1))


async def test_second_answer_is_refused(requests: Requests) -> None:
    requests.add_unwatched(frames.Ping(1), now=0)
    requests.settle(frames.Pong(1, 1))
    with pytest.raises(RemoteProtocolError):
        requests.settle(frames.Pong(1, 1))


async def test_cancelled_request_still_expects_its_answer(requests: Requests) -> None:
    asked = requests.add(frames.Ping(1), now=0)
    asked.answer.cancel()
    requests.settle(frames.Pong(1, 1))
    assert len(requests) == 0


async def test_overdue_request_is_given_up_and_its_late_answer_ignored(
    requests: Requests,
) -> None:
    asked = requests.add(frames.Ping(1), now=0)
    later = requests.add(frames.Ping(2), now=1)
    assert requests.next_deadline() == 30
    requests.expire(now=29.9)
    assert not asked.answer.done()
    requests.expire(now=30)
    with pytest.raises(RequestTimeoutError):
        await asked.answer
    assert not later.answer.done()
    assert requests.next_deadline() == 31
    requests.settle(frames.Pong(1, 1))


async def test_too_many_overdue_requests_are_the_end(requests: Requests) -> None:
    for request_id in range(1, MAX_OVERDUE + 1):
        requests.add_unwatched(frames.Ping(request_id), now=0)
    requests.expire(now=30)
    requests.add_unwatched(frames.Ping(MAX_OVERDUE + 1), now=30)
    with pytest.raises(RequestTimeoutError, match="too many"):
        requests.expire(now=60)


async def test_end_of_the_connection_reaches_everybody(requests: Requests) -> None:
    asked = [requests.add(frames.Ping(request_id), now=0) for request_id in (1, 2)]
    asked[0].answer.cancel()
    requests.add_unwatched(frames.Ping(3), now=0)
    reason = RemoteProtocolError("nonsense")
    requests.fail(reason)
    with pytest.raises(ConnectionClosedError, match="nonsense") as caught:
        await asked[1].answer
    assert caught.value.__cause__ is reason
    assert len(requests) == 0 and requests.next_deadline() is None
