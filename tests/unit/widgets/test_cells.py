"""A cell that is run again: what it made before makes room for what it makes now."""

import threading

import pytest
import traitlets

from wpslab.az.terminal import start_client
from wpslab.widgets import Phone


@pytest.fixture
def run_cell(monkeypatch):
    """Say which cell runs from now on, as JupyterLab does with every execution."""
    executions = iter(range(1000))

    class Shell:
        parent = None

        def get_parent(self):
            return self.parent

    shell = Shell()
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: shell)

    def run(cell_id, kind="execute_request"):
        header = {"msg_type": kind, "msg_id": str(next(executions))}
        shell.parent = {"header": header, "metadata": {"cellId": cell_id} if cell_id else {}}

    return run


async def test_client_of_a_cell_that_is_run_again_is_disconnected(lab, make_panel, run_cell):
    run_cell("a")
    first, second = make_panel("alice"), make_panel("bob")
    run_cell("b")
    other = make_panel("carol")
    for panel in (first, second, other):
        await panel.connect()
    run_cell("a")
    again = make_panel("alice")
    for panel in (first, second):
        await panel.wait_for_state("disconnected")
    await again.connect()
    assert (again.state, other.state) == ("connected", "connected")


def test_terminal_of_a_cell_that_is_run_again_ends(lab, run_cell):
    def start():
        return start_client(lab, lab.connection_string, "widgets", "user1")

    run_cell("a")
    first = start()
    ended = threading.Event()
    first.on_change(lambda: first.state == "closed" and ended.set())
    run_cell("a")
    second = start()
    assert first.state == "closed" or ended.wait(10)
    run_cell("b")
    start()
    assert '"success":true' in second.enter("joingroup group1")


async def test_phone_whose_making_failed_is_in_nobodys_way(lab, run_cell):
    run_cell("a")
    with pytest.raises(traitlets.TraitError):
        Phone(lab, "widgets", 5)
    run_cell("a")
    phone = Phone(lab, "widgets", "user1")
    await phone.connect()
    assert phone.state == "connected"


@pytest.mark.parametrize(("cell_id", "kind"), [(None, "execute_request"), ("a", "comm_msg")])
async def test_clients_of_no_cell_stay(lab, make_panel, run_cell, cell_id, kind):
    run_cell(cell_id, kind)
    first = make_panel("alice")
    await first.connect()
    run_cell(cell_id, kind)
    await make_panel("alice").connect()
    await first.join_group("room1")
    assert first.state == "connected"
