"""Http: a request and its response as plain values, whatever framework carries them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

Lines = Iterable[tuple[str | bytes, str | bytes]]


class Headers(Mapping[str, tuple[str, ...]]):
    """Hold header lines: a name compares without case, and has one value for each of its lines."""

    def __init__(self, lines: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, tuple[str, ...]] = {}
        for name, value in lines:
            self._values[name.lower()] = (*self._values.get(name.lower(), ()), value)

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Headers({self._values!r})"

    def joined(self, name: str) -> str | None:
        """Return all lines of a header as one, or None if there is none."""
        return ",".join(self[name]) if name in self else None


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as a web framework has it.

    Args:
        headers: a mapping or pairs. The service sends user ids in UTF-8: bytes are best; text that the framework
            decoded as Latin-1 (every WSGI framework does) is put right.
    """

    method: str
    path: str
    headers: Mapping[str, str] | Lines = field(repr=False)
    body: bytes = field(default=b"", repr=False)

    def read_headers(self) -> Headers:
        """Return the headers as text."""
        lines = self.headers.items() if isinstance(self.headers, Mapping) else self.headers
        return Headers((_text(name), _text(value).strip()) for name, value in lines)


async def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The answer to a request.

    `headers` has one pair for each line. Await `afterwards()` once the answer is on its way: it runs the handlers of
    `connected` and `disconnected`, for which the service does not wait.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    afterwards: Callable[[], Awaitable[None]] = field(default=_nothing, repr=False)

    @classmethod
    def of_text(cls, status: int, text: str, *lines: tuple[str, str]) -> HttpResponse:
        """Return an answer that is a sentence for people."""
        return cls(status, (("Content-Type", "text/plain; charset=utf-8"), *lines), text.encode(errors="replace"))


def _text(value: str | bytes) -> str:
    try:
        return (value if isinstance(value, bytes) else value.encode("latin-1")).decode()
    except UnicodeDecodeError:
        return value.decode("latin-1") if isinstance(value, bytes) else value
    except UnicodeEncodeError:
        return str(value)
