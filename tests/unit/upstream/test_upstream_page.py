"""The page about the middleware tells the truth: its examples run, and its tables name what there is."""

import asyncio
import inspect
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from service_requests import KEY, connect_event, handler, user_event

import wpslab.upstream
from wpslab.upstream import HttpRequest, UserEventResponse, WebPubSubEventHandler

PAGE = (Path(__file__).parents[3] / "docs" / "upstream.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def block_with(text):
    (block,) = [block for block in BLOCKS if text in block]
    return block


@pytest.fixture
def whole_server(monkeypatch):
    monkeypatch.setenv("WEBPUBSUB_CONNECTION_STRING", f"Endpoint=http://localhost;AccessKey={KEY};Version=1.0;")
    names = {}
    exec(block_with("Starlette("), names)
    return names


async def test_whole_server_runs(whole_server):
    transport = httpx.ASGITransport(whole_server["app"])
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        sent = [connect_event(ce_userId=None), connect_event(), user_event()]
        answers = [await client.post("/eventhandler/x", headers=event.headers, content=event.body) for event in sent]
    assert [answer.status_code for answer in answers] == [401, 200, 200]
    assert answers[1].json() == {"groups": ["lobby"]}
    assert answers[2].text == "alice says hi"


async def test_example_of_state_counts():
    names = {"handler": handler(), "UserEventResponse": UserEventResponse}
    exec(block_with("That was number"), names)
    answer = await names["handler"].handle(user_event())
    assert answer.body == b"That was number 1."
    again = user_event(ce_connectionState=dict(answer.headers)["ce-connectionState"])
    assert (await names["handler"].handle(again)).body == b"That was number 2."


def test_example_of_flask_answers():
    import flask

    app = flask.Flask("example")
    names = {"app": app, "handler": handler(), "HttpRequest": HttpRequest, "asyncio": asyncio}
    names |= {"request": flask.request, "Response": flask.Response}
    seen = []
    names["handler"].user_event()(lambda request: request.user_id)
    names["handler"].connected(seen.append)
    exec(block_with("@app.route"), names)
    client = app.test_client()
    event = user_event(ce_userId="Zoë".encode().decode("latin-1"))
    answer = client.post("/eventhandler/message", headers=event.headers, data=event.body)
    assert (answer.status_code, answer.text) == (200, "Zoë")
    notice = {**event.headers, "ce-type": "azure.webpubsub.sys.connected"}
    assert client.post("/eventhandler/connected", headers=notice, data=b"{}").status_code == 204
    assert len(seen) == 1
    headers = {"WebHook-Request-Origin": "localhost", "ce-awpsversion": "1.0"}
    assert client.options("/eventhandler/validate", headers=headers).headers["WebHook-Allowed-Origin"] == "*"


def test_table_names_every_option():
    options = list(inspect.signature(WebPubSubEventHandler).parameters)
    table = PAGE.partition("## Options")[2].partition("## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == options


def test_copy_of_the_folder_works_on_its_own(tmp_path):
    source = Path(wpslab.upstream.__file__).parent
    shutil.copytree(source, tmp_path / "webhooks", ignore=shutil.ignore_patterns("server.py", "__pycache__"))
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import webhooks; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded - set(sys.stdlib_module_names) <= {"webhooks", "__main__"}


def test_every_public_name_has_a_sentence():
    for name in wpslab.upstream.__all__:
        assert getattr(wpslab.upstream, name).__doc__.split("\n")[0].endswith((".", ":"))
