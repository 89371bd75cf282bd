"""What a trace keeps, how it is read, and what it costs when it is off."""

import msgspec
import pytest

from wpslab.emulator.core.clock import Clock
from wpslab.emulator.core.failures import Failure, FailureKind
from wpslab.emulator.core.limits import MAX_TRACE_BYTES
from wpslab.emulator.core.messages import AckMessage
from wpslab.emulator.core.record import Record, keep_body, keep_data
from wpslab.emulator.core.trace import Trace
from wpslab.emulator.core.trace_entry import TraceEntry


@pytest.fixture
def trace():
    return Trace(Clock(lambda: 7.0), 100)


def add(trace, count, **fields):
    for _ in range(count):
        trace.add(Record("joined", "chat", **fields))


def numbers(entries):
    return [entry.number for entry in entries]


def test_entries_are_numbered_from_one_and_a_forgotten_number_is_not_given_again():
    trace = Trace(Clock(lambda: 7.0), 3)
    add(trace, 5)
    assert numbers(trace.entries()) == [3, 4, 5]
    assert trace.last == 5
    assert {entry.time for entry in trace.entries()} == {7.0}


def test_reader_gets_what_is_new_oldest_first_and_at_most_the_limit(trace):
    add(trace, 5)
    assert numbers(trace.since(0, 1000)) == [1, 2, 3, 4, 5]
    assert numbers(trace.since(3, 1000)) == [4, 5]
    assert numbers(trace.since(1, 2)) == [2, 3]
    assert trace.since(5, 1000) == []
    assert trace.since(2, 0) == []
    assert trace.since(0, 5) == trace.entries()


def test_reader_that_pages_misses_nothing_that_is_kept(trace):
    add(trace, 100)
    seen, number = [], 0
    while page := trace.since(number, 7):
        seen += numbers(page)
        number = page[-1].number
    assert seen == list(range(1, 101))


def test_reader_of_forgotten_entries_gets_the_oldest_there_are():
    trace = Trace(Clock(), 3)
    add(trace, 10)
    assert numbers(trace.since(2, 1000)) == [8, 9, 10]


@pytest.mark.parametrize("number", [6, 10**9, -1])
def test_a_number_that_was_never_given_counts_as_zero(trace, number):
    add(trace, 5)
    assert numbers(trace.since(number, 1000)) == [1, 2, 3, 4, 5]


def test_a_trace_that_is_off_keeps_failures_and_nothing_else():
    trace = Trace(Clock(), 0)
    add(trace, 3)
    trace.add_failure(Failure(kind=FailureKind.NO_HANDLER, hub="chat", event="order"))
    assert (trace.enabled, trace.last, trace.entries(), trace.since(0, 10)) == (False, 0, [], [])
    assert len(trace.failures) == 1


def test_a_failure_is_an_entry_too(trace):
    trace.add_failure(Failure(kind=FailureKind.STATUS, hub="chat", event="order", connection_id="c1", status=503))
    [entry] = trace.entries()
    assert (entry.what, entry.hub, entry.connection_id, entry.event, entry.status) == (
        "failed",
        "chat",
        "c1",
        "order",
        503,
    )
    assert "status" in entry.detail


def test_a_text_is_cut_at_two_thousand_characters_with_an_ellipsis(trace):
    for text in ("x" * 2000, "x" * 2001, "𝄞" * 2000, "𝄞" * 3000, "é" * 900_000):
        trace.add(Record("received", frames=(keep_data(text.encode(), True),)))
    shown = [entry.frame for entry in trace.entries()]
    assert shown == ["x" * 2000, "x" * 2000 + "…", "𝄞" * 2000, "𝄞" * 2000 + "…", "é" * 2000 + "…"]


def test_binary_data_is_a_few_words(trace):
    for data in (b"\x00\xff", bytes(1_000_000)):
        trace.add(Record("received", frames=(keep_data(data, False),)))
    short, long = [entry.frame for entry in trace.entries()]
    assert short == "2 bytes: 00 ff"
    assert long == "1,000,000 bytes: " + " ".join(["00"] * 16) + " …"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", None),
        (b"hi", "hi"),
        ("é".encode() * 10_000, "é" * 2000 + "…"),
        (b"x" + "é".encode() * 10_000, "x" + "é" * 1999 + "…"),
        (b"\xff\xfe", "2 bytes: ff fe"),
        (b"a\x00b", "3 bytes: 61 00 62"),
        (b"x\xc3", "2 bytes: 78 c3"),
    ],
)
def test_a_body_is_text_where_it_can_be_read_as_one(trace, body, shown):
    trace.add(Record("rest", frames=keep_body(body)))
    assert trace.entries()[0].frame == shown


def test_a_message_in_two_protocols_has_both_frames(trace):
    trace.add(Record("delivered", frames=(keep_data(b'{"a":1}', True), keep_data(b"a", True))))
    [entry] = trace.entries()
    assert (entry.frame, entry.other_frames) == ('{"a":1}', ("a",))


def test_large_entries_push_out_old_ones_before_they_take_all_memory():
    trace = Trace(Clock(), 10_000)
    receivers = tuple(f"c{number}" for number in range(10_000))
    add(trace, 1000, receivers=receivers)
    kept = len(trace.entries())
    assert 8 * len(receivers) * kept <= MAX_TRACE_BYTES < 8 * len(receivers) * (kept + 1)
    assert trace.last == 1000


def test_only_the_beginning_of_a_large_frame_is_kept():
    kept = keep_data(b"x" * 1_000_000, True)
    assert len(kept.data) < 10_000
    assert kept.size == 1_000_000


def test_an_entry_survives_json(trace):
    trace.add(
        Record(
            "answered", "chat", "c1", "ann", "g", ("c1",), (keep_data(b"hi", True),), 200, "d", "order", "POST", "/x"
        )
    )
    [entry] = trace.entries()
    assert msgspec.json.decode(msgspec.json.encode(entry), type=TraceEntry) == entry


def test_an_ack_says_how_it_went(trace):
    for ack in (AckMessage(1), AckMessage(2, ("Forbidden", "no"))):
        trace.add(Record("delivered", detail=ack))
    assert [entry.detail for entry in trace.entries()] == ["ack", "ack: Forbidden"]


def test_an_entry_is_a_readable_line(trace):
    trace.add(Record("rest", "chat", method="POST", url="/api/hubs/chat/:send", status=202))
    trace.add(Record("delivered", "chat", "c1", "ann", "g", ("c1", "c2"), (keep_data(b'{"a":\n1}', True),)))
    trace.add(Record("received", "chat", "c1", frames=(keep_data(b"x" * 500, True),)))
    rest, delivered, received = map(str, trace.entries())
    assert rest == "rest  chat  POST /api/hubs/chat/:send -> 202"
    assert delivered == 'delivered  chat  c1  user ann  group g  to 2  {"a": 1}'
    assert received == "received  chat  c1  " + "x" * 200 + "…"
