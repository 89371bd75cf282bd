"""What a lab's watch tells on each backend, and what it says where it cannot tell everything."""

import threading

import pytest
from azure.messaging.webpubsubservice import WebPubSubServiceClient

import wpslab
from wpslab.connection_string import ConnectionString
from wpslab.emulator import Emulator, EmulatorSnapshot, EventHandler, TraceEntry
from wpslab.lab import Lab
from wpslab.served import Served

KEY = "k" * 44
SENT = TraceEntry(0, 0.0, "received", "chat", "c1", frame="hello")


@pytest.fixture(autouse=True)
def no_connection_string(monkeypatch):
    for name in ("WEBPUBSUB_CONNECTION_STRING", "WebPubSubConnectionString"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def lab():
    lab = wpslab.start()
    yield lab
    lab.close()


@pytest.fixture(params=[True, False], ids=["traced", "silent"])
def served(request):
    """A lab on an emulator it has to reach by its address, and that emulator."""
    with Emulator(trace=request.param) as emulator:
        lab = wpslab.start(emulator.connection_string)
        try:
            yield lab, emulator
        finally:
            lab.close()


@pytest.fixture
def azure():
    target = ConnectionString.parse(f"Endpoint=https://name.webpubsub.azure.com;AccessKey={KEY};Version=1.0;")
    lab = Lab("azure", target)
    yield lab
    lab.close()


def send(connection_string, times=1):
    with WebPubSubServiceClient.from_connection_string(connection_string, hub="chat") as service:
        for _ in range(times):
            service.send_to_all("hello", content_type="text/plain")


def test_in_this_kernel_everything_is_told(lab):
    watch = lab.watch()
    assert (watch.backend, watch.is_complete, watch.why) == ("emulator", True, "")
    send(lab.connection_string)
    entries = watch.since(0)
    assert [entry.what for entry in entries] == ["rest", "delivered"]
    assert watch.since(entries[-1].number) == []
    assert watch.since(0, 1) == entries[:1]
    lab.emulator.configure_hub("chat")
    assert list(watch.snapshot().hubs) == ["chat"]


def test_a_lab_has_one_watch(lab):
    assert lab.watch() is lab.watch()


def test_what_clients_add_is_left_out_where_everything_is_told(lab):
    lab.watch().add(SENT)
    assert lab.watch().since(0) == []


def test_another_process_tells_the_same_as_the_emulator_itself(served):
    lab, emulator = served
    emulator.configure_hub("chat", event_handlers=[EventHandler("http://h/{event}?code=s3cret", "*")])
    send(emulator.connection_string, 2)
    watch = lab.watch()
    assert watch.backend == "served"
    assert watch.since(0) == emulator.trace
    assert watch.since(0, 1) == emulator.trace[:1]
    assert watch.snapshot() == emulator.snapshot()
    assert Served(ConnectionString.parse(emulator.connection_string)).trace_since(0).is_on is emulator.is_traced


def test_another_process_that_remembers_nothing_is_not_complete_and_says_how_to_change_that(served):
    lab, emulator = served
    watch = lab.watch()
    assert watch.is_complete is emulator.is_traced
    assert ("wpslab serve --trace" in watch.why) is not emulator.is_traced


def test_where_not_everything_is_told_the_clients_entries_are_numbered_and_timed(azure):
    watch = azure.watch()
    assert (watch.backend, watch.is_complete) == ("azure", False)
    assert "Azure does not tell" in watch.why
    watch.add(SENT, SENT)
    watch.add(TraceEntry(77, 5.0, "delivered", "chat", None, receivers=("c1",)))
    first, second, third = watch.since(0)
    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert first.time > 1e9
    assert (third.time, third.receivers) == (5.0, ("c1",))
    assert watch.since(1) == [second, third]
    assert watch.since(0, 1) == [first]
    assert watch.since(99) == [first, second, third]
    assert watch.snapshot() == EmulatorSnapshot({})


def test_entries_of_many_threads_get_numbers_of_their_own(azure):
    watch = azure.watch()
    threads = [threading.Thread(target=lambda: [watch.add(SENT) for _ in range(100)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry.number for entry in watch.since(0)] == list(range(1, 801))


def test_a_service_that_is_gone_is_an_error_that_says_so(served, monkeypatch):
    lab, emulator = served
    monkeypatch.setattr("wpslab.watch.CHECK_SECONDS", 0)
    watch = lab.watch()
    emulator.stop()
    with pytest.raises(wpslab.LabError, match="Is `wpslab serve` still running"):
        watch.since(0)
    with pytest.raises(wpslab.LabError, match="Is `wpslab serve` still running"):
        watch.snapshot()


def test_a_silent_service_that_is_gone_is_an_error_for_every_reader(monkeypatch):
    monkeypatch.setattr("wpslab.watch.CHECK_SECONDS", 0)
    with Emulator(trace=False) as emulator:
        lab = wpslab.start(emulator.connection_string)
        watch = lab.watch()
        assert watch.since(0) == []
    with pytest.raises(wpslab.LabError):
        watch.since(0)
    monkeypatch.setattr("wpslab.watch.CHECK_SECONDS", 60)
    with pytest.raises(wpslab.LabError):
        watch.since(0)
    lab.close()


@pytest.fixture
def again():
    """The watch of a lab whose emulator ended, the number it had read to, and how to start another one there."""
    with Emulator(access_key=KEY) as emulator:
        lab = wpslab.start(emulator.connection_string)
        port, watch = emulator.port, lab.watch()
        send(emulator.connection_string, 3)
        last = watch.since(0)[-1].number
    yield watch, last, lambda trace: Emulator(access_key=KEY, port=port, trace=trace)
    lab.close()


def test_what_clients_add_is_new_to_every_reader(again):
    watch, last, start = again
    with start(False):
        assert watch.since(1) == []  # who is behind asks first
        watch.add(SENT)
        assert [entry.what for entry in watch.since(last)] == ["received"]


def test_a_service_started_again_without_a_trace_makes_the_watch_incomplete(again):
    watch, last, start = again
    with start(False):
        assert watch.since(last) == []
    assert watch.is_complete is False
    assert "--trace" in watch.why


@pytest.mark.parametrize("times", [1, 9])  # fewer entries than were read before, and more
def test_a_service_started_again_is_read_from_its_beginning_and_the_numbers_go_on(again, times):
    watch, last, start = again
    with start(True) as emulator:
        send(emulator.connection_string, times)
        entries = watch.since(last)
        assert [entry.number for entry in entries] == list(range(last + 1, last + 2 * times + 1))
        assert watch.since(last + 1) == entries[1:]
        assert watch.snapshot().number == entries[-1].number
        send(emulator.connection_string)
        assert [entry.number for entry in watch.since(entries[-1].number)] == [
            entries[-1].number + 1,
            entries[-1].number + 2,
        ]


def test_a_service_started_again_with_a_trace_tells_again(again, monkeypatch):
    monkeypatch.setattr("wpslab.watch.CHECK_SECONDS", 0)
    watch, last, start = again
    with start(False):
        assert watch.since(last) == []
        watch.add(SENT)
        (own,) = watch.since(last)
        assert own.number > last
    with start(True) as emulator:
        send(emulator.connection_string)
        entries = watch.since(own.number)
        assert [entry.what for entry in entries] == ["rest", "delivered"]
        assert entries[0].number > own.number
    assert (watch.is_complete, watch.why) == (True, "")


def test_a_closed_lab_is_an_error(lab):
    watch = lab.watch()
    lab.close()
    with pytest.raises(wpslab.LabError, match="closed"):
        lab.watch()
    with pytest.raises(wpslab.LabError, match="nothing to watch"):
        watch.since(0)
    with pytest.raises(wpslab.LabError, match="nothing to watch"):
        watch.snapshot()
