"""Limits: the numbers of the service, each with where it comes from."""

from __future__ import annotations

from typing import Final

MAX_MESSAGE_BYTES: Final = 1024 * 1024
"""Largest message of a client or a REST call, in bytes: "1 MB" in Azure's documentation, this many included."""

MAX_GROUP_NAME: Final = 1024
"""Longest group name, in characters (REST contract)."""

MAX_REMEMBERED_ACKS: Final = 1000
"""How many executed ack ids a connection remembers, oldest forgotten first."""

MAX_TTL_SECONDS: Final = 300
"""Longest time to live of a message, in seconds (REST contract)."""

MAX_QUEUED_MESSAGES: Final = 1000
"""Frames that may wait for a slow reader before its connection is closed."""

MAX_QUEUED_BYTES: Final = 16 * 1024 * 1024
"""Bytes that may wait for a slow reader before its connection is closed."""

MAX_METADATA_KEY: Final = 256
MAX_METADATA_VALUE: Final = 1024
MAX_METADATA_BYTES: Final = 8192
"""Longest metadata key and value, and the sum of all of one message, in bytes."""

MAX_LITERAL_RULES: Final = 1000
MAX_PATTERN_RULES: Final = 9
MAX_PATTERN_LENGTH: Final = 1024
MAX_PATTERN_WILDCARDS: Final = 5
"""Per connection and kind of permission: named groups, patterns; per pattern: characters and `*` or `?`."""

DEFAULT_KEEP_ALIVE_SECONDS: Final = 20
MAX_KEEP_ALIVE_SECONDS: Final = 120
"""Hub setting `webSocketKeepAliveIntervalInSeconds`: default and largest value."""

MISSED_KEEP_ALIVES: Final = 2
"""Keep-alive intervals without any frame from the client after which it counts as gone (undocumented; our choice)."""

TOKEN_CLOCK_SKEW_SECONDS: Final = 300
"""How far clocks may differ when an access token's times are judged."""

MIN_ACCESS_KEY_BYTES: Final = 32
"""Shortest access key: HS256 asks for as many bytes as its hash has (RFC 7518, section 3.2)."""

MAX_CLOSE_REASON_BYTES: Final = 123
"""Longest reason in a close frame (RFC 6455, section 5.5)."""

RETRY_DELAYS_SECONDS: Final = (1.0, 3.0, 5.0)
"""Waits before an upstream server is asked again (after 408, 5xx or a network error)."""

EVENT_TIMEOUT_SECONDS: Final = 100.0
VALIDATION_TIMEOUT_SECONDS: Final = 10.0
"""How long an upstream server has to answer an event, retries included, and a validation request."""

VALIDATION_LIFETIME_SECONDS: Final = 60.0
"""How long a webhook's validation holds; after a failure the next one is due after 1, 2, 4, ... seconds up to this."""

MAX_UPSTREAM_BODY_BYTES: Final = 16 * 1024 * 1024
"""Largest answer of an upstream server."""

MAX_EVENT_LISTENERS: Final = 10
"""Event listeners of all hubs of a resource together."""

MAX_KEPT_EVENTS: Final = 10_000
"""Events an event hub of the emulator remembers, oldest forgotten first (our choice)."""

MAX_TRACED_CHARACTERS: Final = 2000
"""Characters of a frame or a body that a trace entry shows (our choice)."""

MAX_TRACE_BYTES: Final = 32 * 1024 * 1024
"""Bytes of frames and ids of receivers that a trace remembers, oldest entries forgotten first (our choice)."""

MAX_REMEMBERED_FAILURES: Final = 100
"""Failures of connections and events that are remembered, oldest forgotten first (our choice)."""
