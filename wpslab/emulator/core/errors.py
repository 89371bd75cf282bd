"""Errors: what a remote party did wrong, in words; each protocol decides how it is spelled.

ServiceError
 ├── BadRequest          a value is missing, malformed or too large
 ├── Unauthorized        no access token, or one that does not hold
 ├── NotFound            a connection, group or user that is not there
 ├── Conflict            the change would break a limit of the service
 ├── QuotaExceeded       the SKU of the resource allows no more connections, or no more messages today
 ├── SwitchedOff         the resource is stopped, or not open to the public
 ├── NotAvailable        the service has it, this emulator does not (yet)
 ├── InvalidFrame        a client sent a message its subprotocol does not know
 ├── InvalidAnswer       an upstream server gave an answer the service cannot use
 └── ManagementError     resource management refuses a request
"""

from __future__ import annotations

from typing import Literal

from .failures import FailureKind

ManagementErrorCode = Literal[
    "BadRequest",
    "InternalServerError",
    "InvalidResourceGroupLocation",
    "InvalidResourceLocation",
    "LocationNotAvailableForResourceGroup",
    "LocationNotAvailableForResourceType",
    "LocationRequired",
    "NameAlreadyExists",
    "OperationNotFound",
    "ResourceGroupNotFound",
    "ResourceNotFound",
    "SubscriptionNotFound",
]


class ServiceError(Exception):
    """Tell what a remote party did wrong. `str(error)` is a sentence."""


class BadRequest(ServiceError):
    """Refuse a value that is missing, malformed or too large.

    `target` names the request part at fault, as the `target` of an error body does.
    """

    def __init__(self, message: str, *, target: str = "Request") -> None:
        super().__init__(message)
        self.target = target


class Unauthorized(ServiceError):
    """Refuse an access token that is absent or does not hold."""


class NotFound(ServiceError):
    """Report a connection, group or user that is not there. `kind` says which of them."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"{kind} `{name}` is not found.")
        self.kind = kind
        self.name = name


class Conflict(ServiceError):
    """Refuse a change that would break a limit of the service."""


class QuotaExceeded(ServiceError):
    """Refuse what is beyond the SKU of the resource."""


class SwitchedOff(ServiceError):
    """Refuse everybody, because of a setting of the resource."""

    def __init__(self, why: Literal["stopped", "not public"]) -> None:
        sentences = {
            "stopped": "The resource is stopped.",
            "not public": "The public network access of the resource is disabled.",
        }
        super().__init__(sentences[why])
        self.why = why


class NotAvailable(ServiceError):
    """Refuse something Azure Web PubSub has and this emulator does not."""


class InvalidFrame(ServiceError):
    """Refuse a client message; `code` is the WebSocket close code (RFC 6455, section 7.4.1)."""

    def __init__(self, code: int, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.code = code
        self.reason = reason


class InvalidAnswer(ServiceError):
    """Refuse the answer of an upstream server; `kind` says what is wrong with it."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


class ManagementError(ServiceError):
    """Refuse what somebody wants of a subscription; `code` is Azure Resource Manager's name for the reason."""

    def __init__(self, code: ManagementErrorCode, message: str) -> None:
        super().__init__(message)
        self.code: ManagementErrorCode = code
