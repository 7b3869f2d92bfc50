"""The routes that answer out of a model, and what to ask them: a new one is a line in ROUTES."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance.judges import ANTHROPIC, OPENAI, Judge

Body = dict[str, Any]

PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
FUNCTION = {"name": "get_weather", "description": "Weather of a city", "parameters": PARAMETERS}
CUSTOM = {"name": "run", "description": "Runs code"}
FORM = {"name": "place", "schema": PARAMETERS, "strict": True}


@dataclass(frozen=True)
class Route:
    """One route.

    Attributes:
        path: As in its API's description; served under ``/v1``.
        ask: A request for an answer to a text.
        variants: What else may be in it.
        bounds: What ends an answer early, also one that would have broken later.
        done: Whether a payload of a stream is its good end; ``[DONE]`` arrives as that very text.
        broken: Whether it is its bad end.
        judge: What its answers are held against.
    """

    path: str
    ask: Callable[[str], Body]
    variants: tuple[Body, ...]
    bounds: tuple[Body, ...]
    done: Callable[[Any], bool]
    broken: Callable[[Any], bool]
    judge: Judge = OPENAI

    def bodies(self, text: str, *, bounded: bool = False) -> list[Body]:
        """Every variant of the request."""
        more = self.bounds if bounded else ()
        return [self.ask(text) | fields for fields in ({}, *self.variants, *more)]


def is_error(payload: Any) -> bool:
    """Whether a payload is OpenAI's error object."""
    return isinstance(payload, dict) and "error" in payload and "id" not in payload


def _chat(text: str) -> Body:
    return {"model": "gpt-5.5", "messages": [{"role": "user", "content": text}]}


def _completion(text: str) -> Body:
    return {"model": "gpt-5.5", "prompt": text, "max_tokens": 100_000}


def _response(text: str) -> Body:
    return {"model": "gpt-5.5", "input": text}


def _message(text: str) -> Body:
    return {
        "model": "gpt-5.5",
        "messages": [{"role": "user", "content": text}],
        "max_tokens": 10**6,
    }


def _is_done(payload: Any) -> bool:
    return bool(payload == "[DONE]")


def _kind(payload: Any) -> str:
    return str(payload["type"]) if isinstance(payload, dict) else ""


CHAT_VARIANTS: tuple[Body, ...] = (
    {
        "tools": [{"type": "function", "function": FUNCTION}, {"type": "custom", "custom": CUSTOM}],
        "reasoning_effort": "high",
        "stream_options": {"include_usage": True},
    },
    {"functions": [FUNCTION]},
    {"response_format": {"type": "json_schema", "json_schema": FORM}},
    {"n": 2, "stream_options": {"include_usage": True}},
)
COMPLETION_VARIANTS: tuple[Body, ...] = (
    {"n": 2, "echo": True, "stream_options": {"include_usage": True}},
    {"suffix": "!", "stop": ["never"], "logprobs": 1},
)
STOP: Body = {"stop": ["simul", "thought"]}
LIMIT: Body = {"max_tokens": 2, "stream_options": {"include_usage": True}}
RESPONSE_VARIANTS: tuple[Body, ...] = (
    {
        "tools": [
            {"type": "function", "strict": True} | FUNCTION,
            {"type": "custom"} | CUSTOM,
            {"type": "web_search"},
            {"type": "image_generation"},
        ],
        "reasoning": {"effort": "high", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
        "instructions": "Be brief.",
        "metadata": {"a": "b"},
        "user": "u",
    },
    {"text": {"format": {"type": "json_schema"} | FORM, "verbosity": "low"}},
)

MESSAGES_VARIANTS: tuple[Body, ...] = (
    {
        "tools": [
            {"name": "get_weather", "input_schema": PARAMETERS, "strict": True},
            {"type": "web_search_20250305", "name": "web_search"},
        ],
        "thinking": {"type": "enabled", "budget_tokens": 2000},
        "system": "Be brief.",
        "metadata": {"user_id": "u"},
    },
    {"thinking": {"type": "adaptive", "display": "omitted"}, "output_config": {"effort": "max"}},
    {"output_config": {"format": {"type": "json_schema", "schema": PARAMETERS}}},
)

ROUTES: tuple[Route, ...] = (
    Route("/chat/completions", _chat, CHAT_VARIANTS, (STOP, LIMIT), _is_done, is_error),
    Route("/completions", _completion, COMPLETION_VARIANTS, (STOP, LIMIT), _is_done, is_error),
    Route(
        "/responses",
        _response,
        RESPONSE_VARIANTS,
        ({"max_output_tokens": 16},),
        lambda p: _kind(p) in ("response.completed", "response.incomplete"),
        lambda p: _kind(p) == "error",
    ),
    Route(
        "/messages",
        _message,
        MESSAGES_VARIANTS,
        ({"stop_sequences": ["simul", "thought"]}, {"max_tokens": 2}),
        lambda p: _kind(p) == "message_stop",
        lambda p: _kind(p) == "error",
        ANTHROPIC,
    ),
)
