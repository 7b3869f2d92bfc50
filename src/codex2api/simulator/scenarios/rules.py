"""Rules: when a request looks like this, answer like that."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codex2api.simulator.scenarios.turn import Turn


@dataclass(frozen=True, slots=True)
class Match:
    """What a request must look like; a field of ``None`` does not matter.

    Attributes:
        text: A part of the last user message.
        pattern: A regular expression for it.
        tool: The name of an offered tool.
        account: The label of who asks.
    """

    text: str | None = None
    pattern: re.Pattern[str] | None = None
    model: str | None = None
    tool: str | None = None
    account: str | None = None

    def fits(self, turn: Turn) -> bool:
        """Whether ``turn`` looks like this."""
        return (
            (self.text is None or self.text in turn.user_text)
            and (self.pattern is None or self.pattern.search(turn.user_text) is not None)
            and (self.model is None or self.model == turn.model.slug)
            and (self.account is None or self.account == turn.account)
            and (self.tool is None or any(tool.name == self.tool for tool in turn.tools))
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of a scenario file.

    Attributes:
        marker: A marker as in a user's text, for instance ``SCENARIO:reasoning:parts=3``.
        events: Events in shorthand or raw.
        fault: Fields of an HTTP answer, or the name of what happens after the events.
        times: How often it applies; ``None`` is always.
    """

    match: Match
    marker: str | None = None
    events: Sequence[Mapping[str, Any]] | None = None
    fault: Mapping[str, Any] | str | None = None
    times: int | None = None


@dataclass(slots=True)
class RuleBook:
    """Rules in force, the newest first, and how often each may still apply."""

    rules: Sequence[Rule] = ()
    _left: dict[int, int] = field(default_factory=dict)

    def add(self, rules: Sequence[Rule]) -> None:
        """Put ``rules`` before all others."""
        self.rules = (*rules, *self.rules)

    def clear(self) -> None:
        """Drop all rules."""
        self.rules = ()
        self._left.clear()

    def take(self, turn: Turn) -> Rule | None:
        """The first rule that fits, counting it."""
        for rule in self.rules:
            left = self._left.get(id(rule), rule.times)
            if left == 0 or not rule.match.fits(turn):
                continue
            if left is not None:
                self._left[id(rule)] = left - 1
            return rule
        return None
