"""Which form goes out first, what counts as a refusal of it, and what is remembered."""

import msgspec
import pytest

from codex2api.catalog.models import ModelSpec
from codex2api.errors import ApiError, Kind
from codex2api.upstream.client import CodexUpstream
from codex2api.upstream.shapes import Shape, ShapeMemory, is_refusal
from tests import events
from tests.upstream.calls import ask, asking, upstream
from tests.upstream.server import Heard, Scripted, answer, scripted, stream

FUNCTION = {"type": "function", "name": "add", "parameters": {}}
SEARCH = {"type": "web_search"}
GOOD = stream(events.sse([events.created(), events.text("hi"), events.completed()]))
NOT_FOUND = answer(404, b'{"detail":"Model not found lite"}')
NOT_LITE = answer(
    400,
    b'{"error":{"message":"This model is not supported when using '
    b'X-OpenAI-Internal-Codex-Responses-Lite.","param":"model","code":"unsupported_value"}}',
)
BAD = answer(400, b'{"error":{"message":"bad image","param":"input","code":"invalid_value"}}')

LIST = {
    "models": [
        {
            "slug": slug,
            "use_responses_lite": slug == "lite",
            "supported_reasoning_levels": [{"effort": "low"}],
        }
        for slug in ("lite", "classic")
    ]
}


def listing(etag: str) -> bytes:
    return answer(200, msgspec.json.encode(LIST), headers={"ETag": etag})


def form(heard: Heard) -> str:
    lite = "x-openai-internal-codex-responses-lite" in heard.headers
    assert lite == ("instructions" not in heard.json())
    return "lite" if lite else "classic"


def forms(server: Scripted) -> list[str]:
    return [form(heard) for heard in server.calls]


async def refused(client: CodexUpstream, **fields: object) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await ask(client, **fields)
    return caught.value


async def test_the_catalogue_decides() -> None:
    async with scripted(GOOD, models=listing('"1"')) as server, upstream(server.url) as client:
        await ask(client, model="lite")
        await ask(client, model="classic-low")
        await ask(client, model="lite", tools=[FUNCTION])
        await ask(client, model="lite", tools=[FUNCTION, SEARCH])

    assert forms(server) == ["lite", "classic", "lite", "classic"]


@pytest.mark.parametrize(
    ("model", "refusal", "tried"),
    [("lite", NOT_LITE, ["lite", "classic"]), ("classic", NOT_FOUND, ["classic", "lite"])],
)
async def test_the_other_form_is_tried_once_and_remembered(
    model: str, refusal: bytes, tried: list[str]
) -> None:
    async with (
        scripted(refusal, GOOD, models=listing('"1"')) as server,
        upstream(server.url) as client,
    ):
        await ask(client, model=model)
        await ask(client, model=model)

    assert forms(server) == [*tried, tried[-1]]


async def test_hosted_tools_give_way_when_only_lite_serves_the_model() -> None:
    async with (
        scripted(NOT_FOUND, GOOD, models=listing('"1"')) as server,
        upstream(server.url) as client,
    ):
        await ask(client, model="lite", tools=[SEARCH])
        await ask(client, model="lite")

    assert forms(server) == ["classic", "lite", "lite"]


async def test_refused_in_both_forms_the_first_answer_counts() -> None:
    async with (
        scripted(NOT_FOUND, NOT_LITE, models=listing('"1"')) as server,
        upstream(server.url) as client,
    ):
        error = await refused(client, model="classic")

    assert error.kind is Kind.MODEL_NOT_FOUND
    assert forms(server) == ["classic", "lite"]


async def test_a_limit_in_the_other_form_is_news() -> None:
    full = answer(429, b'{"error":{"type":"usage_limit_reached"}}')
    async with (
        scripted(NOT_FOUND, full, models=listing('"1"')) as server,
        upstream(server.url) as client,
    ):
        assert (await refused(client, model="classic")).kind is Kind.LIMIT_REACHED


async def test_a_bad_wish_is_not_tried_in_another_form() -> None:
    async with scripted(BAD, models=listing('"1"')) as server, upstream(server.url) as client:
        assert (await refused(client, model="lite")).param == "input"

    assert forms(server) == ["lite"]


@pytest.mark.parametrize("shape", Shape)
async def test_a_setting_forces_a_form(shape: Shape) -> None:
    async with (
        scripted(GOOD, NOT_FOUND, models=listing('"1"')) as server,
        upstream(server.url, shape=shape) as client,
    ):
        await ask(client, model="lite")
        await refused(client, model="classic")

    assert forms(server) == [shape.value, shape.value]


async def test_namespaces_are_taken_off_and_put_back() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "add", "arguments": "{}"}
    said = [events.done(call | {"namespace": "functions"}), events.completed()]
    async with (
        scripted(stream(events.sse(said)), models=listing('"1"')) as server,
        upstream(server.url) as client,
    ):
        batches = await ask(client, model="lite", tools=[FUNCTION])
        await ask(client, model="lite", tools=[FUNCTION], input=[call])

    assert batches[0][0] == events.done(call)
    assert server.calls[1].json()["input"][1] == call | {"namespace": "functions"}


class TestMemory:
    SPEC = ModelSpec("m", ("low",), lite=True)

    def test_what_was_learned_ends_with_the_catalogue(self) -> None:
        memory = ShapeMemory()
        memory.learn(self.SPEC, asking(), "1", Shape.CLASSIC)

        assert memory.choose(self.SPEC, asking(), "1") is Shape.CLASSIC
        assert memory.choose(self.SPEC, asking(), "2") is Shape.LITE

    def test_kinds_of_request_are_kept_apart(self) -> None:
        memory = ShapeMemory()
        forced = asking(tool_choice={"type": "function", "name": "add"}, tools=[FUNCTION])
        memory.learn(self.SPEC, forced, "1", Shape.CLASSIC)

        assert memory.choose(self.SPEC, forced, "1") is Shape.CLASSIC
        assert memory.choose(self.SPEC, asking(), "1") is Shape.LITE


@pytest.mark.parametrize(
    ("kind", "message", "param", "shape", "expected"),
    [
        (Kind.MODEL_NOT_FOUND, "", "model", Shape.CLASSIC, True),
        (Kind.MODEL_NOT_FOUND, "", "model", Shape.LITE, False),
        (Kind.BAD_REQUEST, "x Responses-Lite only supports", "tools", Shape.LITE, True),
        (Kind.BAD_REQUEST, "Unsupported value", "reasoning.context", Shape.LITE, True),
        (Kind.BAD_REQUEST, "no such function", "tool_choice", Shape.LITE, True),
        (Kind.BAD_REQUEST, "bad", "input", Shape.LITE, False),
        (Kind.BAD_REQUEST, "bad", "tool_choice", Shape.CLASSIC, False),
        (Kind.LIMIT_REACHED, "", None, Shape.CLASSIC, False),
    ],
)
def test_refusals_of_a_form(
    kind: Kind, message: str, param: str | None, shape: Shape, expected: bool
) -> None:
    assert is_refusal(ApiError(kind, message, param=param), shape, TestMemory.SPEC) is expected


def test_a_model_that_no_catalogue_knows_is_simply_unknown() -> None:
    error = ApiError(Kind.MODEL_NOT_FOUND, "")

    assert not is_refusal(error, Shape.CLASSIC, ModelSpec("x", known=False))
