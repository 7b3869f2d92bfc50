"""Writes down the events of one answer, in order and numbered."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codex2api.simulator.backend.cache import tokens_in
from codex2api.simulator.scenarios.turn import Turn

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ScriptOptions:
    """What a script adds around the items.

    Attributes:
        limits: Body of the ``codex.rate_limits`` event that leads; ``None`` for no such event.
        full_output: Fill ``output`` of the final response.
        obfuscate: Pad every delta, as the backend does at times.
    """

    limits: Mapping[str, Any] | None = None
    full_output: bool = False
    obfuscate: bool = False


class Script:
    """The answer to ``turn`` as it grows.

    Attributes:
        events: What was written so far, ready for the wire.
    """

    def __init__(self, turn: Turn, options: ScriptOptions) -> None:
        self.turn = turn
        self.options = options
        self.events: list[Event] = []
        self._output: list[Event] = []
        self._number = 0
        self._index = 0
        self._written = 0
        self._reasoned = 0

    @property
    def response_id(self) -> str:
        """The id of the response."""
        return f"resp_{self.turn.serial}"

    def next_index(self) -> int:
        """Claim the next ``output_index``."""
        self._index += 1
        return self._index - 1

    def item_id(self, prefix: str, index: int) -> str:
        """The id of the item at ``index``."""
        return f"{prefix}_{self.turn.serial}_{index}"

    def add(self, kind: str, **fields: Any) -> None:
        """Write one numbered event."""
        self.events.append({"type": kind, "sequence_number": self._number, **fields})
        self._number += 1

    def add_raw(self, event: Event) -> None:
        """Write an event as it is, without a number."""
        self.events.append(event)

    def delta(self, kind: str, text: str, **fields: Any) -> None:
        """Write one delta and count it."""
        self._written += len(text)
        if self.options.obfuscate:
            fields["obfuscation"] = "simulated"[: len(text) % 9]
        self.add(kind, delta=text, **fields)

    def reason(self, text: str) -> None:
        """Count reasoning that may not be shown."""
        self._reasoned += len(text)

    def finish_item(self, index: int, item: Event) -> None:
        """Write ``response.output_item.done``."""
        self._output.append(item)
        self.add("response.output_item.done", output_index=index, item=item)

    def begin(self) -> None:
        """Write what comes before the first item."""
        if self.options.limits is not None:
            self.add_raw({"type": "codex.rate_limits", **self.options.limits})
        self.add("response.created", response=self.response("in_progress"))
        self.add("response.in_progress", response=self.response("in_progress"))

    def complete(self, **fields: Any) -> None:
        """Write ``response.completed``; ``fields`` replace those of its response."""
        self.add("response.completed", response=self.final("completed", **fields))

    def final(self, status: str, **fields: Any) -> Event:
        """The response object of a terminal event."""
        response = self.response(status)
        response["usage"] = self.usage()
        response["completed_at"] = response["created_at"]
        if self.options.full_output:
            response["output"] = list(self._output)
        return response | fields

    def response(self, status: str) -> Event:
        """The response object in a given status."""
        body = self.turn.body
        return {
            "id": self.response_id,
            "object": "response",
            "created_at": int(time.time()),
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": None,
            "instructions": body.get("instructions"),
            "max_output_tokens": None,
            "model": self.turn.model.slug,
            "output": [],
            "parallel_tool_calls": body.get("parallel_tool_calls", True),
            "previous_response_id": None,
            "prompt_cache_key": body.get("prompt_cache_key"),
            "reasoning": body.get("reasoning") or {"effort": None, "summary": None},
            "service_tier": "default",
            "store": False,
            "temperature": 1.0,
            "text": body.get("text") or {"format": {"type": "text"}},
            "tool_choice": body.get("tool_choice", "auto"),
            "tools": body.get("tools") or [],
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": None,
            "user": None,
            "metadata": {},
        }

    def usage(self) -> Event:
        """Token counts, from the sizes of what was read and written."""
        read, cached = self.turn.usage
        reasoned = tokens_in(self._reasoned)
        written = tokens_in(self._written) + reasoned
        return {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": cached},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": reasoned},
            "total_tokens": read + written,
        }
