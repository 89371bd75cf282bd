"""Actions of the output binding: each against a running emulator, and those that the host refuses."""

import json

import pytest
from azure.messaging.webpubsubservice import WebPubSubServiceClient
from functions_calls import host_of, post, post_message

CODE = """
@on("user", "message")
@app.generic_output_binding(arg_name="actions", type="webPubSub", hub="chat")
def act(request: str, actions: func.Out[str]):
    actions.set(json.loads(request)["data"])
"""


@pytest.fixture
def service(emulator):
    with WebPubSubServiceClient.from_connection_string(emulator.connection_string, hub="chat") as client:
        yield client


@pytest.fixture
def act(emulator, signed, tmp_path):
    """Let a function set its output to some actions; return the host's answer."""
    host = host_of(tmp_path, CODE, {"WebPubSubConnectionString": emulator.connection_string})

    async def run(*actions, text=None):
        return await post_message(host, json.dumps(actions) if text is None else text, **signed)

    return run


async def test_send_to_all_leaves_out_the_excluded(act, join):
    async with join("a") as a, join("b") as b:
        answer = await act({"actionName": "sendToAll", "data": "hi", "dataType": "text", "excluded": [a.id]})
        assert (answer.status, answer.body) == (200, b"")
        assert await b.hears() == ("text", "hi")
        await a.hears_nothing()


async def test_one_action_needs_no_list(act, join):
    async with join() as client:
        await act(text='{"actionName": "sendToAll", "data": "hi", "dataType": "text"}')
        assert await client.hears() == ("text", "hi")


async def test_names_of_actions_and_properties_compare_without_case(act, join):
    async with join() as client:
        await act({"ActionName": "SENDTOALL", "Data": "hi", "DATATYPE": "Text"})
        assert await client.hears() == ("text", "hi")


async def test_data_type_is_text_if_none_is_given(act, join):
    async with join() as client:
        await act({"actionName": "sendToAll", "data": "hi"})
        assert await client.hears() == ("text", "hi")


@pytest.mark.parametrize("text", ["null", "[]", "{}", "0", "false", '""', '"ü"', '{"a":[1.5,null]}'])
async def test_json_is_sent_as_the_value_it_is(act, join, text):
    async with join() as client:
        answer = await act({"actionName": "sendToAll", "data": text, "dataType": "json"})
        assert (answer.status, answer.text) == (200, "")
        assert await client.hears() == ("json", json.loads(text))


async def test_empty_text_is_sent(act, join):
    async with join() as client:
        await act({"actionName": "sendToAll", "data": "", "dataType": "text"})
        assert await client.hears() == ("text", "")


async def test_text_beyond_latin_1_is_sent_as_utf_8(act, join):
    async with join() as client:
        await act({"actionName": "sendToAll", "data": "Grüße 🎈", "dataType": "text"})
        assert await client.hears() == ("text", "Grüße 🎈")


async def test_send_to_group_user_and_connection_reach_just_these(act, join):
    async with join("a", groups=["g"]) as a, join("b") as b, join("c") as c:
        buffer = {"type": "Buffer", "data": [104, 105]}
        answer = await act(
            {"actionName": "sendToGroup", "group": "g", "data": '{"a":1}', "dataType": "json", "excluded": []},
            {"actionName": "sendToUser", "userId": "b", "data": "hi", "dataType": "text"},
            {"actionName": "sendToConnection", "connectionId": c.id, "data": buffer, "dataType": "binary"},
        )
        assert answer.status == 200
        received = [await each.receive() for each in (a, b, c)]
        assert [each["data"] for each in received] == [{"a": 1}, "hi", "aGk="]
        for each in (a, b, c):
            await each.hears_nothing()


async def test_actions_are_carried_out_in_their_order(act, join):
    async with join() as client:
        await act(*({"actionName": "sendToAll", "data": str(n), "dataType": "text"} for n in range(5)))
        assert [await client.hears() for _ in range(5)] == [("text", str(n)) for n in range(5)]


def groups_of(emulator, client):
    return {
        group for each in emulator.snapshot().hubs["chat"].connections if each.id == client.id for group in each.groups
    }


async def test_connection_is_added_to_a_group_and_removed(act, join, emulator):
    async with join() as client:
        await act({"actionName": "addConnectionToGroup", "connectionId": client.id, "group": "g"})
        assert groups_of(emulator, client) == {"g"}
        await act({"actionName": "removeConnectionFromGroup", "connectionId": client.id, "group": "g"})
        assert groups_of(emulator, client) == set()


async def test_user_is_added_to_groups_and_removed(act, join, emulator):
    async with join("alice") as client:
        for group in ("g", "h", "i"):
            await act({"actionName": "addUserToGroup", "userId": "alice", "group": group})
        await act({"actionName": "removeUserFromGroup", "userId": "alice", "group": "g"})
        assert groups_of(emulator, client) == {"h", "i"}
        await act({"actionName": "removeUserFromAllGroups", "userId": "alice"})
        assert groups_of(emulator, client) == set()


@pytest.mark.parametrize(
    ("spelling", "permission"), [("sendToGroup", "sendToGroup"), ("JoinLeaveGroup", "joinLeaveGroup")]
)
async def test_permission_is_granted_and_revoked(act, join, service, spelling, permission):
    async with join() as client:
        action = {"connectionId": client.id, "permission": spelling, "targetName": "g"}
        await act({"actionName": "grantPermission", **action})
        assert service.has_permission(permission, client.id, target_name="g")
        assert not service.has_permission(permission, client.id, target_name="h")
        await act({"actionName": "revokePermission", **action})
        assert not service.has_permission(permission, client.id, target_name="g")


@pytest.mark.parametrize("how", ["closeClientConnection", "closeGroupConnections", "closeAllConnections"])
async def test_connection_is_closed_with_a_reason_and_others_stay(act, join, how):
    async with join("a", groups=["g"]) as a, join("b", groups=["g"]) as b:
        which = {
            "closeClientConnection": {"connectionId": a.id},
            "closeGroupConnections": {"group": "g", "excluded": [b.id]},
            "closeAllConnections": {"excluded": [b.id]},
        }[how]
        await act({"actionName": how, "reason": "maintenance", **which})
        farewell = await a.receive()
        assert (farewell["event"], "maintenance" in farewell["message"]) == ("disconnected", True)
        await a.end()
        await b.hears_nothing()


GOOD = {"actionName": "sendToAll", "data": "good", "dataType": "text"}


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ({"actionName": "sendToNobody"}, "There is no action 'sendToNobody'"),
        ({"data": "hi"}, "There is no action ''"),
        (7, "An action is a JSON object, not 7"),
        ({**GOOD, "data": {"a": 1}}, "is a string"),
        ({**GOOD, "dataType": "json", "data": {"a": 1}}, "json.dumps() makes one"),
        ({**GOOD, "dataType": "json", "data": "{"}, "is no JSON"),
        ({**GOOD, "dataType": "xml"}, "text, json or binary, not 'xml'"),
        ({**GOOD, "dataType": "binary", "data": "aGk="}, '"type": "Buffer"'),
        ({**GOOD, "dataType": "binary", "data": {"type": "Buffer", "data": [256]}}, '"type": "Buffer"'),
        ({**GOOD, "dataType": "binary", "data": {"type": "Buffer", "data": 9}}, '"type": "Buffer"'),
        ({"actionName": "sendToAll"}, "is a string"),
        ({"actionName": "sendToGroup", "data": "hi"}, "sendToGroup needs 'group'"),
        ({"actionName": "sendToUser", "data": "hi", "userId": ""}, "sendToUser needs 'userId'"),
        ({"actionName": "addUserToGroup", "userId": "a"}, "addUserToGroup needs 'group'"),
        ({"actionName": "grantPermission", "connectionId": "c", "permission": "all"}, "sendToGroup or joinLeaveGroup"),
    ],
)
async def test_malformed_action_fails_the_invocation_and_nothing_is_sent(act, join, action, sentence):
    async with join() as client:
        answer = await act(GOOD, action)
        assert answer.status == 500
        assert sentence in answer.text
        await client.hears_nothing()


@pytest.mark.parametrize(("text", "sentence"), [("{", "no JSON"), ("7", "a list of them, not int")])
async def test_output_that_holds_no_actions_fails_the_invocation(act, text, sentence):
    answer = await act(text=text)
    assert (answer.status, sentence in answer.text) == (500, True)


async def test_action_that_the_service_refuses_fails_the_invocation_and_ends_the_list(act, join):
    async with join() as client:
        answer = await act(GOOD, {"actionName": "addConnectionToGroup", "connectionId": "nobody", "group": "g"}, GOOD)
        assert answer.status == 500
        assert await client.hears() == ("text", "good")
        await client.hears_nothing()


async def test_output_that_is_not_set_sends_nothing_and_a_second_set_replaces_the_first(
    emulator, signed, tmp_path, join
):
    code = """
    @on("user", "message")
    @app.generic_output_binding(arg_name="actions", type="webPubSub", hub="%Hub%", connection="Conn")
    def act(request: str, actions: func.Out[str]):
        if json.loads(request)["data"] != "nothing":
            actions.set(json.dumps({"actionName": "sendToAll", "data": "first"}))
            actions.set([{"actionName": "sendToAll", "data": "second"}])
            assert actions.get()
        return {"data": "done"}
    """
    host = host_of(tmp_path, code, {"Conn": emulator.connection_string, "hub": "chat"})
    async with join() as client:
        assert (await post_message(host, "nothing", **signed)).text == "done"
        await client.hears_nothing()
        assert (await post_message(host, "something", **signed)).text == "done"
        assert await client.hears() == ("text", "second")
        await client.hears_nothing()


async def test_function_that_raises_sends_nothing(emulator, signed, tmp_path, join):
    code = CODE + '    raise RuntimeError("too late")\n'
    host = host_of(tmp_path, code, {"WebPubSubConnectionString": emulator.connection_string})
    async with join() as client:
        assert (await post_message(host, json.dumps(GOOD), **signed)).text == "too late"
        await client.hears_nothing()


async def test_failed_output_of_a_connected_function_is_logged(emulator, signed, tmp_path, caplog):
    code = CODE.replace('"user", "message"', '"system", "connected"').replace(
        'json.loads(request)["data"]', '\'{"actionName": "x"}\''
    )
    host = host_of(tmp_path, code, {"WebPubSubConnectionString": emulator.connection_string})
    assert (await post(host, "system", "connected", {}, **signed)).status == 200
    assert "There is no action 'x'" in caplog.text
