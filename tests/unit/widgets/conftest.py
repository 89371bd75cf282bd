import asyncio
import re

import pytest
from azure.messaging.webpubsubservice import WebPubSubServiceClient

import wpslab
from wpslab.widgets import ClientPanel

HUB = "widgets"
ALL_ROLES = ("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup")
IDS = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def lab(monkeypatch):
    for variable in ("WEBPUBSUB_CONNECTION_STRING", "WebPubSubConnectionString"):
        monkeypatch.delenv(variable, raising=False)
    lab = wpslab.start()
    yield lab
    lab.close()


@pytest.fixture
def service(lab):
    with WebPubSubServiceClient.from_connection_string(lab.connection_string, hub=HUB) as service:
        yield service


@pytest.fixture
def make_panel(lab):
    def make(user_id="user1", roles=ALL_ROLES, **more):
        return ClientPanel(lab, HUB, user_id, roles, **more)

    return make


@pytest.fixture
def click(lab):
    """Do what a button of the front end does, and wait until it is done."""

    async def click(widget, action, **more):
        submitted = []
        submit = lab.background.submit

        def remember(work):
            submitted.append(submit(work))
            return submitted[-1]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lab.background, "submit", remember)
            widget._handle_custom_msg({"do": action, **more}, [])
        for future in submitted:
            await asyncio.wrap_future(future)

    return click


@pytest.fixture
def mask():
    return lambda text: IDS.sub("CONNECTION-ID", text)
