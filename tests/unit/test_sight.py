"""What clients in a notebook tell a map and an inspector where the service tells nothing, as an untraced one."""

import pytest

from wpslab.az.terminal import start_client
from wpslab.connection_string import ConnectionString
from wpslab.emulator import Emulator
from wpslab.lab import Lab
from wpslab.widgets import ClientPanel

ROLES = ("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup")


@pytest.fixture
def lab():
    with Emulator(trace=False) as emulator:
        made = Lab("served", ConnectionString.parse(emulator.connection_string))
        yield made
        made.close()


async def test_clients_tell_what_they_send_and_receive_and_how_they_come_and_go(lab):
    watch = lab.watch()
    assert not watch.is_complete
    panel = ClientPanel(lab, "Chat", "ana", roles=ROLES)
    await panel.connect()
    await panel.join_group("room")
    terminal = start_client(lab, lab.connection_string, "Chat", "ben")
    terminal.enter("sendtogroup room hello")
    await panel.wait_for_frame("hello")
    await panel.disconnect()
    terminal.stop()
    entries = watch.since(0)
    assert {entry.hub for entry in entries} == {"chat"}
    of_panel = [entry for entry in entries if panel_id(entries) in (entry.connection_id, *entry.receivers)]
    assert [entry.what for entry in of_panel] == [
        "connected",
        "delivered",
        "received",
        "delivered",
        "joined",
        "delivered",
        "disconnected",
    ]
    assert of_panel[0].user_id == "ana"
    assert of_panel[4].group == "room"
    assert '"data":"hello"' in of_panel[5].frame
    assert of_panel[5].connection_id is None
    assert [entry.what for entry in entries if entry.user_id == "ben"][-1] == "disconnected"


def panel_id(entries):
    return next(entry.connection_id for entry in entries if entry.what == "connected" and entry.user_id == "ana")


async def test_emulator_in_the_kernel_is_told_nothing_it_knows_better(monkeypatch):
    with Emulator() as emulator:
        lab = Lab("emulator", ConnectionString.parse(emulator.connection_string), emulator)
        panel = ClientPanel(lab, "chat", "ana")
        await panel.connect()
        await panel.disconnect()
        assert [entry.what for entry in lab.watch().since(0)].count("connected") == 1
        lab.close()
