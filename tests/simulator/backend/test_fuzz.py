"""Whatever comes in, the answer is a model or a refusal."""

from typing import Any

from hypothesis import given, settings, strategies as st

from codex2api.simulator.backend.fields import ALLOWED
from codex2api.simulator.backend.items import TYPES
from codex2api.simulator.backend.refusal import RefusalError
from codex2api.simulator.backend.tools import TYPES as TOOL_TYPES
from codex2api.simulator.backend.validate import Sender, validate
from codex2api.simulator.options import SimulatorOptions
from tests.simulator.asking import classic, lite

WORDS = st.sampled_from(
    [*TYPES, *TOOL_TYPES, "type", "role", "user", "assistant", "content", "input_image", "name",
     "input_text", "json_schema", "object", "strict", "schema", "parameters", "properties",
     "required", "items", "anyOf", "$ref", "#", "call_id", "tools", "image_url", "detail"]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | WORDS | st.text(max_size=3)


def deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5)


ANYTHING = st.recursive(LEAVES, deeper, max_leaves=12)
ITEM = st.dictionaries(WORDS, ANYTHING, max_size=5)
TYPED = st.builds(lambda kind, item: item | {"type": kind}, st.sampled_from(TYPES), ITEM)
TOOL = st.builds(
    lambda kind, tool: {"name": "f"} | tool | {"type": kind}, st.sampled_from(TOOL_TYPES), ITEM
)
OPTIONS = SimulatorOptions()


def checked(body: dict[str, Any], *, as_lite: bool = False) -> None:
    try:
        slug = validate(body, Sender("a", lite=as_lite), OPTIONS).slug
    except RefusalError as refusal:
        slug = None
        status = refusal.status
    assert slug == body["model"] if slug else 400 <= status < 500


@settings(max_examples=60)
@given(st.sampled_from(sorted(ALLOWED - {"store", "stream"})), ANYTHING)
def test_any_value_of_any_field(name: str, value: Any) -> None:
    checked(classic() | {name: value})
    checked(lite() | {name: value}, as_lite=True)


@settings(max_examples=60)
@given(st.lists(TYPED, max_size=3), st.lists(TOOL, max_size=2))
def test_any_items_and_tools(items: list[Any], tools: list[Any]) -> None:
    checked(classic(*items, tools=tools))
    checked(lite(*items, tools=tools), as_lite=True)
