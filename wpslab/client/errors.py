"""Errors: what can go wrong for a client, in words a learner can act on.

ClientError
├── AckError            the service answered a request with an ack that says no
└── ConnectionRefused   the service, or nobody, answered the handshake
"""

from __future__ import annotations

_REFUSALS = {
    400: "the request is not a valid one, for instance because of an illegal hub or group name",
    401: "the access token is missing, expired, or not signed for this hub and this service, or an upstream server "
    "answered so, which lab.explain() tells",
    403: "the upstream server or the network rules of the service do not let this client in",
    404: "there is no client endpoint at this address",
    429: "the service has as many connections as it may hold",
    500: "the upstream server could not be asked, or gave an answer that is not valid",
}


class ClientError(Exception):
    """Something a client was asked to do did not happen."""


class ConnectionRefused(ClientError):
    """The handshake failed.

    `status` is the HTTP status of the answer, or None where nobody answered.
    """

    def __init__(self, status: int | None) -> None:
        self.status = status
        super().__init__(status)

    def __str__(self) -> str:
        if self.status is None:
            return "Nobody answers at the address of the service. Is the lab still running?"
        reason = _REFUSALS.get(self.status, "the service did not say why")
        return f"The service refused the connection with {self.status}: {reason}."


class AckError(ClientError):
    """The service refused a request; `name` and `message` are those of the ack's error."""

    def __init__(self, request: str, name: str, message: str) -> None:
        self.request = request
        self.name = name
        self.message = message
        super().__init__(request, name, message)

    def __str__(self) -> str:
        hint = (
            " No upstream server handled the event, or it failed: lab.explain() says why."
            if self._is_unhandled_event()
            else ""
        )
        return f"{self.request} was refused. {self.name}: {self.message.rstrip('.')}.{hint}"

    def _is_unhandled_event(self) -> bool:
        return self.request == "event" and self.name == "InternalServerError"


ClientPanelError = ClientError  # the name under which `wpslab.widgets` offers it
