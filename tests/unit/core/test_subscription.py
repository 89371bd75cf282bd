"""Resource groups and resources, by the rules of Azure Resource Manager and without a network."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recording import RecordingTransport

from wpslab.emulator.core.clock import Clock
from wpslab.emulator.core.errors import BadRequest, ManagementError
from wpslab.emulator.core.resource import ResourceSettings, ResourceWish
from wpslab.emulator.core.service import Service
from wpslab.emulator.core.skus import sku_of
from wpslab.emulator.core.subscription import Subscription

SAME_EACH_TIME = settings(deadline=None, derandomize=True, database=None)
NAME = "my-wps"


class Street:
    """Gives each service a number, and remembers whose are open."""

    def __init__(self):
        self.opened = []
        self.closed = []
        self.is_full = False

    @property
    def open(self):
        return [service for service in self.opened if service not in self.closed]

    def open_service(self, service):
        if self.is_full:
            raise ManagementError("InternalServerError", "There is no room.")
        self.opened.append(service)
        return f"http://127.0.0.1:{50_000 + len(self.opened)}"

    def close_service(self, service):
        self.closed.append(service)


class SubscriptionUnderTest(Subscription):
    """A subscription with a group, whose clock is set."""

    def __init__(self):
        self.seconds = 1000.0
        clock = Clock(lambda: self.seconds)
        super().__init__(
            "s", "t", clock=clock, make_service=lambda: Service(RecordingTransport(), clock=clock, new_id=lambda: "c1")
        )
        self.hosting = Street()
        self.put_group("rg", "eastus")

    def put(self, name=NAME, *, group="rg", location="eastus", sku="Free_F1", units=None, **rest):
        return self.put_resource(group, name, wish(location, sku, units, **rest))


def wish(location="eastus", sku="Free_F1", units=None, *, tags=None, **settings):
    return ResourceWish(location, sku_of(sku, units), tags, settings=ResourceSettings(**settings))


@pytest.fixture
def subscription():
    return SubscriptionUnderTest()


def code_of(function, *arguments, **options):
    """Return the code of the error a call must raise."""
    with pytest.raises((ManagementError, BadRequest)) as caught:
        function(*arguments, **options)
    return getattr(caught.value, "code", "BadRequest")


# Groups


def test_group_is_new_once_and_keeps_its_first_spelling(subscription):
    made, is_new = subscription.put_group("Other", "West Europe", {"a": "1"})
    assert (made.name, made.location, made.tags, is_new) == ("Other", "westeurope", {"a": "1"}, True)
    again, is_new = subscription.put_group("OTHER", "westeurope")
    assert again is made
    assert (again.name, again.tags, is_new) == ("Other", None, False)
    assert subscription.group("oTHER") is made
    assert [group.name for group in subscription.groups()] == ["rg", "Other"]


@SAME_EACH_TIME
@given(st.text(max_size=95))
def test_name_of_a_group_is_legal_or_refused_with_the_rule(name):
    subscription = SubscriptionUnderTest()
    is_legal = (
        0 < len(name) <= 90 and all(letter.isalnum() or letter in "_-.()" for letter in name) and not name.endswith(".")
    )
    if is_legal:
        assert subscription.put_group(name, "eastus")[0].name == name
    else:
        with pytest.raises(BadRequest, match="1 to 90 letters"):
            subscription.put_group(name, "eastus")
        assert len(subscription.groups()) == 1


def test_group_stays_where_it_is(subscription):
    assert code_of(subscription.put_group, "rg", "westus", {"a": "1"}) == "InvalidResourceGroupLocation"
    assert (subscription.group("rg").location, subscription.group("rg").tags) == ("eastus", None)


@pytest.mark.parametrize(
    ("location", "code"),
    [("", "LocationRequired"), (" \t", "LocationRequired"), ("atlantis", "LocationNotAvailableForResourceGroup")],
)
def test_group_needs_a_location_there_is(subscription, location, code):
    assert code_of(subscription.put_group, "new", location) == code


@pytest.mark.parametrize("location", ["eastus", "EastUS", "East US", " east us ", "EAST US"])
def test_location_is_read_in_every_spelling(subscription, location):
    assert subscription.put_group("new", location)[0].location == "eastus"
    assert subscription.put(location=location)[0].wish.location == "eastus"


def test_deleted_group_closes_what_was_in_it_and_leaves_the_rest(subscription):
    subscription.put_group("other", "eastus")
    first, second = subscription.put("one-one")[0], subscription.put("two-two")[0]
    third, _ = subscription.put("three-three", group="other")
    subscription.delete_group("RG")
    assert subscription.hosting.closed == [first.service, second.service]
    assert subscription.resources() == [third]
    assert code_of(subscription.group, "rg") == "ResourceGroupNotFound"
    assert code_of(subscription.delete_group, "rg") == "ResourceGroupNotFound"


# Resources


def test_resource_is_new_once_and_has_an_address(subscription):
    made, is_new = subscription.put(sku="Standard_S1", units=5, tags={"a": "1"})
    assert is_new
    assert (made.name, made.group, made.created, made.modified) == (NAME, "rg", 1000.0, 1000.0)
    assert made.endpoint == "http://127.0.0.1:50001"
    assert made.connection_string("k") == "Endpoint=http://127.0.0.1:50001;AccessKey=k;Version=1.0;"
    assert made.service.quota.sku.max_connections == 5000
    assert subscription.resource("RG", NAME.upper()) is made
    assert subscription.resources("Rg") == subscription.resources() == [made]


def test_second_put_changes_the_resource_and_keeps_service_and_address(subscription):
    made, _ = subscription.put()
    service, endpoint = made.service, made.endpoint
    subscription.seconds = 2000.0
    again, is_new = subscription.put(NAME.upper(), sku="Standard_S1", tags={"b": "2"})
    assert again is made
    assert not is_new
    assert (made.service, made.endpoint, made.name) == (service, endpoint, NAME)
    assert (made.created, made.modified, made.wish.tags) == (1000.0, 2000.0, {"b": "2"})
    assert service.quota.sku.kind.name == "Standard_S1"
    assert subscription.hosting.opened == [service]


@SAME_EACH_TIME
@given(st.text(max_size=66) | st.from_regex(r"[A-Za-z][A-Za-z0-9-]{1,64}", fullmatch=True))
def test_name_of_a_resource_is_legal_or_refused_with_the_rule(name):
    subscription = SubscriptionUnderTest()
    is_legal = (
        3 <= len(name) <= 63
        and name.isascii()
        and name[0].isalpha()
        and name[-1].isalnum()
        and all(letter.isalnum() or letter == "-" for letter in name)
    )
    if is_legal:
        assert subscription.name_problem(name) is None
        assert subscription.put(name)[0].name == name
        assert subscription.name_problem(name.swapcase())[0] == "AlreadyExists"
    else:
        assert subscription.name_problem(name)[0] == "Invalid"
        with pytest.raises(BadRequest, match="3 to 63 characters"):
            subscription.put(name)
        assert subscription.hosting.opened == []


def test_name_is_taken_in_every_group(subscription):
    subscription.put()
    subscription.put_group("other", "eastus")
    assert code_of(subscription.put, NAME.upper(), group="other") == "NameAlreadyExists"
    assert subscription.resources("other") == []
    subscription.delete_resource("rg", NAME)
    assert subscription.put(group="other")[1]


def test_resource_stays_where_it_is(subscription):
    made, _ = subscription.put(tags={"a": "1"})
    assert code_of(subscription.put, location="westus", sku="Standard_S1") == "InvalidResourceLocation"
    assert (made.wish.location, made.wish.tags, made.service.quota.sku.kind.name) == ("eastus", {"a": "1"}, "Free_F1")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"group": "nowhere"}, "ResourceGroupNotFound"),
        ({"location": ""}, "LocationRequired"),
        ({"location": "atlantis"}, "LocationNotAvailableForResourceType"),
        ({"name": "x"}, "BadRequest"),
    ],
)
def test_nothing_is_opened_for_a_resource_that_cannot_be(subscription, options, code):
    assert code_of(subscription.put, **options) == code
    assert subscription.hosting.opened == []
    assert subscription.resources() == []


def test_resource_without_an_address_is_not_kept(subscription):
    subscription.hosting.is_full = True
    assert code_of(subscription.put) == "InternalServerError"
    assert subscription.resources() == []
    subscription.hosting.is_full = False
    assert subscription.put()[1]


def test_deleting_tells_whether_there_was_one_and_closes_it_once(subscription):
    made, _ = subscription.put()
    assert subscription.delete_resource("RG", NAME.upper()) is True
    assert subscription.delete_resource("rg", NAME) is False
    assert subscription.hosting.closed == [made.service]
    assert code_of(subscription.resource, "rg", NAME) == "ResourceNotFound"
    assert code_of(subscription.delete_resource, "nowhere", NAME) == "ResourceGroupNotFound"


def test_resource_made_anew_has_a_service_of_its_own(subscription):
    made, _ = subscription.put()
    subscription.delete_resource("rg", NAME)
    again, is_new = subscription.put()
    assert is_new
    assert again.service is not made.service
    assert again.service.keys.primary != made.service.keys.primary
    assert subscription.hosting.open == [again.service]


# What a service is told


def test_service_obeys_the_switches_of_its_resource_from_the_start_and_at_every_change(subscription):
    made, _ = subscription.put(disable_local_auth=True, public_network_access="Disabled", resource_stopped=True)
    service = made.service
    assert (service.takes_access_keys, service.is_public, service.stopped) == (False, False, True)
    subscription.put()
    assert (service.takes_access_keys, service.is_public, service.stopped) == (True, True, False)


def test_error_names_what_is_missing(subscription):
    with pytest.raises(ManagementError, match=r"Microsoft\.SignalRService/WebPubSub/no-such.*'rg'"):
        subscription.resource("rg", "no-such")
    with pytest.raises(ManagementError, match="'nowhere'"):
        subscription.resources("nowhere")


@SAME_EACH_TIME
@given(st.lists(st.tuples(st.sampled_from(["put", "delete", "drop"]), st.sampled_from(["aaa", "bbb"]), st.booleans())))
def test_open_services_are_those_of_the_resources_there_are_whatever_is_done(steps):
    subscription = SubscriptionUnderTest()
    for what, name, in_other in steps:
        group = "other" if in_other else "rg"
        try:
            if what == "put":
                subscription.put_group(group, "eastus")
                subscription.put(name, group=group)
            elif what == "delete":
                subscription.delete_resource(group, name)
            else:
                subscription.delete_group(group)
        except ManagementError:
            pass
        resources = subscription.resources()
        assert {each.service for each in resources} == set(subscription.hosting.open)
        assert len({each.name for each in resources}) == len(resources)
        assert len(subscription.hosting.closed) == len(set(subscription.hosting.closed))
