"""Functions actions: what functions put into a `webPubSub` output, each a request of the service's official SDK."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from azure.messaging.webpubsubservice import WebPubSubServiceClient

Client = WebPubSubServiceClient
Perform = Callable[[Client, "Action"], None]

CONTENT_TYPES = {"text": "text/plain", "json": "application/json", "binary": "application/octet-stream"}
PERMISSIONS = {"sendtogroup": "sendToGroup", "joinleavegroup": "joinLeaveGroup"}


class ActionError(ValueError):
    """An action the host refuses, which fails the invocation."""


class Action:
    """One action: its name, and its properties, whose names compare without case."""

    def __init__(self, value: Any) -> None:
        if not isinstance(value, dict):
            raise ActionError(f"An action is a JSON object, not {json.dumps(value)}.")
        self._properties: Mapping[str, Any] = {name.lower(): each for name, each in value.items()}
        self.name = str(self._properties.get("actionname") or "")
        if self.name.lower() not in _ACTIONS:
            raise ActionError(f"There is no action {self.name!r}; actionName is one of {', '.join(_NAMES)}.")
        required, self._perform = _ACTIONS[self.name.lower()]
        for name in required:
            self.text(name)
        if self.name.lower().startswith("sendto"):
            self.message()
        if "permission" in required:
            self.permission()

    def perform(self, client: Client) -> None:
        """Carry it out: one request."""
        self._perform(client, self)

    def text(self, name: str) -> str:
        """Return a property that must be there. Raises ActionError."""
        value = self._properties.get(name.lower())
        if not isinstance(value, str) or not value:
            raise ActionError(f"The action {self.name} needs {name!r}, a string.")
        return value

    def optional(self, name: str) -> Any:
        """Return a property, or None."""
        return self._properties.get(name.lower()) or None

    def message(self) -> tuple[Any, str]:
        """Return what is sent, as the SDK takes it, and its content type. Raises ActionError."""
        data_type = str(self._properties.get("datatype") or "text").lower()
        if data_type not in CONTENT_TYPES:
            raise ActionError(f"The dataType of {self.name} is text, json or binary, not {data_type!r}.")
        data = self._properties.get("data")
        if data_type == "binary":
            return self._bytes(data), CONTENT_TYPES[data_type]
        if not isinstance(data, str):
            raise ActionError(f"The data of {self.name} is a string, for {data_type} too; json.dumps() makes one.")
        if data_type == "text":
            return data.encode(), CONTENT_TYPES[data_type]
        try:
            return json.loads(data), CONTENT_TYPES[data_type]
        except ValueError as error:
            raise ActionError(f"The data of {self.name} is no JSON: {error}.") from None

    def _bytes(self, data: Any) -> bytes:
        try:
            return read_buffer(data)
        except ValueError as error:
            raise ActionError(f"The data of {self.name} is binary. {error}") from None

    def permission(self) -> str:
        """Return a permission in the spelling of the service. Raises ActionError."""
        value = self.text("permission")
        if value.lower() not in PERMISSIONS:
            raise ActionError(f"A permission is sendToGroup or joinLeaveGroup, not {value!r}.")
        return PERMISSIONS[value.lower()]


def read_actions(value: Any) -> list[Action]:
    """Read the value of an output: one action or a list of them, as JSON text or as what JSON text holds.

    Raises:
        ActionError: none of them is carried out then.
    """
    if isinstance(value, str | bytes):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ActionError(f"The actions are no JSON: {error}.") from None
    if not isinstance(value, dict | list):
        raise ActionError(f"The actions are one JSON object or a list of them, not {type(value).__name__}.")
    return [Action(each) for each in (value if isinstance(value, list) else [value])]


def read_buffer(data: Any) -> bytes:
    """Read bytes in the form the host has for them in JSON. Raises ValueError."""
    values = data.get("data") if isinstance(data, dict) and data.get("type") == "Buffer" else None
    if isinstance(values, list) and all(isinstance(each, int) and 0 <= each <= 255 for each in values):
        return bytes(values)
    raise ValueError('Bytes are {"type": "Buffer", "data": [104, 105]}, with a list of numbers from 0 to 255.')


def perform_actions(connection_string: str, hub: str, actions: Sequence[Action]) -> None:
    """Carry out actions in their order, and stop at the first that fails. This blocks: call it on a thread."""
    options = {"retry_total": 0, "raw_request_hook": _write_null}
    with Client.from_connection_string(connection_string, hub=hub, **options) as client:
        for action in actions:
            action.perform(client)


def _write_null(request: Any) -> None:
    """Give JSON's null its body, which the SDK leaves out."""
    message = request.http_request
    if message.headers.get("Content-Type") == CONTENT_TYPES["json"] and message.content is None:
        message.set_bytes_body(b"null")


def _sends_to_all(client: Client, action: Action) -> None:
    data, content_type = action.message()
    client.send_to_all(data, excluded=action.optional("excluded"), content_type=content_type)


def _sends_to_group(client: Client, action: Action) -> None:
    data, content_type = action.message()
    client.send_to_group(action.text("group"), data, excluded=action.optional("excluded"), content_type=content_type)


def _sends_to_user(client: Client, action: Action) -> None:
    data, content_type = action.message()
    client.send_to_user(action.text("userId"), data, content_type=content_type)


def _sends_to_connection(client: Client, action: Action) -> None:
    data, content_type = action.message()
    client.send_to_connection(action.text("connectionId"), data, content_type=content_type)


def _closes_all(client: Client, action: Action) -> None:
    client.close_all_connections(excluded=action.optional("excluded"), reason=action.optional("reason"))


def _closes_group(client: Client, action: Action) -> None:
    client.close_group_connections(
        action.text("group"), excluded=action.optional("excluded"), reason=action.optional("reason")
    )


def _grants(client: Client, action: Action) -> None:
    client.grant_permission(action.permission(), action.text("connectionId"), target_name=action.optional("targetName"))


def _revokes(client: Client, action: Action) -> None:
    client.revoke_permission(
        action.permission(), action.text("connectionId"), target_name=action.optional("targetName")
    )


# The name of each action, the properties it cannot do without, and the request it is.
_TABLE: dict[str, tuple[tuple[str, ...], Perform]] = {
    "sendToAll": ((), _sends_to_all),
    "sendToGroup": (("group",), _sends_to_group),
    "sendToUser": (("userId",), _sends_to_user),
    "sendToConnection": (("connectionId",), _sends_to_connection),
    "addUserToGroup": (("userId", "group"), lambda c, a: c.add_user_to_group(a.text("group"), a.text("userId"))),
    "removeUserFromGroup": (
        ("userId", "group"),
        lambda c, a: c.remove_user_from_group(a.text("group"), a.text("userId")),
    ),
    "removeUserFromAllGroups": (("userId",), lambda c, a: c.remove_user_from_all_groups(a.text("userId"))),
    "addConnectionToGroup": (
        ("connectionId", "group"),
        lambda c, a: c.add_connection_to_group(a.text("group"), a.text("connectionId")),
    ),
    "removeConnectionFromGroup": (
        ("connectionId", "group"),
        lambda c, a: c.remove_connection_from_group(a.text("group"), a.text("connectionId")),
    ),
    "closeAllConnections": ((), _closes_all),
    "closeClientConnection": (
        ("connectionId",),
        lambda c, a: c.close_connection(a.text("connectionId"), reason=a.optional("reason")),
    ),
    "closeGroupConnections": (("group",), _closes_group),
    "grantPermission": (("connectionId", "permission"), _grants),
    "revokePermission": (("connectionId", "permission"), _revokes),
}
_NAMES = tuple(_TABLE)
_ACTIONS = {name.lower(): entry for name, entry in _TABLE.items()}
