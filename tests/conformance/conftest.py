"""Which service is under test: the emulator, or with `--azure` the resource in WEBPUBSUB_CONNECTION_STRING.

pytest tests/conformance            the emulator
pytest tests/conformance --azure    a real Azure Web PubSub resource
"""

import os
import socket
from contextlib import closing

import pytest

from wpslab.emulator import Emulator

from .management import KINDS, new_group, new_lab, new_management
from .target import HubUnderTest, ServerSide, Target

VARIABLE = "WEBPUBSUB_CONNECTION_STRING"


def pytest_addoption(parser):
    parser.addoption("--azure", action="store_true", help=f"test the Azure resource in {VARIABLE}")


def _on_azure(config):
    return config.getoption("--azure", default=False)


@pytest.fixture(scope="package")
def webpubsub(request):
    """The service under test; it ends with this folder, since other tests count threads."""
    if _on_azure(request.config):
        if not os.environ.get(VARIABLE):
            pytest.fail(f"--azure needs a connection string in {VARIABLE}.")
        yield Target(os.environ[VARIABLE])
    else:
        with Emulator() as emulator:
            yield Target(emulator.connection_string, emulator)


@pytest.fixture
def emulator(request):
    """An emulator of the test's own, for what only an emulator can do."""
    if _on_azure(request.config):
        pytest.skip("needs the emulator's own powers: its clock, its settings, its thread")
    with Emulator() as running:
        yield running


@pytest.fixture
def hub(webpubsub):
    """A hub of the test's own."""
    with closing(HubUnderTest(webpubsub)) as made:
        yield made


@pytest.fixture
def own_hub(emulator):
    """A hub on the emulator of the test's own."""
    with closing(HubUnderTest(Target(emulator.connection_string, emulator))) as made:
        yield made


@pytest.fixture(params=["sync", "aio"])
async def service(request, webpubsub, hub):
    """The server SDK for `hub`: every test that uses it runs with the sync and with the async one."""
    made = ServerSide(webpubsub, hub.name, request.param)
    yield made
    await made.close()


@pytest.fixture
def emulator_only(webpubsub):
    """For tests of what only the emulator does, on the one that everybody shares."""
    if webpubsub.emulator is None:
        pytest.skip("about the emulator, not about Azure")


@pytest.fixture
def closed_port():
    """A port nobody listens on, and nobody can: it is taken, by a socket that does not listen."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        yield line.getsockname()[1]


# The management side


@pytest.fixture(scope="module")
def lab(request):
    """A lab for a whole file of tests about the management side."""
    with new_lab(request) as made:
        yield made


@pytest.fixture(params=KINDS)
async def arm(request, lab):
    """Its management SDKs: every test that uses them runs with the sync and with the async ones."""
    async with new_management(lab, request.param) as made:
        yield made


@pytest.fixture
async def group(arm):
    """The name of a resource group of the test's own."""
    async with new_group(arm) as made:
        yield made
