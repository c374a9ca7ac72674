"""One end of a connection: what it reads, refuses and lets us send, and when time is up."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.strategies import AUTH, HELLO, READY, any_frame, smallest
from tests.protocol.vectors import load
from whispr.errors import (
    FrameTooLargeError,
    LocalProtocolError,
    MalformedFrameError,
    RemoteProtocolError,
    UnexpectedFrameError,
)
from whispr.protocol import frames
from whispr.protocol.codec import encode
from whispr.protocol.codes import ANSWERS, ErrorCode
from whispr.protocol.connection import Connection, Timeout, Timing, UnknownFrame
from whispr.protocol.framing import prefixed
from whispr.protocol.limits import (
    MAX_ENVELOPE_BYTES,
    MAX_FRAME_BYTES_BEFORE_AUTH,
    MAX_FRAMES_BEFORE_AUTH,
)
from whispr.protocol.schema import Role
from whispr.protocol.states import State

CLIENT, RELAY = Role.CLIENT, Role.RELAY
GOAWAY = frames.Goaway(0, 1, 500)
UNKNOWN = prefixed(b"\x92\x7f\x2a")
TIMING = Timing(auth_seconds=10, frame_seconds=15, idle_seconds=100)


def wire(*items: frames.Frame) -> bytes:
    return b"".join(prefixed(encode(item)) for item in items)


def new(role: Role) -> Connection:
    return Connection(role, now=0, timing=TIMING)


def receive(connection: Connection, data: bytes, now: float = 1) -> list[object]:
    return list(connection.receive_data(data, now))


def greeted(role: Role) -> Connection:
    connection = new(role)
    if role is RELAY:
        connection.send(HELLO)
        connection.data_to_send()
    else:
        receive(connection, wire(HELLO))
    return connection


def opened(role: Role) -> Connection:
    connection = greeted(role)
    if role is RELAY:
        receive(connection, wire(AUTH))
        connection.send(READY)
    else:
        connection.send(AUTH)
        receive(connection, wire(READY))
    connection.data_to_send()
    return connection


MAKERS = {"connected": new, "greeted": greeted, "open": opened}


# Reading


def test_frames_come_in_order_from_one_chunk():
    pings = [frames.Ping(number) for number in range(1, 4)]
    assert receive(greeted(RELAY), wire(*pings)) == pings


def test_frames_come_byte_by_byte():
    relay, found = opened(RELAY), []
    sent = [frames.Send(1, b"envelope"), frames.Ping(2)]
    for byte in wire(*sent):
        found += receive(relay, bytes((byte,)))
    assert found == sent


def test_answer_changes_what_the_next_frame_of_the_chunk_may_be():
    """AUTH and a frame too large for strangers in one chunk: READY in between makes it legal."""
    relay = greeted(RELAY)
    send = frames.Send(2, bytes(MAX_ENVELOPE_BYTES))
    found = []
    for frame in relay.receive_data(wire(AUTH, send), 1):
        found.append(frame)
        if isinstance(frame, frames.Auth):
            relay.send(READY)
    assert found == [AUTH, send]
    assert relay.state is State.OPEN


def test_same_chunk_is_refused_without_the_answer():
    relay = greeted(RELAY)
    with pytest.raises(FrameTooLargeError):
        receive(relay, wire(AUTH, frames.Send(2, bytes(MAX_ENVELOPE_BYTES))))


def test_data_is_taken_when_it_is_passed_not_when_it_is_read():
    relay, chunk = greeted(RELAY), bytearray(wire(frames.Ping(7)))
    iterator = relay.receive_data(memoryview(chunk), 1)
    chunk[:] = bytes(len(chunk))
    assert list(iterator) == [frames.Ping(7)]


def test_iterator_left_early_loses_nothing():
    relay = opened(RELAY)
    pings = [frames.Ping(number) for number in range(1, 5)]
    assert next(relay.receive_data(wire(*pings[:3]), 1)) == pings[0]
    assert receive(relay, wire(pings[3])) == pings[1:]


@pytest.mark.parametrize("role", Role)
def test_unknown_frame_keeps_the_connection_alive(role):
    connection = opened(role)
    known = frames.Ping(1) if role is RELAY else frames.Pong(1, 0)
    assert receive(connection, UNKNOWN + wire(known)) == [UnknownFrame(0x2A), known]
    assert connection.state is State.OPEN


# Limits of strangers


def test_stranger_gets_small_frames():
    limit = MAX_FRAME_BYTES_BEFORE_AUTH
    assert receive(greeted(RELAY), limit.to_bytes(4, "big")) == []
    with pytest.raises(FrameTooLargeError):
        receive(greeted(RELAY), (limit + 1).to_bytes(4, "big"))


def test_stranger_gets_few_frames():
    relay = greeted(RELAY)
    few = [frames.Ping(number) for number in range(MAX_FRAMES_BEFORE_AUTH)]
    assert receive(relay, wire(*few)) == few
    with pytest.raises(UnexpectedFrameError, match="before authentication"):
        receive(relay, wire(frames.Ping(9)))


def test_unknown_frames_of_a_stranger_count():
    relay = greeted(RELAY)
    receive(relay, UNKNOWN * MAX_FRAMES_BEFORE_AUTH)
    with pytest.raises(UnexpectedFrameError, match="before authentication"):
        receive(relay, UNKNOWN)


def test_frames_are_not_counted_once_something_is_proven():
    many = [frames.Ping(number) for number in range(100)]
    assert receive(opened(RELAY), wire(*many)) == many


def test_client_does_not_count_what_the_relay_says():
    pongs = [frames.Pong(number, 0) for number in range(100)]
    assert receive(greeted(CLIENT), wire(*pongs)) == pongs


def test_goaway_gives_a_stranger_no_larger_frames():
    relay = greeted(RELAY)
    relay.send(GOAWAY)
    assert relay.state is State.TURNED_AWAY
    with pytest.raises(FrameTooLargeError):
        receive(relay, (MAX_FRAME_BYTES_BEFORE_AUTH + 1).to_bytes(4, "big"))


# Refusals


@pytest.mark.parametrize("vector", load("malformed")["vectors"], ids=lambda vector: vector["name"])
def test_malformed_vector_is_answered_with_its_code(vector):
    role = RELAY if vector["sender"] == "client" else CLIENT
    connection = MAKERS[vector["state"]](role)
    data = bytes.fromhex(vector["wire"]) + bytes(vector.get("then_zeros", 0))
    if vector["error"] == "UNSUPPORTED":
        assert receive(connection, data) == [UnknownFrame(77)]
        return
    with pytest.raises(RemoteProtocolError) as raised:
        receive(connection, data)
    assert ANSWERS[type(raised.value)] is ErrorCode[vector["error"]]


def test_every_code_that_answers_malformed_input_has_a_vector():
    assert {vector["error"] for vector in load("malformed")["vectors"]} == {
        code.name for code in ANSWERS.values()
    }


@pytest.mark.parametrize(
    "data", [bytes(4), prefixed(b"\xc0"), wire(READY)], ids=["length", "malformed", "other end"]
)
def test_nothing_is_received_after_a_failure(data):
    relay = opened(RELAY)
    iterator = relay.receive_data(data + wire(frames.Ping(1)), 1)
    with pytest.raises(RemoteProtocolError):
        list(iterator)
    assert list(iterator) == []
    assert receive(relay, wire(frames.Ping(2))) == []
    assert not relay.receive_eof()


def test_failure_leaves_a_word_to_say():
    relay = opened(RELAY)
    with pytest.raises(MalformedFrameError):
        receive(relay, prefixed(b"\xc0"))
    refusal = frames.Error(0, ErrorCode.MALFORMED, 0, "not a frame")
    relay.send(refusal)
    assert receive(opened(CLIENT), relay.data_to_send()) == [frames.Error(0, 1, 0, "not a frame")]


def test_fail_drops_what_is_left_of_a_chunk():
    relay = opened(RELAY)
    iterator = relay.receive_data(wire(frames.Ping(1), frames.Ping(2)), 1)
    assert next(iterator) == frames.Ping(1)
    relay.fail()
    assert list(iterator) == []


# Sending


def test_data_to_send_joins_and_empties():
    client = opened(CLIENT)
    pings = [frames.Ping(1), frames.Ping(2)]
    for ping in pings:
        client.send(ping)
    assert client.data_to_send() == wire(*pings)
    assert client.data_to_send() == b""


@pytest.mark.parametrize(
    ("connection", "frame"),
    [
        (opened(CLIENT), READY),
        (opened(RELAY), frames.Ping(1)),
        (new(CLIENT), AUTH),
        (new(RELAY), READY),
        (greeted(CLIENT), frames.Send(1, b"envelope")),
        (greeted(RELAY), HELLO),
        (opened(CLIENT), frames.Send(1, b"")),
        (opened(CLIENT), frames.Send(1, bytes(MAX_ENVELOPE_BYTES + 1))),
    ],
    ids=lambda value: type(value).__name__,
)
def test_illegal_frame_is_ours_to_avoid(connection, frame):
    before = connection.state
    with pytest.raises(LocalProtocolError):
        connection.send(frame)
    assert connection.data_to_send() == b""
    assert connection.state is before


def test_after_goaway_a_client_only_acknowledges():
    client = opened(CLIENT)
    receive(client, wire(GOAWAY))
    client.send(frames.Ack(1, 5))
    for frame in (frames.Ping(2), frames.Send(3, b"x"), AUTH):
        with pytest.raises(LocalProtocolError, match="after goaway"):
            client.send(frame)
    assert client.data_to_send() == wire(frames.Ack(1, 5))


def test_client_that_is_turned_away_says_nothing_more():
    client = greeted(CLIENT)
    receive(client, wire(GOAWAY))
    for frame in (AUTH, frames.Ping(1), frames.Ack(1, 1)):
        with pytest.raises(LocalProtocolError):
            client.send(frame)


def test_relay_finishes_what_crossed_its_goaway():
    relay = opened(RELAY)
    relay.send(GOAWAY)
    send = frames.Send(1, b"envelope")
    assert receive(relay, wire(send)) == [send]
    relay.send(frames.Accepted(1, 60_000))
    assert relay.data_to_send() == wire(GOAWAY, frames.Accepted(1, 60_000))


def test_authentication_that_crossed_goaway_is_still_answered():
    relay = greeted(RELAY)
    relay.send(GOAWAY)
    assert receive(relay, wire(AUTH)) == [AUTH]
    relay.send(READY)
    assert relay.state is State.LEAVING


def test_request_ids_never_are_zero():
    client = new(CLIENT)
    assert [client.next_request_id() for _ in range(3)] == [1, 2, 3]
    client._last_request_id = 2**32 - 2
    assert [client.next_request_id() for _ in range(2)] == [2**32 - 1, 1]


# Time


def test_authentication_has_a_deadline_from_the_start():
    relay = greeted(RELAY)
    receive(relay, wire(frames.Ping(1)), now=9)
    assert relay.next_timer() == 10
    assert relay.handle_timer(9.9) is None
    assert relay.handle_timer(10) is Timeout.AUTH


def test_deadline_of_authentication_ends_with_ready():
    relay = opened(RELAY)
    assert relay.handle_timer(11) is None
    assert relay.next_timer() == 101


def test_goaway_does_not_end_the_deadline_of_authentication():
    relay = greeted(RELAY)
    relay.send(GOAWAY)
    assert relay.handle_timer(10) is Timeout.AUTH


def test_frame_has_a_deadline_from_its_first_byte():
    relay = opened(RELAY)
    data = wire(frames.Send(1, b"envelope"))
    for index in range(8):
        receive(relay, data[index : index + 1], now=20 + index)
    assert relay.next_timer() == 35
    assert relay.handle_timer(34.9) is None
    assert relay.handle_timer(35) is Timeout.FRAME


def test_deadline_of_a_frame_ends_with_its_last_byte():
    relay = opened(RELAY)
    data = wire(frames.Ping(1))
    receive(relay, data[:5], now=20)
    receive(relay, data[5:], now=30)
    assert relay.next_timer() == 130


def test_busy_connection_whose_chunks_never_end_with_a_frame_is_not_late():
    relay = opened(RELAY)
    data = wire(frames.Ping(1))
    receive(relay, data[:3], now=20)
    for now in range(21, 80):
        assert receive(relay, data[3:] + data[:3], now=now) == [frames.Ping(1)]
        assert relay.handle_timer(now) is None
    assert relay.next_timer() == 79 + 15


def test_silence_has_a_deadline_that_any_byte_moves():
    relay = opened(RELAY)
    receive(relay, wire(frames.Ping(1)), now=50)
    assert relay.heard == 50
    assert relay.handle_timer(149.9) is None
    assert relay.handle_timer(150) is Timeout.IDLE


def test_earliest_deadline_is_named_first():
    relay = greeted(RELAY)
    assert relay.handle_timer(1000) is Timeout.AUTH


# The end


@pytest.mark.parametrize("role", Role)
def test_eof_between_two_frames_is_clean(role):
    assert opened(role).receive_eof()


@pytest.mark.parametrize("size", [1, 4, 5])
def test_eof_inside_a_frame_is_not(size):
    relay = opened(RELAY)
    receive(relay, wire(frames.Send(1, b"envelope"))[:size])
    assert not relay.receive_eof()
    assert receive(relay, wire(frames.Ping(1))) == []


# Two ends, and anything at all


@given(st.data())
def test_two_connections_understand_each_other(data):
    """Whatever is legal to send arrives as it was sent, however the bytes are cut."""
    relay, client = new(RELAY), new(CLIENT)
    relay.send(HELLO)

    def pump(source: Connection, target: Connection) -> list[object]:
        stream, found = source.data_to_send(), []
        cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=3))
        edges = [0, *sorted(cuts), len(stream)]
        for start, end in itertools.pairwise(edges):
            found += receive(target, stream[start:end])
        return found

    assert pump(relay, client) == [HELLO]
    client.send(AUTH)
    assert pump(client, relay) == [AUTH]
    relay.send(READY)
    assert pump(relay, client) == [READY]
    for sender, receiver in ((client, relay), (relay, client)) * 2:
        sent = data.draw(st.lists(any_frame(sender.role), max_size=3))
        legal = []
        for frame in sent:
            try:
                sender.send(frame)
            except LocalProtocolError:
                continue
            legal.append(frame)
        assert pump(sender, receiver) == legal
        assert sender.state is receiver.state


@given(
    st.sampled_from(Role),
    st.sampled_from(sorted(MAKERS)),
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.binary(min_size=1, max_size=40).map(prefixed),
            any_frame(RELAY).map(wire),
            any_frame(CLIENT).map(wire),
        ),
        max_size=6,
    ),
)
def test_any_bytes_in_any_split_give_only_documented_errors(role, state, chunks):
    connection = MAKERS[state](role)
    for now, chunk in enumerate(chunks):
        try:
            found = receive(connection, chunk, now)
        except RemoteProtocolError as error:
            assert type(error) in ANSWERS
            assert receive(connection, wire(smallest(frames.Ping))) == []
            return
        assert all(isinstance(frame, frames.Frame | UnknownFrame) for frame in found)
        assert connection.next_timer() >= 0
