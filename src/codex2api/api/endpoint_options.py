"""What an operator may set for the hot routes."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from codex2api.api.exchange import new_id
from codex2api.api.metering import Metering
from codex2api.dialects.reasoning import ReasoningStyle


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """What an operator may set.

    Attributes:
        max_body: Bytes.
        keepalive: Seconds of silence before a comment.
        strict: Whether a parameter that nobody can honour is a 400 for every caller.
        reasoning: Where it is shown to callers who do not say.
        max_choices: How many answers to one prompt may be asked for, and how many upstream calls
            one request makes at once.
        note: Takes down callers' bodies, for operators who ask for that.
        new_id: Random and unique.
        now: Unix seconds.
        metering: Told what each request cost, for operators who ask for that.
    """

    max_body: int
    keepalive: float
    strict: bool = False
    reasoning: ReasoningStyle = ReasoningStyle.REASONING_CONTENT
    max_choices: int = 8
    note: Callable[[str, bytes], None] | None = None
    new_id: Callable[[], str] = new_id
    now: Callable[[], float] = time.time
    metering: Metering | None = None
