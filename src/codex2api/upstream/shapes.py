"""The two forms a request can take: classic, and "Responses Lite" (protocol sheet, section 2.6).

The catalogue says which one a model wants. Where the backend disagrees, the other form is tried
once, and what worked is remembered per model and kind of request until the catalogue changes.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from codex2api.catalog.models import ModelSpec
from codex2api.errors import ApiError, Kind
from codex2api.protocol.items import Item, Part, Tool, input_text, message
from codex2api.protocol.request import ResponsesRequest
from codex2api.upstream.notes import Notes
from codex2api.upstream.tools import is_hosted


class Shape(StrEnum):
    """The form of a request."""

    CLASSIC = "classic"
    LITE = "lite"

    @property
    def other(self) -> "Shape":
        """The form to try when this one is refused."""
        return Shape.LITE if self is Shape.CLASSIC else Shape.CLASSIC


class ShapeMemory:
    """Which form worked against the catalogue's word, for as long as that catalogue stands."""

    def __init__(self) -> None:
        self._learned: dict[tuple[str | None, str, str], Shape] = {}

    def choose(self, spec: ModelSpec, request: ResponsesRequest, etag: str | None) -> Shape:
        """The form to try first; ``etag`` marks the catalogue that ``spec`` is from."""
        kind = request_kind(request)
        learned = self._learned.get((etag, spec.slug, kind))
        if learned is not None:
            return learned
        return Shape.LITE if spec.lite and kind != "hosted" else Shape.CLASSIC

    def learn(
        self, spec: ModelSpec, request: ResponsesRequest, etag: str | None, shape: Shape
    ) -> None:
        """Remember a form that worked after the other one was refused."""
        self._learned[etag, spec.slug, request_kind(request)] = shape


def request_kind(request: ResponsesRequest) -> str:
    """What a request needs of its form: ``hosted`` tools, a ``forced`` tool, or nothing special."""
    if request.tools and any(is_hosted(tool) for tool in request.tools):
        return "hosted"
    return "forced" if isinstance(request.tool_choice, dict) else "plain"


def is_refusal(error: ApiError, shape: Shape, spec: ModelSpec) -> bool:
    """Whether the backend refused the form rather than the wish."""
    if shape is Shape.CLASSIC:
        return error.kind is Kind.MODEL_NOT_FOUND and spec.known
    if error.kind is not Kind.BAD_REQUEST:
        return False
    about_form = "responses-lite" in error.message.lower() or error.param == "reasoning.context"
    return about_form or (error.param or "").startswith("tool_choice")


def classic(instructions: str, items: list[Item], tools: list[Tool]) -> dict[str, Any]:
    """What only the classic form has; ``instructions`` is present even when empty."""
    body: dict[str, Any] = {"instructions": instructions, "input": items}
    if tools:
        body["tools"] = tools
    return body


def offered(tools: list[Tool], shape: Shape, notes: Notes) -> list[Tool]:
    """The tools that a form can carry: hidden in the Lite form, hosted ones would be ignored."""
    if shape is Shape.CLASSIC:
        return tools
    for tool in tools:
        if is_hosted(tool):
            notes.drop(f"tools:{tool.get('type')}")
    return [tool for tool in tools if not is_hosted(tool)]


def lite(
    instructions: str, items: Iterable[Item], tools: list[Tool], namespace: str | None, notes: Notes
) -> dict[str, Any]:
    """What only the Lite form has: tools and instructions lead the input."""
    head: list[Item] = []
    if tools:
        offer = wrapped(tools, namespace)
        head.append({"type": "additional_tools", "role": "developer", "tools": offer})
    if instructions:
        head.append(message("developer", [input_text(instructions)]))
    return {"input": [*head, *(_without_details(item, notes) for item in items)]}


def namespace_for(tools: Iterable[Tool]) -> str | None:
    """The namespace to wrap plain functions in; ``None`` when there are none."""
    taken = {tool.get("name") for tool in tools if tool.get("type") == "namespace"}
    if not any(tool.get("type") == "function" for tool in tools):
        return None
    name = "functions"
    while name in taken:
        name += "_"
    return name


def wrapped(tools: list[Tool], namespace: str | None) -> list[Tool]:
    """The tools, with plain functions inside the namespace that ``namespace_for`` gave."""
    functions = [tool for tool in tools if tool.get("type") == "function"]
    others = [tool for tool in tools if tool.get("type") != "function"]
    if not functions:
        return others
    wrapper = {
        "type": "namespace",
        "name": namespace,
        "description": "Functions of the client.",
        "tools": functions,
    }
    return [wrapper, *others]


def _without_details(item: Item, notes: Notes) -> Item:
    for name in ("content", "output"):
        parts = item.get(name)
        if isinstance(parts, list) and any(_has_detail(part) for part in parts):
            item = item | {name: [_without_detail(part, notes) for part in parts]}
    return item


def _has_detail(part: Part) -> bool:
    return part.get("type") == "input_image" and "detail" in part


def _without_detail(part: Part, notes: Notes) -> Part:
    if not _has_detail(part):
        return part
    if part["detail"] not in (None, "auto"):
        notes.drop("detail")
    return {name: value for name, value in part.items() if name != "detail"}
