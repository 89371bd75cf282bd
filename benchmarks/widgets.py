"""Widgets: what a map and an inspector on the screen cost a kernel through which messages pass."""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import psutil
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from .crowd import Client, client_frame, leave
from .figures import Row, column, interleave
from .servers import GROUP, TEXT, TIMEOUT

ROUNDS = 5
MESSAGES_PER_SECOND = 1000
SECONDS = 2.0
OPEN, NONE = "a map and an inspector open", "none on the screen"

_START = f"""
import json, wpslab
from wpslab.widgets import Inspector, ServiceMap
lab = wpslab.start()
widgets = [ServiceMap(lab, "bench"), Inspector(lab, "bench")]
url = lab.emulator.client_access_url
# No keep-alive ping may be taken for a message.
lab.emulator.configure_hub("bench", web_socket_keep_alive_interval_in_seconds=120)
def say(what):
    for number, widget in enumerate(widgets):
        widget._handle_custom_msg({{"do": what, "view": str(number)}}, [])
urls = [url("bench", groups=["{GROUP}"]), url("bench", user_id="sender", roles=["webpubsub.sendToGroup"])]
print(json.dumps(urls))
"""


def measure() -> list[Row]:
    """Compare a kernel with both widgets on the screen with the same kernel while nobody looks at them."""
    with _kernel() as (kernel, process):
        receiver, sender = map(Client, json.loads(_run(kernel, _START)))
        results = interleave(
            {
                OPEN: partial(_pass_messages, kernel, process, sender, receiver, "visible"),
                NONE: partial(_pass_messages, kernel, process, sender, receiver, "hidden"),
            },
            ROUNDS,
        )
        leave([receiver, sender])
    what = f"{MESSAGES_PER_SECOND:,} messages a second, {OPEN}"
    rows = ((f"CPU of a kernel for a second of {what}", 0), (f"latency at {what}", 1), ("the same, 95th percentile", 2))
    return [
        Row.versus(text, "ms", column(results[OPEN], index), NONE, column(results[NONE], index)) for text, index in rows
    ]


@contextmanager
def _kernel() -> Iterator[tuple[BlockingKernelClient, psutil.Process]]:
    manager, kernel = start_new_kernel()
    try:
        yield kernel, psutil.Process(manager.provisioner.pid)
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)


def _run(kernel: BlockingKernelClient, code: str) -> str:
    """Run a cell; return what it printed."""
    printed: list[str] = []

    def note(message: dict[str, dict[str, str]]) -> None:
        printed.append(message["content"].get("text", ""))

    reply = kernel.execute_interactive(code, timeout=TIMEOUT, output_hook=note)
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"The kernel failed: {reply['content']}")
    return "".join(printed)


def _pass_messages(
    kernel: BlockingKernelClient, process: psutil.Process, sender: Client, receiver: Client, what: str
) -> Sequence[float]:
    """Return the kernel's milliseconds of CPU for a second, and the messages' median latency and 95th percentile."""
    _run(kernel, f"say({what!r})")
    done = threading.Event()
    reader = threading.Thread(target=_drain, args=(kernel, done))
    reader.start()
    time.sleep(0.7)  # until the last look at an old state is over
    try:
        before, start = _cpu(process), time.perf_counter()
        latencies = _send_and_receive(sender, receiver)
        seconds = time.perf_counter() - start
        used = _cpu(process) - before
    finally:
        done.set()
        reader.join()
    ordered = sorted(latencies)
    return [used / seconds * 1000, statistics.median(ordered), ordered[int(len(ordered) * 0.95)]]


def _send_and_receive(sender: Client, receiver: Client) -> list[float]:
    """Send at an even pace; return the milliseconds each message took."""
    number = int(MESSAGES_PER_SECOND * SECONDS)
    came: list[float] = []

    def receive() -> None:
        for _ in range(number):
            receiver.read_frame()
            came.append(time.perf_counter())

    reader = threading.Thread(target=receive)
    reader.start()
    request = {"type": "sendToGroup", "group": GROUP, "dataType": "text", "data": TEXT}
    frame = client_frame(json.dumps(request).encode())
    sent = []
    start = time.perf_counter()
    for at in range(number):
        wait = start + at / MESSAGES_PER_SECOND - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        sent.append(time.perf_counter())
        sender.socket.sendall(frame)
    reader.join(TIMEOUT)
    if len(came) != number:
        raise RuntimeError(f"Of {number} messages only {len(came)} came.")
    return [(end - begin) * 1000 for begin, end in zip(sent, came, strict=True)]


def _drain(kernel: BlockingKernelClient, done: threading.Event) -> None:
    """Read what the widgets say, as a front end does."""
    while not done.is_set():
        if kernel.iopub_channel.msg_ready():
            kernel.iopub_channel.get_msg(timeout=0)
        else:
            time.sleep(0.01)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
