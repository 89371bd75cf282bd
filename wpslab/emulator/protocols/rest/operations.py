"""Operations: a row for each operation of the contract, and the function that carries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...core.errors import NotAvailable, NotFound
from ...core.hub import Hub
from ...core.messages import Payload
from .http import RestResponse, error_response
from .parameters import PathValues, Query, read_excluded, read_reason, read_target_name

OK = RestResponse(200)
ACCEPTED = RestResponse(202)
NO_CONTENT = RestResponse(204)


@dataclass(frozen=True, slots=True)
class Call:
    """A checked call: the hub it is about, its path and query values, and its payload where it sends one."""

    hub: Hub
    path: PathValues
    query: Query
    payload: Payload


@dataclass(frozen=True, slots=True)
class Operation:
    """A row of the contract. The function's name is the operation id in snake case."""

    method: str
    template: str
    run: Callable[[Call], RestResponse]
    sends: bool = False


# Sending


def send_to_all(call: Call) -> RestResponse:
    """Send to everybody in the hub."""
    call.hub.send_to_all(call.payload, read_excluded(call.query))
    return ACCEPTED


def send_to_group(call: Call) -> RestResponse:
    """Send to the members of a group."""
    call.hub.send_to_group(call.path.group, call.payload, read_excluded(call.query))
    return ACCEPTED


def send_to_user(call: Call) -> RestResponse:
    """Send to all connections of a user."""
    call.hub.send_to_user(call.path.user_id, call.payload)
    return ACCEPTED


def send_to_connection(call: Call) -> RestResponse:
    """Send to one connection."""
    call.hub.send_to_connection(call.path.connection_id, call.payload)
    return ACCEPTED


# Existence


def connection_exists(call: Call) -> RestResponse:
    """Tell whether a connection is there."""
    there = call.path.connection_id in call.hub.registry.connections
    return OK if there else _missing("Warning.Connection.NotExisted")


def group_exists(call: Call) -> RestResponse:
    """Tell whether a group has a member."""
    return OK if call.hub.registry.of_group(call.path.group) else _missing("Warning.Group.NotExisted")


def user_exists(call: Call) -> RestResponse:
    """Tell whether a user has a connection."""
    return OK if call.hub.registry.of_user(call.path.user_id) else _missing("Warning.User.NotExisted")


# Membership


def add_connection_to_group(call: Call) -> RestResponse:
    """Make a connection a member of a group."""
    try:
        call.hub.add_connection_to_group(call.path.group, call.path.connection_id)
    except NotFound as error:
        return error_response(404, "Error.Connection.NotExisted", str(error), "Connection")
    return OK


def remove_connection_from_group(call: Call) -> RestResponse:
    """End a connection's membership of a group."""
    call.hub.remove_connection_from_group(call.path.group, call.path.connection_id)
    return NO_CONTENT


def remove_connection_from_all_groups(call: Call) -> RestResponse:
    """End all memberships of a connection."""
    call.hub.remove_connection_from_all_groups(call.path.connection_id)
    return NO_CONTENT


def add_user_to_group(call: Call) -> RestResponse:
    """Make the connections a user has now members of a group."""
    try:
        call.hub.add_user_to_group(call.path.group, call.path.user_id)
    except NotFound as error:
        return error_response(404, "Warning.User.NotExisted", str(error), "User")
    return OK


def remove_user_from_group(call: Call) -> RestResponse:
    """End the membership of a user's connections."""
    call.hub.remove_user_from_group(call.path.group, call.path.user_id)
    return NO_CONTENT


def remove_user_from_all_groups(call: Call) -> RestResponse:
    """End all memberships of a user's connections."""
    call.hub.remove_user_from_all_groups(call.path.user_id)
    return NO_CONTENT


# Closing


def close_connection(call: Call) -> RestResponse:
    """Close one connection."""
    connection = call.hub.registry.connections.get(call.path.connection_id)
    if connection is not None:
        call.hub.close_connections((connection,), read_reason(call.query))
    return NO_CONTENT


def close_all_connections(call: Call) -> RestResponse:
    """Close every connection of the hub."""
    connections = call.hub.registry.connections.values()
    call.hub.close_connections(connections, read_reason(call.query), read_excluded(call.query))
    return NO_CONTENT


def close_group_connections(call: Call) -> RestResponse:
    """Close the members of a group."""
    members = call.hub.registry.of_group(call.path.group)
    call.hub.close_connections(members, read_reason(call.query), read_excluded(call.query))
    return NO_CONTENT


def close_user_connections(call: Call) -> RestResponse:
    """Close the connections of a user."""
    connections = call.hub.registry.of_user(call.path.user_id)
    call.hub.close_connections(connections, read_reason(call.query), read_excluded(call.query))
    return NO_CONTENT


# Permissions


def grant_permission(call: Call) -> RestResponse:
    """Allow a connection something in one group."""
    return _change_permission(call, allow=True) or OK


def revoke_permission(call: Call) -> RestResponse:
    """Deny a connection something in one group."""
    missing = _change_permission(call, allow=False)
    return NO_CONTENT if missing is None or missing.status == 404 else missing


def check_permission(call: Call) -> RestResponse:
    """Tell whether a connection is allowed something in one group."""
    group = read_target_name(call.query)
    try:
        permission = call.hub.permission(call.path.permission, call.path.connection_id)
    except NotFound as error:
        return error_response(404, "Info.Connection.NotExisted", str(error), "Connection")
    return OK if permission.allows(group) else _missing("Info.Connection.NotExisted")


def _change_permission(call: Call, *, allow: bool) -> RestResponse | None:
    group = read_target_name(call.query)
    try:
        call.hub.permit(call.path.permission, call.path.connection_id, group, allowed=allow)
    except NotFound as error:
        return error_response(404, "Info.Connection.NotExisted", str(error), "Connection")
    return None


def _missing(code: str) -> RestResponse:
    return RestResponse(404, {"x-ms-error-code": code})


def _not_yet(name: str) -> Callable[[Call], RestResponse]:
    def run(call: Call) -> RestResponse:
        raise NotAvailable(f"The emulator does not have the operation {name} yet.")

    run.__name__ = name
    return run


_HUB = "/api/hubs/{hub}"
_CONNECTION = f"{_HUB}/connections/{{connectionId}}"
_GROUP = f"{_HUB}/groups/{{group}}"
_USER = f"{_HUB}/users/{{userId}}"
_MEMBER = f"{_GROUP}/connections/{{connectionId}}"
_USER_MEMBER = f"{_USER}/groups/{{group}}"
_PERMISSION = f"{_HUB}/permissions/{{permission}}/connections/{{connectionId}}"

OPERATIONS = (
    Operation("POST", f"{_HUB}/:generateToken", _not_yet("generate_client_token")),
    Operation("POST", f"{_HUB}/:send", send_to_all, sends=True),
    Operation("POST", f"{_HUB}/:closeConnections", close_all_connections),
    Operation("POST", f"{_HUB}/:addToGroups", _not_yet("add_connections_to_groups")),
    Operation("POST", f"{_HUB}/:removeFromGroups", _not_yet("remove_connections_from_groups")),
    Operation("HEAD", _CONNECTION, connection_exists),
    Operation("DELETE", _CONNECTION, close_connection),
    Operation("POST", f"{_CONNECTION}/:send", send_to_connection, sends=True),
    Operation("DELETE", f"{_CONNECTION}/groups", remove_connection_from_all_groups),
    Operation("HEAD", _GROUP, group_exists),
    Operation("POST", f"{_GROUP}/:closeConnections", close_group_connections),
    Operation("POST", f"{_GROUP}/:send", send_to_group, sends=True),
    Operation("GET", f"{_GROUP}/connections", _not_yet("list_connections_in_group")),
    Operation("PUT", _MEMBER, add_connection_to_group),
    Operation("DELETE", _MEMBER, remove_connection_from_group),
    Operation("PUT", _PERMISSION, grant_permission),
    Operation("DELETE", _PERMISSION, revoke_permission),
    Operation("HEAD", _PERMISSION, check_permission),
    Operation("HEAD", _USER, user_exists),
    Operation("POST", f"{_USER}/:closeConnections", close_user_connections),
    Operation("POST", f"{_USER}/:send", send_to_user, sends=True),
    Operation("DELETE", f"{_USER}/groups", remove_user_from_all_groups),
    Operation("PUT", _USER_MEMBER, add_user_to_group),
    Operation("DELETE", _USER_MEMBER, remove_user_from_group),
)
