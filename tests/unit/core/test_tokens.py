"""Access tokens: what holds and what does not."""

import jwt
import pytest

from wpslab.emulator.core import tokens
from wpslab.emulator.core.errors import Unauthorized

KEY, OTHER = "k" * 44, "o" * 44
NOW = 1_000_000
HERE = "http://localhost:8080/client/hubs/chat"


def decode(claims, *, key=KEY, keys=(OTHER, KEY), algorithm="HS256", hosts=("localhost:8080",)):
    text = jwt.encode({"aud": HERE, "exp": NOW + 60, **claims}, key, algorithm=algorithm)
    return tokens.decode(text, keys, tokens.client_audience(hosts, "chat"), NOW)


def test_either_key_signs():
    assert decode({}, keys=(KEY, OTHER))["exp"] == NOW + 60
    assert decode({}, keys=(OTHER, KEY))["exp"] == NOW + 60


def test_another_key_does_not_sign():
    with pytest.raises(Unauthorized, match="not signed"):
        decode({}, key="x" * 44)


@pytest.mark.parametrize("text", ["", "abc", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_refused(text):
    with pytest.raises(Unauthorized):
        tokens.decode(text, (KEY,), lambda audience: True, NOW)


def test_unsigned_and_differently_signed_tokens_are_refused():
    with pytest.raises(Unauthorized):
        decode({}, key=None, algorithm="none")
    with pytest.raises(Unauthorized):
        decode({}, key="k" * 64, keys=("k" * 64,), algorithm="HS512")


def test_expiry_is_judged_with_five_minutes_of_skew():
    assert decode({"exp": NOW - 299})
    with pytest.raises(Unauthorized, match="expired"):
        decode({"exp": NOW - 300})


@pytest.mark.parametrize("expiry", [None, True, float("nan"), float("inf"), "soon"])
def test_token_without_expiry_is_refused(expiry):
    with pytest.raises(Unauthorized, match="no expiry"):
        decode({"exp": expiry})


def test_token_of_the_future_is_refused():
    assert decode({"nbf": NOW + 300})
    with pytest.raises(Unauthorized, match="not valid yet"):
        decode({"nbf": NOW + 301})


@pytest.mark.parametrize(
    "audience",
    [
        HERE,
        "https://localhost:8080/client/hubs/chat",
        "http://LOCALHOST:8080/client/hubs/CHAT/",
        "http://localhost:8080/client/hubs/ch%61t",
        ["http://elsewhere/", HERE],
    ],
)
def test_audience_is_the_client_path_without_case(audience):
    assert decode({"aud": audience})


@pytest.mark.parametrize(
    "audience",
    [
        None,
        "http://localhost:8080/client/hubs/other",
        "http://localhost:8080/client/hubs/chat2",
        "http://localhost:8081/client/hubs/chat",
        "http://localhost:8080/clients/mqtt/hubs/chat",
        "ftp://localhost:8080/client/hubs/chat",
        "localhost:8080/client/hubs/chat",
        42,
    ],
)
def test_other_audience_is_refused(audience):
    with pytest.raises(Unauthorized, match="another audience"):
        decode({"aud": audience})


def test_default_port_may_be_left_out():
    assert decode({"aud": "https://my.example/client/hubs/chat"}, hosts=("my.example:443",))


@pytest.mark.parametrize(
    ("claims", "roles", "groups"),
    [
        ({"role": ["a", "b"], "webpubsub.group": ["g", "h"]}, ("a", "b"), ("g", "h")),
        ({"role": "a", "webpubsub.group": "g"}, ("a",), ("g",)),
        ({}, (), ()),
    ],
)
def test_roles_and_groups_are_lists_or_single_texts(claims, roles, groups):
    token = tokens.client_token(claims)
    assert (token.roles, token.groups) == (roles, groups)


def test_user_is_the_subject_or_an_older_claim():
    assert tokens.client_token({"sub": "ann", "nameid": "bob"}).user_id == "ann"
    assert tokens.client_token({"nameid": "bob"}).user_id == "bob"
    assert tokens.client_token({"sub": "", "nameid": "bob"}).user_id == ""
    assert tokens.client_token({}).user_id is None


def test_every_claim_is_kept_as_a_list_of_texts():
    assert tokens.client_token({"team": "red", "level": 3}).claims == {"team": ("red",), "level": ("3",)}


@pytest.mark.parametrize(
    ("audience", "holds"),
    [
        ("http://h:1/api/hubs/chat/users/a%20b", True),
        ("http://h:1/api/hubs/chat/users/a b?api-version=2024-12-01", True),
        ("ws://h:1/api/hubs/chat/users/a%20b", True),
        ("http://h:1/api/hubs/chat/users", False),
        ("http://h:1/api/hubs/chat/users/a%20bc", False),
        ("http://h:1/api/hubs/other/users/a%20b", False),
    ],
)
def test_rest_audience_is_the_request_itself(audience, holds):
    check = tokens.rest_audience({"h:1"}, ("/api/hubs/chat/users/a%20b", "/api/hubs/chat/users/a b"))
    assert check(audience) is holds
