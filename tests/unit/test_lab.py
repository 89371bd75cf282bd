"""The learner's door: which service answers, and what a wrong connection string says."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from azure.messaging.webpubsubservice import WebPubSubServiceClient

import wpslab
from wpslab.az import az
from wpslab.connection_string import ConnectionString
from wpslab.emulator import Emulator

KEY = "k" * 44


@pytest.fixture
def lab(monkeypatch):
    for name in ("WEBPUBSUB_CONNECTION_STRING", "WebPubSubConnectionString"):
        monkeypatch.delenv(name, raising=False)
    lab = wpslab.start()
    yield lab
    lab.close()


def test_without_a_connection_string_the_emulator_answers(lab):
    assert lab.backend == "emulator"
    service = WebPubSubServiceClient.from_connection_string(lab.connection_string, hub="chat")
    assert service.user_exists("nobody") is False
    assert lab.emulator.endpoint == lab.endpoint


def test_lab_whose_resource_was_deleted_says_how_to_make_it_anew(lab):
    before = lab.endpoint
    az(f"group delete --name {lab.resource_group} --yes")
    for ask in (lambda: lab.connection_string, lambda: lab.endpoint, lab.explain):
        with pytest.raises(wpslab.LabError, match="make it anew: az group create"):
            ask()
    assert repr(lab.emulator) == "<Emulator whose own resource was deleted>"
    az(f"group create --name {lab.resource_group} --location {lab.location}")
    az(f"webpubsub create --name {lab.name} --resource-group {lab.resource_group} --sku Standard_S1")
    assert lab.endpoint != before
    service = WebPubSubServiceClient.from_connection_string(lab.connection_string, hub="chat")
    assert service.user_exists("nobody") is False


def test_starting_twice_returns_the_running_lab(lab):
    assert wpslab.start() is lab
    assert wpslab.start(lab.connection_string) is lab


def test_starting_on_another_service_while_a_lab_runs_is_an_error(lab):
    with pytest.raises(wpslab.LabError, match=r"lab\.close\(\)"):
        wpslab.start(f"Endpoint=http://127.0.0.1:1;AccessKey={KEY};")


def test_another_service_in_the_environment_is_not_passed_over_while_a_lab_runs(lab, monkeypatch):
    monkeypatch.setenv("WEBPUBSUB_CONNECTION_STRING", "garbage")
    with pytest.raises(wpslab.LabError, match="WEBPUBSUB_CONNECTION_STRING names another service"):
        wpslab.start()


def test_closed_lab_leaves_no_thread_and_a_new_one_can_be_started(lab):
    before = set(threading.enumerate()) - {thread for thread in threading.enumerate() if "wpslab" in thread.name}
    lab.background.submit(asyncio.sleep(0)).result(5)
    lab.close()
    lab.close()
    assert set(threading.enumerate()) == before
    assert repr(lab) == "The lab is closed."
    with pytest.raises(wpslab.LabError, match="closed"):
        _ = lab.background
    again = wpslab.start()
    assert again is not lab
    again.close()


def test_threads_that_ask_at_once_get_one_translator(lab, monkeypatch):
    for name in ("TRANSLATOR_KEY", "TRANSLATOR_ENDPOINT", "TRANSLATOR_REGION"):
        monkeypatch.delenv(name, raising=False)
    together = threading.Barrier(8)

    def ask(_):
        together.wait(10)
        return lab.translator

    with ThreadPoolExecutor(8) as pool:
        translators = set(pool.map(ask, range(8)))
    assert len(translators) == 1
    lab.close()
    assert not translators.pop().running


@pytest.mark.parametrize("variable", ["WEBPUBSUB_CONNECTION_STRING", "WebPubSubConnectionString"])
def test_environment_names_a_served_emulator(monkeypatch, variable):
    with Emulator() as emulator:
        monkeypatch.setenv(variable, emulator.connection_string)
        lab = wpslab.start()
        try:
            assert lab.backend == "served"
            assert lab.connection_string == emulator.connection_string
            with pytest.raises(wpslab.LabError, match="runs in this kernel"):
                _ = lab.emulator
        finally:
            lab.close()
        assert emulator.running


@pytest.mark.parametrize("answer", [404, 403])
def test_another_service_that_passes_health_check_and_signed_request_is_azure(answer):
    class Azure(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(200 if self.path == "/api/health" else answer)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Azure)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        text = f"Endpoint=http://127.0.0.1:{server.server_port};AccessKey={KEY};Version=1.0;"
        if answer == 404:
            lab = wpslab.start(text)
            assert lab.backend == "azure"
            lab.close()
        else:
            with pytest.raises(wpslab.LabError, match="answered 403"):
                wpslab.start(text)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "without '='"),
        (f"AccessKey={KEY}", "Endpoint= is missing"),
        ("Endpoint=https://x.example", "AccessKey= is missing"),
        (f"Endpoint=x.example;AccessKey={KEY}", "Endpoint= is no URL"),
        (f"Endpoint=https://x:port;AccessKey={KEY}", "Endpoint= is no URL"),
        (f"Endpoint=http://127.0.0.1:1;AccessKey={KEY}", "cannot be reached"),
    ],
)
def test_unusable_connection_string_is_an_error_that_names_its_source_and_not_the_key(monkeypatch, text, says):
    monkeypatch.setenv("WEBPUBSUB_CONNECTION_STRING", text)
    with pytest.raises(wpslab.LabError, match=says) as caught:
        wpslab.start()
    assert "the environment variable WEBPUBSUB_CONNECTION_STRING" in str(caught.value)
    assert KEY not in str(caught.value)
    with pytest.raises(wpslab.LabError, match=r"argument of wpslab\.start"):
        wpslab.start(text)


def test_wrong_key_is_found_at_once():
    with Emulator() as emulator, pytest.raises(wpslab.LabError, match="not one of"):
        wpslab.start(f"Endpoint={emulator.endpoint};AccessKey={KEY}")


def test_card_says_who_answers_and_masks_the_key(lab):
    key = lab.emulator.access_key
    html = lab._repr_html_()
    assert "emulator in this kernel" in html
    assert lab.endpoint in html
    assert "wpslab serve" in html
    assert key not in html + repr(lab) + str(lab) + repr(lab.emulator)


def test_error_of_a_background_task_nobody_asked_about_is_raised_at_the_next_start(lab):
    async def fail():
        raise ValueError("swallowed")

    future = lab.background.submit(fail())
    _wait(lab, future)
    with pytest.raises(ValueError, match="swallowed"):
        wpslab.start()
    assert wpslab.start() is lab


def test_several_errors_nobody_asked_about_are_raised_together(lab):
    async def fail(number):
        raise ValueError(number)

    for number in (1, 2):
        _wait(lab, lab.background.submit(fail(number)))
    with pytest.raises(ExceptionGroup) as caught:
        wpslab.start()
    assert [error.args for error in caught.value.exceptions] == [(1,), (2,)]


def test_error_somebody_asked_about_is_not_raised_again(lab):
    async def fail():
        raise ValueError("seen")

    with pytest.raises(ValueError, match="seen"):
        lab.background.submit(fail()).result(5)
    assert wpslab.start() is lab


def test_close_runs_callbacks_newest_first_ends_all_and_raises_what_failed(monkeypatch):
    lab = wpslab.start()
    ran = []

    async def asynchronous():
        ran.append(threading.current_thread().name)

    def broken():
        ran.append("broken")
        raise OSError("a callback failed")

    lab.on_close(lambda: ran.append("first"))
    lab.on_close(asynchronous)
    lab.on_close(broken)
    with pytest.raises(OSError, match="a callback failed"):
        lab.close()
    assert ran == ["broken", "wpslab-background", "first"]
    assert not [thread for thread in threading.enumerate() if "wpslab" in thread.name]


def test_threads_that_ask_at_the_same_moment_share_one_background(lab):
    together = threading.Barrier(20)

    def ask(found):
        together.wait()
        found.append(lab.background)

    for _ in range(5):
        lab._background = None
        found = []
        threads = [threading.Thread(target=ask, args=(found,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(found)) == 1
        found[0].close()
    lab._background = None


async def test_cell_awaits_background_work_and_may_cancel_it(lab):
    assert await asyncio.wrap_future(lab.background.submit(asyncio.sleep(0, "done"))) == "done"
    cancelled = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def endless():
        try:
            await asyncio.Event().wait()
        finally:
            loop.call_soon_threadsafe(cancelled.set)

    future = lab.background.submit(endless())
    await asyncio.wrap_future(lab.background.submit(asyncio.sleep(0)))
    future.cancel()
    async with asyncio.timeout(5):
        await cancelled.wait()


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        (f"Endpoint=https://x.example/;AccessKey={KEY};Version=1.0;", "https://x.example"),
        (f" endpoint=http://localhost ; accesskey={KEY} ; Port=8080", "http://localhost:8080"),
    ],
)
def test_connection_string_is_read_without_regard_to_case_and_order(text, endpoint):
    parsed = ConnectionString.parse(text)
    assert (parsed.endpoint, parsed.access_key) == (endpoint, KEY)
    assert KEY not in repr(parsed)


def _wait(lab, future):
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    assert done.wait(5)
