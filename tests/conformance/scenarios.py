"""Everything that the simulated backend can do to us, as texts that make it do so."""

from codex2api.simulator.scenarios.choose import NAMES
from codex2api.simulator.scenarios.endings import MESSAGES
from codex2api.simulator.scenarios.faults import FAULTS

_SIZED = {"big": "big:mb=1", "image": "image:kb=4", "gzip_bomb": "gzip_bomb:mb=8"}
"""What would take too long at its usual size."""

_MORE = (
    "text:n=5:size=1",
    "reasoning:parts=3:raw=because",
    "parallel_tools:calls=3",
    "interleaved_tools:calls=3",
    "reasoning_tool:full=1",
    "text:full=1",
    "text:usage=null",
    "text:usage=partial",
    "text:limits=none",
    "text:end_turn=0",
    "text:obfuscate=1",
    "text:unknown=1:keepalive=1:metadata=1",
    "text:crlf=1:bom=1:comments=1",
    "text:multiline=1:unnamed=1:open_end=1",
    "text:hints=1:chunk=7",
    "incomplete:reason=content_filter",
    "failed:null=1",
    "failed_first:null=1",
)

_FAULTS = (
    "usage_limit:resets=none",
    "rate_limited:after=7",
    "overloaded:code=slow_down",
    "bad_gateway:status=524",
    "http:status=400",
    "http:status=404",
    "http:status=500:html=1",
    *(f"failed_early:code={code}" for code in MESSAGES),
    *(f"error_first:code={code}" for code in MESSAGES),
)

ANSWERS: tuple[str, ...] = (
    *(_SIZED.get(name, name) for name in NAMES if name not in FAULTS and name != "endless"),
    *_MORE,
)
"""Streams of status 200, good and bad ones; they leave the account as it is."""

BROKEN = frozenset(
    {
        *("failed", "failed_early", "failed_first", "error_flat", "error_nested", "error_first"),
        *("cut", "cut_chunk", "broken_chunk", "reset", "stall", "stall_first", "stall_comments"),
        *("no_events", "html", "noise", "gzip_bomb", "many_headers"),
    }
)
"""Names of those that are no whole answer."""

REFUSALS: tuple[str, ...] = (*FAULTS, *_FAULTS)
"""Answers that are no answer at all; after some of them the account is not used for a while."""
