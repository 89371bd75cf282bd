"""Service commands: what a server does, by one signed request each, and the client of `client start`.

Each function runs one command and returns what az prints of it, as plain data; the table at the end describes them.
"""

from __future__ import annotations

from typing import Any

from .call import Call
from .flags import HUB, MINE
from .table import Argument, Command, Group


def broadcast(call: Call) -> None:
    call.data_plane().do("POST", ":send", payload=call.values["payload"])


def connection_exist(call: Call) -> Any:
    return call.data_plane().exists("connections", call.values["connection_id"])


def connection_close(call: Call) -> None:
    call.data_plane().do("DELETE", "connections", call.values["connection_id"])


def connection_send(call: Call) -> None:
    call.data_plane().do("POST", "connections", call.values["connection_id"], ":send", payload=call.values["payload"])


def group_add_connection(call: Call) -> None:
    call.data_plane().do("PUT", *_connection_in_group(call))


def group_remove_connection(call: Call) -> None:
    call.data_plane().do("DELETE", *_connection_in_group(call))


def group_add_user(call: Call) -> None:
    call.data_plane().do("PUT", "users", call.values["user_id"], "groups", call.values["group_name"])


def group_remove_user(call: Call) -> None:
    group = call.values["group_name"]
    call.data_plane().do("DELETE", "users", call.values["user_id"], "groups", *([group] if group else []))


def group_send(call: Call) -> None:
    call.data_plane().do("POST", "groups", call.values["group_name"], ":send", payload=call.values["payload"])


def user_send(call: Call) -> None:
    call.data_plane().do("POST", "users", call.values["user_id"], ":send", payload=call.values["payload"])


def user_exist(call: Call) -> Any:
    return call.data_plane().exists("users", call.values["user_id"])


def permission_grant(call: Call) -> None:
    call.data_plane().do("PUT", *_permission(call), target=call.values["group_name"])


def permission_revoke(call: Call) -> None:
    call.data_plane().do("DELETE", *_permission(call), target=call.values["group_name"])


def permission_check(call: Call) -> Any:
    return call.data_plane().exists(*_permission(call), target=call.values["group_name"])


def client_start(call: Call) -> Any:
    return call.start_client(call.connection_string(), call.values["hub_name"], call.values["user_id"])


def _connection_in_group(call: Call) -> tuple[str, ...]:
    return ("groups", call.values["group_name"], "connections", call.values["connection_id"])


def _permission(call: Call) -> tuple[str, ...]:
    return ("permissions", call.values["permission"], "connections", call.values["connection_id"])


_CONNECTION = Argument(("--connection-id",), "The connection id.", required=True)
_USER = Argument(("--user-id",), "The user id.", required=True)
_GROUP = Argument(("--group-name",), "The group name.", required=True)
_PAYLOAD = Argument(("--payload",), "A string payload to send.", required=True)
_PERMISSION = (
    Argument(("--permission",), "The permission.", required=True, choices=("joinLeaveGroup", "sendToGroup")),
    _CONNECTION,
    _GROUP,
)

GROUPS = (
    Group("webpubsub client", "Commands to manage client connections."),
    Group("webpubsub service", "Commands to manage Webpubsub service."),
    Group("webpubsub service connection", "Commands to manage client connections."),
    Group("webpubsub service group", "Commands to manage groups."),
    Group("webpubsub service user", "Commands to manage users."),
    Group("webpubsub service permission", "Commands to manage permissions."),
)

# path after `webpubsub service`, summary, flags besides the resource and the hub, what runs it
_SERVICE = (
    ("broadcast", "Broadcast messages to hub.", (_PAYLOAD,), broadcast),
    ("connection exist", "Check whether client connection exists.", (_CONNECTION,), connection_exist),
    ("connection close", "Close a specific client connection.", (_CONNECTION,), connection_close),
    ("connection send", "Send a message to connection.", (_CONNECTION, _PAYLOAD), connection_send),
    ("group add-connection", "Add a connection to group.", (_GROUP, _CONNECTION), group_add_connection),
    ("group remove-connection", "Remove a connection from group.", (_GROUP, _CONNECTION), group_remove_connection),
    ("group add-user", "Add a user to group.", (_GROUP, _USER), group_add_user),
    (
        "group remove-user",
        "Remove a user from group, or from all groups if no group name is given.",
        (Argument(("--group-name",), "The group name; without it, all groups."), _USER),
        group_remove_user,
    ),
    ("group send", "Send a message to group.", (_GROUP, _PAYLOAD), group_send),
    ("user send", "Send a message to user.", (_USER, _PAYLOAD), user_send),
    ("user exist", "Check if there are any client connections connected for the given user.", (_USER,), user_exist),
    ("permission grant", "Grant permission to the connection.", _PERMISSION, permission_grant),
    ("permission revoke", "Revoke permission from the connection.", _PERMISSION, permission_revoke),
    ("permission check", "Check permission to the connection.", _PERMISSION, permission_check),
)

COMMANDS = (
    Command(
        "webpubsub client start",
        "Start an interactive client connection.",
        (*MINE, HUB, Argument(("--user-id",), "The user id; without it, nobody in particular.")),
        client_start,
        "panel",
        (("Start a client", "az webpubsub client start --hub-name MyHub --user-id user1"),),
    ),
    *(
        Command(f"webpubsub service {path}", summary, (*MINE, HUB, *arguments), run, "data plane")
        for path, summary, arguments, run in _SERVICE
    ),
)
