"""The https port for the Azure CLI, over real sockets."""

import logging
import os
import socket
import ssl
import stat
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from wpslab.az_certificate import LIFE, Certificate, public_roots
from wpslab.emulator import Emulator

BEARER = {"Authorization": "Bearer of an earlier run"}
SUBSCRIPTIONS = "/subscriptions?api-version=2022-12-01"


def sign_in(door, **changes):
    fields = {"grant_type": "client_credentials", "client_id": "me", "client_secret": "x", **changes}
    return door.call("/adfs/oauth2/token", form=fields)


def test_token_that_was_signed_for_opens_the_management_side(door, emulator):
    status, body = sign_in(door)
    assert status == 200
    status, body = door.call(SUBSCRIPTIONS, Authorization=f"Bearer {body['access_token']}")
    assert (status, body["value"][0]["tenantId"]) == (200, emulator.management.tenant_id)


def test_any_token_opens_the_management_side_but_none_does_not(door):
    assert door.call(SUBSCRIPTIONS, **BEARER)[0] == 200
    status, body = door.call(SUBSCRIPTIONS)
    assert (status, body["error"]["code"]) == (401, "AuthenticationFailed")


def test_mistake_in_signing_in_is_answered_in_the_words_of_oauth(door):
    status, body = sign_in(door, grant_type="magic")
    assert (status, body["error"]) == (400, "unsupported_grant_type")


def test_addresses_in_answers_are_those_the_caller_used(door):
    port = door.endpoint.rpartition(":")[2]
    status, body = door.call("//metadata//endpoints", Host=f"localhost:{port}")
    assert (status, body["resourceManager"]) == (200, f"https://localhost:{port}")


def test_certificate_is_good_for_localhost_too(door):
    door.endpoint = door.endpoint.replace("127.0.0.1", "localhost")
    assert door.call("/metadata/endpoints")[0] == 200


@pytest.mark.parametrize(
    "host", ["example.com", "example.com:8443", "localhost.example.com", "127.0.0.1.nip.io", "", "[::1]"]
)
@pytest.mark.parametrize("path", ["/metadata/endpoints", SUBSCRIPTIONS])
def test_name_that_was_made_to_mean_this_machine_is_refused(door, host, path):
    assert door.call(path, Host=host, **BEARER)[0] == 403


def test_who_does_not_trust_the_authority_gets_no_answer_and_the_log_stays_quiet(door, caplog):
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=ssl.create_default_context())
    )
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        opener.open(door.endpoint, timeout=10)
    assert door.call("/metadata/endpoints")[0] == 200
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_who_speaks_no_tls_is_let_go(door, caplog):
    port = int(door.endpoint.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        plain.sendall(b"GET /metadata/endpoints HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert not plain.recv(1000).startswith(b"HTTP")
    assert door.call("/metadata/endpoints")[0] == 200
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_port_is_loopback_only_even_if_the_emulator_is_for_others(tls):
    with Emulator(host="0.0.0.0", allow_remote_clients=True) as emulator:
        port = emulator.open_secure_port(tls)
        with socket.create_server(("127.0.0.2", port)):  # would be taken
            pass


def test_taken_port_is_said(emulator, tls):
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(OSError, match=r"in use|10048|10013"):
        emulator.open_secure_port(tls, other.getsockname()[1])


def test_port_is_free_again_when_the_emulator_has_ended(tls):
    with Emulator() as emulator:
        port = emulator.open_secure_port(tls)
    with Emulator() as emulator:
        assert emulator.open_secure_port(tls, port) == port


# The certificate


def test_certificate_is_kept_while_it_holds(tmp_path):
    certificate = Certificate.of(tmp_path)
    certificate.make({})
    before = certificate.ca.read_bytes(), certificate.chain.read_bytes()
    certificate.make({})
    assert (certificate.ca.read_bytes(), certificate.chain.read_bytes()) == before


@pytest.mark.parametrize("broken", ["ca", "chain"])
def test_certificate_that_is_missing_or_broken_is_made_anew(tmp_path, broken):
    certificate = Certificate.of(tmp_path)
    certificate.make({})
    getattr(certificate, broken).write_text("no certificate")
    context = certificate.make({})
    assert context.get_ca_certs() == []
    x509.load_pem_x509_certificate(certificate.ca.read_bytes())


def test_authority_is_not_made_for_longer_than_a_person_remembers_it(certificate, tls):
    signed = x509.load_pem_x509_certificate(certificate.chain.read_bytes())
    assert signed.not_valid_after_utc <= datetime.now(UTC) + LIFE + timedelta(minutes=1)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_key_is_for_its_owner_only_and_that_of_the_authority_is_nowhere(certificate, tls):
    assert stat.S_IMODE(certificate.chain.stat().st_mode) == 0o600
    files = [path.read_text() for path in certificate.ca.parent.iterdir()]
    assert sum(text.count("PRIVATE KEY-----\n") for text in files) == 2  # its begin and its end


def test_bundle_holds_what_the_shell_trusted_before_and_the_authority(tmp_path):
    own = tmp_path / "own.pem"
    own.write_text("# roots of the company\n")
    certificate = Certificate.of(tmp_path)
    certificate.make({"REQUESTS_CA_BUNDLE": str(own)})
    text = certificate.bundle.read_text()
    assert "# roots of the company" in text
    assert certificate.ca.read_text() in text


def test_public_authorities_are_found_where_the_shell_names_none(tmp_path):
    assert "BEGIN CERTIFICATE" in public_roots({}, tmp_path / "bundle.pem")
