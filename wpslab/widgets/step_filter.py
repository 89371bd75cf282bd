"""Step filter: which of the things that happened a reader wants to see."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Self

from .steps import Step

MAX_WORDS = 200


@dataclass(frozen=True)
class StepFilter:
    """What is shown; an empty part does not limit anything.

    Attributes:
        kind: the kind of a step, or `failed`.
        client: the name of a lane or of a connection.
        words: a text, in lower case, that stands somewhere in a step.
    """

    kind: str = ""
    client: str = ""
    words: str = ""

    @classmethod
    def parse(cls, content: dict[str, object]) -> Self:
        """Read what a front end sends; what is no text counts as empty."""
        kind, client, words = (
            value[:MAX_WORDS] if isinstance(value := content.get(name), str) else ""
            for name in ("kind", "client", "words")
        )
        return cls(kind, client, words.lower())

    def __bool__(self) -> bool:
        return bool(self.kind or self.client or self.words)

    def takes(self, step: Step) -> bool:
        """Tell whether a step is shown."""
        if self.kind and not (step.failed if self.kind == "failed" else step.kind == self.kind):
            return False
        if self.client and self.client not in (step.source, *step.targets, *step.clients):
            return False
        return not self.words or self.words in f"{step} {step.text}".lower()

    def as_dict(self) -> dict[str, str]:
        """Return it as a front end gets it."""
        return asdict(self)
