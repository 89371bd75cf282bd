"""Azure Resource Manager, called without a socket: whatever anybody sends, the answer is one Azure could give."""

import json
from urllib.parse import quote

from arm_api import FREE, FROM_THE_SDK, GROUP, RESOURCE, ROOT, SUBSCRIPTION, Api, S, content
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wpslab.emulator.protocols.arm import handle
from wpslab.emulator.protocols.arm.table import TABLE
from wpslab.emulator.protocols.rest import RestRequest

MANY = settings(max_examples=100, deadline=None, derandomize=True, database=None)
STATUSES = {200, 201, 202, 204, 400, 401, 404, 405, 409}

names = st.sampled_from(["myResourceGroup", "my-wps", "chat", "other", "eastus", "x" * 200, ".", "..", "%", "a/b", " "])
segments = (names | st.text(max_size=8)).map(lambda text: quote(text, safe=""))
raw_segments = segments | st.sampled_from(["%FF", "%", "%zz", "\xff", "", "%00", "%2F"]) | st.text(max_size=4)
methods = st.sampled_from(["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "get", ""])


@st.composite
def paths_of(draw, template):
    """A path of the contract with anything in the places of its names; most often what is there."""
    there = {"subscription": SUBSCRIPTION, "group": "myResourceGroup", "name": "my-wps", "hub": "chat"}
    for name in ("subscription", "group", "name", "hub", "location", "operation"):
        if f"{{{name}}}" in template:
            is_known = name in there and draw(st.integers(0, 9)) > 0
            template = template.replace(f"{{{name}}}", there[name] if is_known else draw(raw_segments))
    return template


rows = st.sampled_from(TABLE).flatmap(lambda row: st.tuples(st.just(row.method), paths_of(row.template)))
paths = st.lists(raw_segments, max_size=9).map(lambda parts: "/" + "/".join(parts))
queries = st.one_of(
    st.builds(
        lambda version, filter: f"api-version={quote(version)}&$filter={quote(filter)}",
        st.sampled_from(["2024-03-01", "2024-03-01-preview", ""]) | st.text(max_size=10),
        st.sampled_from(["name eq 'my-wps'", "resourceGroup eq 'x'", "name eq '"]) | st.text(max_size=20),
    ),
    st.text(max_size=20),
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
)
PROPERTIES = (
    "publicNetworkAccess",
    "disableLocalAuth",
    "regionEndpointEnabled",
    "resourceStopped",
    "networkACLs",
    "tls",
    "socketIO",
    "anonymousConnectPolicy",
    "webSocketKeepAliveIntervalInSeconds",
    "eventHandlers",
    "eventListeners",
)
good = {
    "location": st.sampled_from(["eastus", "West US", "nowhere", ""]),
    "sku": st.fixed_dictionaries(
        {"name": st.sampled_from(["Free_F1", "Standard_S1", "Premium_P2", "Gold"])},
        optional={"capacity": st.integers(-1, 1000) | scalars},
    ),
    "tags": st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
    "kind": st.sampled_from(["WebPubSub", "SocketIO"]),
    "identity": st.just({"type": "None"}),
    "properties": st.dictionaries(
        st.sampled_from(PROPERTIES), st.sampled_from(["Enabled", "true", "allow", True, 1, 200, [], {}]) | values
    ),
    "keyType": st.sampled_from(["primary", "Salt", "x"]),
    "type": st.just("Microsoft.SignalRService/WebPubSub"),
    "name": st.text(max_size=10),
}
whole = st.sampled_from([FREE, FROM_THE_SDK, {"location": "eastus"}, {"properties": {}}, {"keyType": "primary"}])
bodies = st.one_of(
    st.builds(lambda one, more: {**one, **more}, whole, st.fixed_dictionaries({}, optional=good) | st.just({})),
    st.fixed_dictionaries({}, optional={name: each | values for name, each in good.items()}),
    values,
).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=30)
tokens = st.sampled_from(["Bearer secret", "Bearer x", "Basic secret", "", "bearer", "Bearer \xff"])
TOKEN, VERSION = "Bearer secret", "api-version=2024-03-01"
proper_requests = st.builds(lambda row, body: (*row, VERSION, body, TOKEN), rows, bodies)
wild_requests = st.tuples(methods, paths, queries, bodies, tokens) | st.builds(
    lambda row, *rest: (*row, *rest), rows, queries, bodies, tokens
)


def api_with_something_in_it():
    api = Api()
    api("PUT", GROUP, {"location": "eastus"})
    api("PUT", RESOURCE, FROM_THE_SDK)
    api("PUT", f"{RESOURCE}/hubs/chat", {"properties": {}})
    return api


def is_told_as_azure_does(answer):
    """Check one answer: a status of the contract, and a body of JSON, an error's where it is one."""
    assert answer.status in STATUSES, answer
    if answer.status == 204 or not answer.body:
        return
    body = content(answer)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    if answer.status >= 400:
        assert set(body) == {"error"}
        assert body["error"]["code"].isalnum()
        assert body["error"]["message"].strip()


@MANY
@given(proper_requests | wild_requests)
@example(("PUT", RESOURCE, VERSION, b'{"location": "eastus", "sku": {"name": "\\ud800"}}', TOKEN))
@example(("GET", f"{GROUP}%00", VERSION, b"", TOKEN))
@example(("GET", GROUP, VERSION, b"", "Bearer \xff"))
def test_every_request_gets_an_answer_of_the_contract(sent):
    method, path, query, body, token = sent
    api = api_with_something_in_it()
    request = RestRequest(method, f"{path}?{query}", [("authorization", token)], body)
    answer = handle(api.subscription, request, ROOT, "secret")
    is_told_as_azure_does(answer)
    if answer.status >= 400 and method != "HEAD":
        assert answer.body
    if token != TOKEN:
        assert answer.status == 401
    # What there is now can be read, whatever was done to it.
    listed = api("GET", f"{S}/providers/Microsoft.SignalRService/webPubSub")
    assert listed.status == 200
    for each in content(listed)["value"]:
        assert api("GET", each["id"]).status == 200
        assert api("GET", f"{each['id']}/hubs").status == 200
    assert len(api.subscription.hosting.services) == len(content(listed)["value"])


@MANY
@given(st.lists(proper_requests, max_size=3))
def test_refused_request_changes_nothing(requests):
    api = api_with_something_in_it()

    def everything():
        paths = ("/resourcegroups", "/resources", "/providers/Microsoft.SignalRService/webPubSub")
        there = [content(api("GET", f"{S}{path}")) for path in paths]
        keys = [content(api("POST", f"{each['id']}/listKeys")) for each in there[1]["value"]]
        hubs = [content(api("GET", f"{each['id']}/hubs")) for each in there[1]["value"]]
        return there, keys, hubs, list(api.subscription.hosting.services)

    for method, path, _, body, _ in requests:
        before = everything()
        answer = api(method, path, body)
        is_told_as_azure_does(answer)
        if answer.status >= 400 or method in ("GET", "HEAD"):
            assert everything() == before


@MANY
@given(st.sampled_from(["PUT", "PATCH"]), bodies)
@example("PUT", json.dumps({**FREE, "tags": {"\ud83d": "x"}}).encode())
def test_resource_that_was_taken_can_be_read_and_sent_back(method, body):
    api = api_with_something_in_it()
    if api(method, RESOURCE, body).status < 300:
        read = content(api("GET", RESOURCE))
        assert api("PUT", RESOURCE, read).status == 200
        assert content(api("GET", RESOURCE)) == read
