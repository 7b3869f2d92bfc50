"""Records to put into a ledger."""

from typing import Any

from codex2api.ledger.calls import CallRecord

AT = 1_800_000_000_000
"""2027-01-15, 08:00 UTC."""

HOUR = 3_600_000
DAY = 24 * HOUR


def a_call(**fields: Any) -> CallRecord:
    known: dict[str, Any] = {
        "at": AT,
        "request_id": "req_1",
        "method": "POST",
        "route": "/v1/chat/completions",
        "asked_model": "gpt-5.5-high",
        "model": "gpt-5.5",
        "effort": "high",
        "account": "default",
        "key": "key-1",
        "key_name": "ci",
        "input_tokens": 1000,
        "cached_tokens": 400,
        "output_tokens": 100,
        "reasoning_tokens": 30,
        "first_ms": 500,
        "total_ms": 2000,
        "status": 200,
        "client": "curl/8.5.0",
    }
    return CallRecord(**known | fields)


def refused(**fields: Any) -> CallRecord:
    nothing = dict.fromkeys(
        ("model", "effort", "account", "first_ms", "input_tokens", "cached_tokens")
    ) | dict.fromkeys(("output_tokens", "reasoning_tokens"))
    return a_call(**nothing | {"status": 429, "error": "usage_limit_reached"} | fields)
