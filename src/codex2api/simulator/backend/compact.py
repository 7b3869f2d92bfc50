"""``POST /codex/responses/compact``: the user's messages, then one item for all the rest."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from codex2api.protocol.json import encode
from codex2api.simulator.backend import fields, items, pairs
from codex2api.simulator.backend.access import admit
from codex2api.simulator.backend.bodies import parse_object, read_body
from codex2api.simulator.backend.models import catalogue
from codex2api.simulator.backend.refusal import detail
from codex2api.simulator.backend.whole import send_whole
from codex2api.simulator.scenarios.sealed import seal
from codex2api.simulator.state import STATE

_ALLOWED = frozenset(
    (
        "model", "input", "instructions", "tools", "parallel_tool_calls", "reasoning",
        "service_tier", "prompt_cache_key", "text", "access_programs",
    )
)  # fmt: skip


async def compact(request: web.Request) -> web.StreamResponse:
    """Compact a conversation."""
    state = request.app[STATE]
    access = admit(request)
    body = parse_object(await read_body(request))
    _check(body, access.account_id, state.options.all_models)
    messages = [item for item in body["input"] if item.get("role") == "user"]
    compaction = {
        "type": "compaction",
        "id": f"cmp_{state.next_id()}",
        "encrypted_content": seal(access.account_id, f"{len(body['input'])} items"),
    }
    text = str(messages[-1].get("content")) if messages else ""
    return await send_whole(request, text, encode({"output": [*messages, compaction]}))


def _check(body: Mapping[str, Any], account_id: str, all_models: bool) -> None:
    for name in body:
        if name not in _ALLOWED:
            raise detail(f"Unsupported parameter: {name}")
    if not isinstance(body.get("input"), list):
        raise detail("Input must be a list")
    items.check_roles(body["input"])
    model = fields.pick_model(body, catalogue(with_older=all_models))
    fields.check_tier(body, model)
    fields.check_reasoning(body, model)
    items.check_items(body["input"], account_id)
    pairs.check_pairs(body["input"])


routes = [web.post("/backend-api/codex/responses/compact", compact)]
