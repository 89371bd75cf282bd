"""Event handlers and listeners: which events they take, and which settings are refused."""

import pytest

from wpslab.emulator.core.event_handler import EventFilter, EventHandler, EventListener, mask_query

URL = "http://localhost:8081/eventhandler"
NAMESPACE = "ns.servicebus.windows.net"


@pytest.mark.parametrize(
    ("pattern", "taken", "not_taken"),
    [
        (None, [], ["message", "*"]),
        ("", [], ["message"]),
        (" , ", [], ["message", ""]),
        ("*", ["message", "order.created", "connected"], []),
        ("message", ["message", "Message", "MESSAGE"], ["messages", "mess"]),
        ("Message", ["message"], []),
        ("a,b", ["a", "b", "A", "B"], ["a,b", "c"]),
        (" order.created , order-2 ,, x_y ", ["order.created", "ORDER-2", "x_y"], ["order", "orderxcreated"]),
        ("a, * ,b", ["a", "c", "anything"], []),
    ],
)
def test_pattern_is_a_star_a_name_or_names_with_commas_and_compares_without_case(pattern, taken, not_taken):
    takes = EventHandler(URL, pattern).filter.takes_user
    assert all(takes(name) for name in taken)
    assert not any(takes(name) for name in not_taken)


@pytest.mark.parametrize(
    "pattern", ["order.*", "*order", "**", "*,order.*", "order.*,*", "a?", "a b", "1st", "ü", "a,b/c", "a;b"]
)
def test_wildcard_inside_a_name_or_an_illegal_name_is_refused_also_beside_a_lone_star(pattern):
    with pytest.raises(ValueError, match="no wildcards inside a name"):
        EventHandler(URL, pattern)
    with pytest.raises(ValueError, match="no wildcards inside a name"):
        EventListener(NAMESPACE, "events", pattern)


def test_pattern_that_is_no_text_is_refused():
    with pytest.raises(ValueError, match="user_event_pattern is a text"):
        EventHandler(URL, ["message"])


def test_system_events_are_taken_by_name_in_any_case():
    taken = EventHandler(URL, system_events=["Connect", "DISCONNECTED"]).filter
    assert [taken.takes_system(name) for name in ("connect", "connected", "disconnected")] == [True, False, True]
    assert not taken.takes_user("message")


@pytest.mark.parametrize("name", ["message", "*", "", "connect ", "joined", None, 1])
def test_system_event_there_is_not_is_refused(name):
    with pytest.raises(ValueError, match="There is no system event"):
        EventHandler(URL, system_events=[name])


def test_system_events_as_one_text_are_refused_with_the_list_that_was_meant():
    with pytest.raises(ValueError, match=r"\['connect'\]"):
        EventHandler(URL, system_events="connect")


@pytest.mark.parametrize("name", ["connect", "connected", "disconnected"])
def test_user_event_called_like_a_system_event_does_not_touch_it(name):
    by_pattern, by_list = EventFilter(name, ()), EventFilter(None, (name,))
    assert (by_pattern.takes_user(name), by_pattern.takes_system(name)) == (True, False)
    assert (by_list.takes_user(name), by_list.takes_system(name)) == (False, True)
    assert not EventFilter("*", ()).takes_system(name)


@pytest.mark.parametrize(
    "template",
    [
        "http://localhost:8081",
        "HTTPS://example.test/api/{hub}/{event}?code=abc",
        "http://127.0.0.1:1/{HUB}?e={Event}&other={unknown}",
        "http://[::1]:8081/",
    ],
)
def test_absolute_http_url_is_a_template(template):
    assert EventHandler(template).url_template == template


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("", "no absolute URL"),
        ("/eventhandler", "no absolute URL"),
        ("localhost:8081/eventhandler", "no absolute URL"),
        ("ftp://localhost/", "no absolute URL"),
        ("ws://localhost/", "no absolute URL"),
        ("http:///eventhandler", "no absolute URL"),
        ("http://localhost:0/", "no absolute URL"),
        ("http://localhost:99999/", "no absolute URL"),
        ("http://localhost:port/", "no absolute URL"),
        ("http://[::1/", "no absolute URL"),
        ("http://localhost/a b", "no absolute URL"),
        ("http://localhost/a\n", "no absolute URL"),
        ("http://{hub}.example.test/", "not in the host"),
        ("http://ann:secret@example.test/", "no user and password"),
        ("http://example.test:80{event}/", "no absolute URL"),
        ("http://localhost/{type}", r"there is no \{type\}"),
        ("http://localhost/{Type}/{event}", r"there is no \{type\}"),
        ("http://localhost/?t={type}", r"there is no \{type\}"),
        ("http://h/?code={@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/n/1)}", "Key Vault"),
        ("http://h/?code={@microsoft.keyvault(SecretUri=https://v/)}", "Key Vault"),
        ("tunnel:///eventhandler", "awps-tunnel"),
        ("Tunnel:///eventhandler", "awps-tunnel"),
    ],
)
def test_template_that_only_azure_can_resolve_or_nobody_can_is_refused_in_words(template, words):
    with pytest.raises(ValueError, match=words):
        EventHandler(template)


def test_key_in_a_refused_template_is_not_told():
    with pytest.raises(ValueError, match="code=") as caught:
        EventHandler("ftp://ann:pass@localhost/?code=s3cret")
    assert "s3cret" not in str(caught.value)
    assert "pass" not in str(caught.value)


def test_auth_is_none_or_a_managed_identity_with_a_resource():
    handler = EventHandler(URL, auth_type="ManagedIdentity", auth_resource="api://my-app")
    assert handler.auth_resource == "api://my-app"
    assert EventHandler(URL).auth_type == "None"
    for resource in (None, ""):
        with pytest.raises(ValueError, match="auth_resource is missing"):
            EventHandler(URL, auth_type="ManagedIdentity", auth_resource=resource)
    with pytest.raises(ValueError, match="auth_type is"):
        EventHandler(URL, auth_type="Basic")


def test_equal_settings_make_equal_handlers_whatever_kind_of_list_they_came_in():
    assert EventHandler(URL, "*", ["connect"]) == EventHandler(URL, "*", ("connect",))
    assert len({EventHandler(URL, "*", ["connect"]), EventHandler(URL, "*", ("connect",))}) == 1
    assert EventHandler(URL, "*") != EventHandler(URL, "message")


def test_repr_tells_what_is_taken_and_masks_the_values_of_the_query():
    text = repr(EventHandler(f"{URL}?code=s3cret&a=1", "order", ["connect"]))
    assert text == (
        "EventHandler('http://localhost:8081/eventhandler?code=***&a=***', "
        "user_event_pattern='order', system_events=('connect',))"
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://h/p", "http://h/p"),
        ("http://h", "http://h"),
        ("", ""),
        ("http://h/p?code=a=b==&x", "http://h/p?code=***&***"),
        ("http://h/p?code=a#b", "http://h/p?code=***"),
        ("http://h/p?code=a?b=c", "http://h/p?code=***"),
        ("https://ann:secret@h:1/p@q?c=1", "https://h:1/p@q?c=***"),
    ],
)
def test_masked_url_keeps_its_place_and_the_names_of_its_query(url, shown):
    assert mask_query(url) == shown


def test_listener_hears_connected_disconnected_and_user_events():
    heard = EventListener(NAMESPACE, "events", "order", ["connected", "Disconnected"]).filter
    assert heard.takes_user("Order")
    assert not heard.takes_user("message")
    assert heard.takes_system("connected")
    assert heard.takes_system("disconnected")


@pytest.mark.parametrize("name", ["connect", "CONNECT"])
def test_listener_cannot_hear_connect(name):
    with pytest.raises(ValueError, match="cannot take `connect`"):
        EventListener(NAMESPACE, "events", "*", ["connected", name])


@pytest.mark.parametrize(
    ("namespace", "event_hub"),
    [("", "events"), ("sb://ns.servicebus.windows.net", "events"), ("ns/x", "e"), ("n s", "e"), (NAMESPACE, " ")],
)
def test_listener_whose_endpoint_is_no_event_hub_is_refused(namespace, event_hub):
    with pytest.raises(ValueError, match="listener's endpoint"):
        EventListener(namespace, event_hub, "*")
