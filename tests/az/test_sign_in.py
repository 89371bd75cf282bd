"""Signing in, as the Azure CLI does it: requests in, answers out."""

import base64
import hashlib
import html
import json
import re
from urllib.parse import urlencode

import jwt
import pytest

from wpslab.emulator.protocols.rest.http import RestRequest
from wpslab.emulator.protocols.sign_in import Directory, handle, is_sign_in_path

ROOT = "https://localhost:8443"
TENANT = "00000000-0000-0000-0000-000000000002"
CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
SCOPE = f"{ROOT}//.default"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
NOW = 1_700_000_000.0
LISTENER = "http://localhost:8400"

DIRECTORY = Directory(TENANT)


def get(target, *, directory=DIRECTORY, now=NOW, **headers):
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return handle(directory, RestRequest("GET", target, pairs), ROOT, now)


def post(target, fields, *, directory=DIRECTORY, now=NOW):
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    return handle(directory, RestRequest("POST", target, body=body), ROOT, now)


def ask(fields, **options):
    """Ask the token endpoint; return the status and the body."""
    response = post("/adfs/oauth2/token", fields, **options)
    assert response.headers["Content-Type"].startswith("application/json")
    assert response.headers["Cache-Control"] == "no-store"
    return response.status, json.loads(response.body)


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


def program(**changes):
    fields = {"grant_type": "client_credentials", "client_id": "me", "client_secret": "x", "scope": SCOPE, **changes}
    return {name: value for name, value in fields.items() if value is not None}


# Documents


@pytest.mark.parametrize("path", ["/metadata/endpoints", "//metadata/endpoints", "/metadata/endpoints/"])
def test_cloud_says_where_to_sign_in_and_for_whom_tokens_are(path):
    body = json.loads(get(f"{path}?api-version=2022-09-01").body)
    assert body["authentication"]["loginEndpoint"] == f"{ROOT}/adfs"
    assert body["authentication"]["audiences"] == [f"{ROOT}/"]
    assert body["resourceManager"] == ROOT
    assert body["suffixes"] == {}


def test_older_version_of_the_cloud_document_is_a_list():
    assert json.loads(get("/metadata/endpoints?api-version=2019-05-01").body)[0]["name"] == "wpslab"


@pytest.mark.parametrize(
    ("document", "token"),
    [
        ("/adfs/.well-known/openid-configuration", "/adfs/oauth2/token"),
        (f"/{TENANT}/v2.0/.well-known/openid-configuration", f"/{TENANT}/oauth2/v2.0/token"),
        ("/organizations/v2.0/.well-known/openid-configuration", "/organizations/oauth2/v2.0/token"),
    ],
)
def test_authority_names_endpoints_that_answer(document, token):
    body = json.loads(get(document).body)
    assert body["token_endpoint"] == ROOT + token
    for name in ("authorization_endpoint", "token_endpoint", "device_authorization_endpoint"):
        assert is_sign_in_path(body[name].removeprefix(ROOT))
    answer = post(token, program())
    assert (answer.status, claims(json.loads(answer.body)["access_token"])["tid"]) == (200, TENANT)


@pytest.mark.parametrize(
    "path", ["/", "/subscriptions", "/adfs", "/metadata", "/a/b/v2.0/.well-known/openid-configuration", "/tenants"]
)
def test_other_paths_are_not_for_signing_in(path):
    assert not is_sign_in_path(path)
    assert get(path) is None


# Tokens of a program


def test_program_gets_a_token_for_the_resource_its_scope_names():
    status, body = ask(program(client_info="1", claims="{}"))
    assert (status, body["token_type"], body["expires_in"]) == (200, "Bearer", 3600)
    assert "refresh_token" not in body
    found = claims(body["access_token"])
    assert (found["aud"], found["tid"], found["appid"]) == (f"{ROOT}/", TENANT, "me")
    assert (found["iat"], found["exp"]) == (int(NOW), int(NOW) + 3600)


@pytest.mark.parametrize(
    ("changes", "audience"),
    [
        ({"scope": "https://vault.azure.net/.default"}, "https://vault.azure.net"),
        ({"scope": "openid https://graph/user_impersonation offline_access"}, "https://graph"),
        ({"scope": None, "resource": "https://management.core.windows.net/"}, "https://management.core.windows.net/"),
        ({"scope": None}, f"{ROOT}/"),
        ({"scope": "plain"}, "plain"),
    ],
)
def test_audience_is_the_resource_or_the_scope_without_its_last_part(changes, audience):
    assert claims(ask(program(**changes))[1]["access_token"])["aud"] == audience


def test_program_may_prove_itself_with_an_assertion():
    assert ask(program(client_secret=None, client_assertion="signed"))[0] == 200


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        (b"\xff\xfe%%%&&==", 400, "invalid_request"),
        (b'{"grant_type": "client_credentials"}', 400, "invalid_request"),
        (program(client_id=None), 400, "invalid_request"),
        (program(client_id=""), 400, "invalid_request"),
        (program(client_secret=None), 401, "invalid_client"),
        (program(grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer"), 400, "unsupported_grant_type"),
        (b"grant_type=password&grant_type=refresh_token", 400, "invalid_request"),
        ("&".join(f"a{number}=1" for number in range(200)).encode(), 400, "invalid_request"),
        ({"grant_type": "password", "client_id": CLI, "username": "u"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "client_id": CLI}, 400, "invalid_request"),
        ({"grant_type": "authorization_code", "client_id": CLI}, 400, "invalid_request"),
        ({"grant_type": "authorization_code", "client_id": CLI, "code": "made-up"}, 400, "invalid_grant"),
        ({"grant_type": DEVICE, "client_id": CLI}, 400, "invalid_request"),
        ({"grant_type": DEVICE, "client_id": CLI, "device_code": "made-up"}, 400, "expired_token"),
    ],
)
def test_malformed_request_for_tokens_is_refused_in_the_words_of_oauth(fields, status, error):
    found, body = ask(fields)
    assert (found, body["error"]) == (status, error)
    assert body["error_description"].startswith(f"AADSTS{body['error_codes'][0]}: ")


def test_token_endpoint_takes_post_only():
    response = get("/adfs/oauth2/token")
    assert (response.status, response.headers["Allow"]) == (405, "POST")


# Tokens of a person


def person(answer):
    """Check what a person gets, and return the claims of the id token."""
    status, body = answer
    assert (status, body["token_type"]) == (200, "Bearer")
    found = claims(body["id_token"])
    assert (found["aud"], found["tid"]) == (CLI, TENANT)
    assert {"iss", "exp", "iat", "sub"} <= set(found)
    assert claims(body["access_token"])["upn"] == found["upn"]
    return found


def test_device_code_is_good_for_tokens_at_once_but_not_for_ever():
    begun = json.loads(post("/adfs/oauth2/devicecode", {"client_id": CLI, "scope": SCOPE}).body)
    assert {"user_code", "verification_uri", "expires_in", "interval", "message"} <= set(begun)
    fields = {"grant_type": DEVICE, "client_id": CLI, "code": begun["device_code"], "device_code": begun["device_code"]}
    assert person(ask(fields))["preferred_username"] == "student@example.com"
    assert ask(fields, now=NOW + begun["expires_in"])[1]["error"] == "expired_token"
    assert ask(fields, directory=Directory(TENANT))[1]["error"] == "expired_token"


def test_page_of_the_device_code_says_there_is_nothing_to_do():
    response = get("/adfs/oauth2/deviceauth")
    assert b"nothing to do" in response.body


def test_password_signs_in_whoever_it_is():
    fields = {"grant_type": "password", "client_id": CLI, "username": "ann@contoso.com", "password": "p"}
    assert person(ask(fields))["upn"] == "ann@contoso.com"


def test_refresh_token_of_an_earlier_run_still_tells_who_it_is():
    fields = {"grant_type": "password", "client_id": CLI, "username": "ann", "password": "p"}
    token = ask(fields, directory=Directory(TENANT))[1]["refresh_token"]
    assert person(ask({"grant_type": "refresh_token", "client_id": CLI, "refresh_token": token}))["upn"] == "ann"
    assert person(ask({"grant_type": "refresh_token", "client_id": CLI, "refresh_token": "opaque"}))["upn"]


def test_client_info_is_given_where_it_is_asked_for():
    fields = {"grant_type": "refresh_token", "client_id": CLI, "refresh_token": "r"}
    assert "client_info" not in ask(fields)[1]
    info = json.loads(base64.urlsafe_b64decode(ask({**fields, "client_info": "1"})[1]["client_info"] + "=="))
    assert info["utid"] == TENANT


# The browser


VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def open_page(**changes):
    fields = {
        "client_id": CLI,
        "response_type": "code",
        "redirect_uri": LISTENER,
        "response_mode": "form_post",
        "state": 'st"><b>&',
        "nonce": "once",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return get("/adfs/oauth2/authorize?" + urlencode({name: value for name, value in fields.items() if value}))


def posted(response):
    """Return where the page posts to, and what."""
    text = response.body.decode()
    fields = dict(re.findall(r'name="([^"]*)" value="([^"]*)"', text))
    action = re.search(r'action="([^"]*)"', text)
    return html.unescape(action[1]), {name: html.unescape(value) for name, value in fields.items()}


def redeem(code, **changes):
    fields = {
        "grant_type": "authorization_code",
        "client_id": CLI,
        "code": code,
        "redirect_uri": LISTENER,
        "code_verifier": VERIFIER,
        **changes,
    }
    return ask(fields)


def test_page_posts_the_state_and_a_code_whose_token_has_the_nonce():
    action, fields = posted(open_page())
    assert (action, fields["state"]) == (LISTENER, 'st"><b>&')
    assert person(redeem(fields["code"]))["nonce"] == "once"


def test_page_allows_nothing_but_its_own_script_and_posting_to_this_machine():
    response = open_page()
    script = re.search(rb"<script>(.*)</script>", response.body)[1]
    digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
    policy = response.headers["Content-Security-Policy"]
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "form-action http://localhost:*" in policy


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "",
        "https://localhost:8400",
        "http://example.com",
        "http://localhost.example.com:8400",
        "http://localhost:8400@example.com",
        "http://example.com\\@localhost:8400",
        "http://localhost:8400\\.example.com",
        "javascript:alert(1)",
        "http://localhost:8400/\n",
    ],
)
def test_code_goes_nowhere_but_to_this_machine(redirect_uri):
    response = open_page(redirect_uri=redirect_uri)
    assert response.status == 400
    assert b"<form" not in response.body


def test_page_is_for_codes_only():
    assert open_page(response_type="token").status == 400


@pytest.mark.parametrize(
    "changes", [{"code_verifier": "other"}, {"redirect_uri": "http://localhost:1"}, {"client_id": "other"}]
)
def test_code_is_only_for_who_asked_for_it(changes):
    status, body = redeem(posted(open_page())[1]["code"], **changes)
    assert (status, body["error"]) == (400, "invalid_grant")


def test_code_of_a_device_is_no_code_of_the_browser():
    begun = json.loads(post("/adfs/oauth2/devicecode", {"client_id": CLI}).body)
    assert redeem(begun["device_code"])[1]["error"] == "invalid_grant"


# Managed identity


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/msi/token?api-version=2019-08-01", {"x_identity_header": "h", "metadata": "true"}),
        ("/MSI/token/?api-version=2017-09-01", {"secret": "h"}),
        ("/metadata/identity/oauth2/token?api-version=2018-02-01", {"metadata": "true"}),
    ],
)
def test_machine_gets_a_token_with_the_tenant_in_it(target, headers):
    response = get(f"{target}&resource={ROOT}/", **headers)
    body = json.loads(response.body)
    assert response.status == 200
    assert (int(body["expires_on"]), int(body["expires_in"])) == (int(NOW) + 3600, 3600)
    found = claims(body["access_token"])
    assert (found["aud"], found["tid"]) == (f"{ROOT}/", TENANT)


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/msi/token?resource=r", {}, 401),
        ("/metadata/identity/oauth2/token?resource=r", {}, 400),
        ("/msi/token", {"x_identity_header": "h"}, 400),
        ("/metadata/identity/oauth2/token?resource=r&resource=s", {"metadata": "true"}, 400),
    ],
)
def test_request_a_page_could_make_gets_no_token_of_the_machine(target, headers, status):
    response = get(target, **headers)
    assert response.status == status
    assert json.loads(response.body)["error"] == "invalid_request"


def test_directory_keeps_its_key_to_itself():
    assert str(DIRECTORY.key) not in repr(DIRECTORY)
