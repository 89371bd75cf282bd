"""Functions answers: what a function with a Web PubSub trigger returns, as the host passes it on to the service."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from .functions_actions import read_buffer
from .functions_asgi import Answer
from .functions_events import Event, write_states

logger = logging.getLogger("wpslab.upstream.functions")

STATUS_OF_CODE = {"unauthorized": 401, "usererror": 400, "servererror": 500}
CONTENT_TYPES = {
    "text": "text/plain; charset=utf-8",
    "json": "application/json",
    "binary": "application/octet-stream",
}


def answer_event(event: Event, returned: Any) -> Answer:
    """Return the answer to a `connect` or a user event: what is no JSON object counts as nothing."""
    value = _read_object(event, returned)
    if value is None:
        return Answer(200)
    code = str(value.get("code") or "success").lower()
    if code != "success":
        return Answer.of_text(STATUS_OF_CODE.get(code, 500), str(value.get("errorMessage") or ""))
    try:
        answer = _answer_connect(value) if event.type == "system" else _answer_user_event(value)
        return _with_states(answer, event, value.get("states"))
    except ValueError as error:
        logger.warning("The answer to %s cannot be used: %s", event.name, error)
        return Answer.of_text(500, str(error))


def _read_object(event: Event, returned: Any) -> dict[str, Any] | None:
    value = returned
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if isinstance(value, dict):
        return value
    if returned is not None:
        logger.warning("What the function of %s returned is ignored: it is no JSON object.", event.name)
    return None


def _answer_connect(value: Mapping[str, Any]) -> Answer:
    names = ("userId", "groups", "roles", "subprotocol", "mqtt")
    return _json({name: value[name] for name in names if value.get(name) is not None})


def _answer_user_event(value: Mapping[str, Any]) -> Answer:
    data = value.get("data")
    data_type = str(value.get("dataType") or "text").lower()
    if data is None:
        raise ValueError("An answer to a user event is an object with 'data' and 'dataType'; it has no 'data'.")
    if data_type not in CONTENT_TYPES:
        raise ValueError(f"'dataType' is text, json or binary, not {data_type!r}.")
    headers = {"content-type": CONTENT_TYPES[data_type]}
    if isinstance(data, str):
        return Answer(200, data.encode(), headers)
    if data_type == "binary":
        return Answer(200, read_buffer(data), headers)
    raise ValueError("'data' is a string, for JSON too; json.dumps() makes one.")


def _with_states(answer: Answer, event: Event, states: Any) -> Answer:
    if states is None:
        return answer
    if not isinstance(states, dict):
        raise ValueError("'states' is an object.")
    header = {"ce-connectionState": write_states({**event.states, **states})}
    return Answer(answer.status, answer.body, {**answer.headers, **header})


def _json(value: Mapping[str, Any]) -> Answer:
    try:
        return Answer(200, json.dumps(value).encode(), {"content-type": "application/json"})
    except TypeError as error:
        raise ValueError(f"The answer is no JSON: {error}.") from None
