"""Settings of hubs and of the way to upstream servers: routing, limits, and how they are replaced."""

import pytest
from recording import RecordingTransport

from wpslab.emulator.core.clock import Clock
from wpslab.emulator.core.errors import BadRequest, Conflict
from wpslab.emulator.core.event_handler import EventHandler, EventListener
from wpslab.emulator.core.service import Service
from wpslab.emulator.core.settings import HubSettings, UpstreamOptions


def handler(path, pattern=None, *system_events):
    return EventHandler(f"http://localhost:8081/{path}", pattern, system_events)


def listeners(count):
    return [EventListener("ns.servicebus.windows.net", "events", "*")] * count


@pytest.fixture
def service():
    return Service(RecordingTransport(), clock=Clock(lambda: 1000.0), new_id=lambda: "c1")


ORDERS = handler("orders", "order, order.paid", "connected")
LOGINS = handler("logins", None, "connect", "connected")
REST = handler("rest", "*", "disconnected")
NOTHING = handler("nothing")


@pytest.mark.parametrize(
    ("name", "taker"),
    [("order", ORDERS), ("ORDER.paid", ORDERS), ("message", REST), ("connect", REST), ("connected", REST)],
)
def test_first_handler_in_order_that_takes_a_user_event_gets_it(name, taker):
    settings = HubSettings(event_handlers=[NOTHING, ORDERS, LOGINS, REST, handler("late", "*")])
    assert settings.handler_of_user(name) == taker


@pytest.mark.parametrize(("name", "taker"), [("connect", LOGINS), ("connected", ORDERS), ("disconnected", REST)])
def test_first_handler_in_order_that_takes_a_system_event_gets_it(name, taker):
    settings = HubSettings(event_handlers=[NOTHING, ORDERS, LOGINS, REST])
    assert settings.handler_of_system(name) == taker


def test_event_may_have_no_handler():
    settings = HubSettings(event_handlers=[LOGINS])
    assert settings.handler_of_user("message") is None
    assert settings.handler_of_system("disconnected") is None
    assert HubSettings().handler_of_system("connect") is None


def test_order_of_the_handlers_decides():
    every, one = handler("every", "*"), handler("one", "order")
    assert HubSettings(event_handlers=[every, one]).handler_of_user("order") == every
    assert HubSettings(event_handlers=[one, every]).handler_of_user("order") == one


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"anonymous_connect_policy": "Allow"}, "anonymous_connect_policy is 'allow' or 'deny'"),
        ({"anonymous_connect_policy": None}, "anonymous_connect_policy"),
        ({"web_socket_keep_alive_interval_in_seconds": 0}, "is 1 to 120"),
        ({"web_socket_keep_alive_interval_in_seconds": 121}, "is 1 to 120"),
        ({"event_handlers": ["http://localhost/"]}, "event_handlers holds EventHandler values, not 'http"),
        ({"event_handlers": iter([1])}, "event_handlers holds EventHandler values"),
        ({"event_handlers": listeners(1)}, "event_handlers holds EventHandler values"),
        ({"event_listeners": [REST]}, "event_listeners holds EventListener values"),
    ],
)
def test_value_the_service_does_not_know_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        HubSettings(**change)


@pytest.mark.parametrize("seconds", [1, 20, 120])
def test_keep_alive_is_one_second_to_two_minutes(seconds):
    settings = HubSettings(web_socket_keep_alive_interval_in_seconds=seconds)
    assert settings.web_socket_keep_alive_interval_in_seconds == seconds


def test_defaults_are_the_service_s():
    settings = HubSettings()
    assert (settings.anonymous_connect_policy, settings.web_socket_keep_alive_interval_in_seconds) == ("deny", 20)
    assert (settings.event_handlers, settings.event_listeners) == ((), ())


def test_key_in_the_query_of_a_handler_is_not_shown_with_the_settings():
    settings = HubSettings(event_handlers=[EventHandler("http://localhost/?code=s3cret", "*")])
    assert "s3cret" not in repr(settings)


def test_settings_of_a_hub_are_replaced_as_a_whole(service):
    service.configure("chat", HubSettings("allow", 30, [REST], listeners(1)))
    service.configure("CHAT", HubSettings(event_handlers=[ORDERS]))
    assert service.look_up("chat").settings == HubSettings("deny", 20, (ORDERS,), ())


def test_settings_of_one_hub_do_not_touch_another(service):
    service.configure("chat", HubSettings(event_handlers=[REST]))
    assert service.hub("other").settings == HubSettings()


def test_hubs_of_a_service_have_at_most_ten_listeners_together(service):
    service.configure("a", HubSettings(event_listeners=listeners(6)))
    service.configure("b", HubSettings(event_listeners=listeners(4)))
    with pytest.raises(Conflict, match="at most 10 event listeners"):
        service.configure("c", HubSettings(event_listeners=listeners(1)))
    with pytest.raises(Conflict):
        service.configure("b", HubSettings(event_listeners=listeners(5)))
    service.configure("a", HubSettings(event_listeners=listeners(5)))
    service.configure("B", HubSettings(event_listeners=listeners(5)))


def test_refused_settings_leave_the_last_good_ones_in_force_and_no_hub_behind(service):
    good = HubSettings(event_handlers=[REST], event_listeners=listeners(2))
    service.configure("a", good)
    service.configure("b", HubSettings(event_listeners=listeners(8)))
    with pytest.raises(Conflict):
        service.configure("a", HubSettings("allow", event_handlers=[ORDERS], event_listeners=listeners(3)))
    with pytest.raises(Conflict):
        service.configure("c", HubSettings(event_listeners=listeners(1)))
    with pytest.raises(BadRequest):
        service.configure("1", HubSettings())
    assert service.hub("a").settings == good
    assert sorted(service.hubs) == ["a", "b"]


def test_changed_settings_have_every_webhook_validated_anew(service):
    service.upstream.validations.of("http://localhost/validate", "chat").finish(1000.0, None)
    service.configure("chat", HubSettings())
    assert not service.upstream.validations.of("http://localhost/validate", "chat").known


def test_handlers_given_to_a_service_are_those_of_every_hub_until_it_gets_its_own():
    service = Service(RecordingTransport(), clock=Clock(), new_id=str, event_handlers=[REST])
    assert service.hub("a").settings.event_handlers == (REST,)
    assert service.look_up("never_used").settings.event_handlers == (REST,)
    service.configure("a", HubSettings())
    assert service.hub("a").settings.event_handlers == ()
    assert service.hub("b").settings.event_handlers == (REST,)


def test_defaults_of_the_way_to_upstream_servers():
    options = UpstreamOptions()
    assert options.retry_delays == (1.0, 3.0, 5.0)
    assert (options.event_timeout, options.validation_timeout) == (100.0, 10.0)
    assert (options.validation, options.drop_on_event_failure, options.forward_rejection) == (True, False, False)


def test_short_options_only_wait_shorter():
    options = UpstreamOptions.short()
    assert options.retry_delays == (0.05, 0.1, 0.2)
    assert options.event_timeout < UpstreamOptions().event_timeout
    assert options.validation_timeout < UpstreamOptions().validation_timeout
    assert options.validation


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"retry_delays": (1, -1)}, "retry_delays"),
        ({"event_timeout": 0}, "event_timeout"),
        ({"event_timeout": -1}, "event_timeout"),
        ({"validation_timeout": 0}, "validation_timeout"),
    ],
)
def test_time_that_is_not_positive_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        UpstreamOptions(**change)


@pytest.mark.parametrize("delays", [[], [0], (0.1, 2)])
def test_there_may_be_any_number_of_retries_without_a_wait_too(delays):
    assert UpstreamOptions(retry_delays=delays).retry_delays == tuple(delays)
