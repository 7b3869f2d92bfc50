"""``GET /codex/models``: the catalogue as this client version and plan see it."""

import asyncio
import hashlib
from functools import lru_cache
from typing import Any

from aiohttp import web

from codex2api.protocol.json import encode
from codex2api.simulator.backend.access import admit
from codex2api.simulator.backend.models import SimulatedModel, catalogue
from codex2api.simulator.backend.refusal import RefusalError, detail
from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.state import STATE

NEWEST = (9999,)
"""Stands for clients that do not tell their version."""

_TIER_NAMES = {"priority": "Fast", "ultrafast": "Ultrafast"}


async def models(request: web.Request) -> web.Response:
    """The models, with an ETag; 304 if the client has them already."""
    state = request.app[STATE]
    access = admit(request)
    await asyncio.sleep(state.backend_switches.models_delay)
    if state.backend_switches.models_fail:
        raise RefusalError(500, {"detail": "Simulated failure of the catalogue."})
    version = parse_version(request.query.get("client_version", ""))
    if version is None:
        raise detail("Missing or invalid client_version")
    body, etag = _seen(state.options.all_models, version, access.plan)
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers={"ETag": etag})
    return web.Response(body=body, headers={"ETag": etag}, content_type="application/json")


def catalogue_etag(options: SimulatorOptions, client_version: str, plan: str) -> str:
    """The ETag of the catalogue that this client gets, for ``x-models-etag``."""
    return _seen(options.all_models, parse_version(client_version) or NEWEST, plan)[1]


def parse_version(text: str) -> tuple[int, ...] | None:
    """``0.160.0`` as numbers, ``None`` if it is no version."""
    parts = text.partition("-")[0].split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else None


@lru_cache(maxsize=64)
def _seen(all_models: bool, version: tuple[int, ...], plan: str) -> tuple[bytes, str]:
    """The catalogue's body and ETag for one kind of client."""
    seen = [
        model
        for model in catalogue(with_older=all_models).values()
        if (parse_version(model.client) or ()) <= version
        and (not model.plans or plan in model.plans)
    ]
    seen.sort(key=lambda model: model.priority)
    body = encode({"models": [entry(model) for model in seen]})
    return body, f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'


def entry(model: SimulatedModel) -> dict[str, Any]:
    """One model as the wire has it, with a field that no client knows."""
    return {
        "slug": model.slug,
        "display_name": model.slug.upper(),
        "description": "A simulated model.",
        "default_reasoning_level": model.default,
        "supported_reasoning_levels": [
            {"effort": effort, "description": f"Simulated {effort} effort"}
            for effort in model.efforts
        ],
        "shell_type": "unified_exec",
        "visibility": "hide" if model.hidden else "list",
        "supported_in_api": True,
        "priority": model.priority,
        "availability_nux": None,
        "upgrade": None,
        "additional_speed_tiers": [],
        "service_tiers": [
            {"id": tier, "name": _TIER_NAMES[tier], "description": "Simulated"}
            for tier in model.tiers
        ],
        "base_instructions": "You are a simulated coding agent.",
        "model_messages": None,
        "supports_reasoning_summaries": True,
        "default_reasoning_summary": "auto",
        "support_verbosity": True,
        "default_verbosity": model.verbosity,
        "apply_patch_tool_type": "freeform",
        "web_search_tool_type": "text",
        "truncation_policy": {"mode": "tokens", "limit": 10_000},
        "supports_parallel_tool_calls": True,
        "supports_image_detail_original": False,
        "context_window": model.context,
        "max_context_window": model.largest,
        "auto_compact_token_limit": None,
        "effective_context_window_percent": 95,
        "experimental_supported_tools": [],
        "input_modalities": ["text", "image"],
        "supports_search_tool": False,
        "use_responses_lite": model.lite,
        "prefer_websockets": True,
        "minimal_client_version": model.client,
        "available_in_plans": list(model.plans) or None,
        "simulated_reported_only": model.reported,
    }


routes = [web.get("/backend-api/codex/models", models)]
