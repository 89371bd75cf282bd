"""What the tests of the real Azure CLI's side share. Those that need the CLI itself run with --real-az only."""

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request

import pytest

from wpslab.az_certificate import Certificate
from wpslab.emulator import Emulator


def pytest_addoption(parser):
    parser.addoption("--real-az", action="store_true", help="Run the tests that need the Azure CLI.")


def pytest_configure(config):
    config.addinivalue_line("markers", "real_az: needs the Azure CLI; deselected unless --real-az is given.")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--real-az", default=False):
        return
    for_az = [item for item in items if item.get_closest_marker("real_az")]
    if for_az:
        config.hook.pytest_deselected(items=for_az)
        items[:] = [item for item in items if item not in for_az]


class Door:
    """The https side of an emulator, as a program that trusts its authority sees it."""

    def __init__(self, endpoint, certificate):
        self.endpoint = endpoint
        self.certificate = certificate
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=certificate.ca)),
        )

    def call(self, path, *, form=None, **headers):
        """Return the status and the body, read as JSON where it is."""
        body = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self.endpoint + path, body, headers)
        try:
            with self._opener.open(request, timeout=10) as response:
                status, content = response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                status, content = error.code, error.read()
        try:
            return status, json.loads(content)
        except ValueError:
            return status, content.decode()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate.of(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def tls(certificate):
    return certificate.make({})


@pytest.fixture
def emulator():
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def door(emulator, certificate, tls):
    return Door(f"https://127.0.0.1:{emulator.open_secure_port(tls)}", certificate)
