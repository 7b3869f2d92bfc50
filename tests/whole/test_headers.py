"""Headers of ours that a request may have, on the real routes."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from codex2api.api.hot_routes import DIALECTS
from tests.served import served
from tests.whole.test_parameters import BODIES, refusal_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHAT = "/v1/chat/completions"
ASKING = {
    "model": "gpt-5.5",
    "messages": [{"role": "user", "content": "SCENARIO:reasoning:parts=2 go"}],
}


def message_of(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    message: dict[str, Any] = answer.json()["choices"][0]["message"]
    return message


async def test_the_header_chooses_where_the_reasoning_is_shown(client: httpx2.AsyncClient) -> None:
    said = {
        style: message_of(
            await client.post(CHAT, json=ASKING, headers={"x-codex2api-reasoning": style})
        )
        for style in ("reasoning_content", "think-tags", "o3", "none")
    }

    plain = said["none"]
    thoughts = said["reasoning_content"]["reasoning_content"]
    assert thoughts
    assert said == {
        "none": plain,
        "reasoning_content": plain | {"reasoning_content": thoughts},
        "o3": plain | {"reasoning": {"content": [{"type": "text", "text": thoughts}]}},
        "think-tags": plain | {"content": f"<think>{thoughts}</think>\n\n{plain['content']}"},
    }


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_json_answer_has_no_tags_and_says_so(
    client: httpx2.AsyncClient, stream: bool
) -> None:
    body = ASKING | {"response_format": {"type": "json_object"}, "stream": stream}
    answer = await client.post(CHAT, json=body, headers={"x-codex2api-reasoning": "think-tags"})

    assert "<think>" not in answer.text
    told = answer.headers["x-codex2api-adjusted"]
    assert told == "reasoning:think-tags->reasoning_content"


async def test_a_completion_shows_no_reasoning_and_says_so(client: httpx2.AsyncClient) -> None:
    path, headers = "/v1/completions", {"x-codex2api-reasoning": "o3"}
    answer = await client.post(path, json=BODIES[path], headers=headers)

    assert answer.headers["x-codex2api-adjusted"] == "reasoning:o3->none"


async def test_the_setting_chooses_for_those_who_do_not_say(tmp_path: Path) -> None:
    async with (
        served(tmp_path, **{"codex.reasoningStyle": "think-tags"}) as product,
        httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as client,
    ):
        tagged = message_of(await client.post(CHAT, json=ASKING))
        hidden = message_of(
            await client.post(CHAT, json=ASKING, headers={"x-codex2api-reasoning": "none"})
        )
    assert tagged["content"].startswith("<think>")
    assert tagged["content"].endswith(f"</think>\n\n{hidden['content']}")


@pytest.mark.parametrize("path", [dialect.path for dialect in DIALECTS])
@pytest.mark.parametrize("name", ["x-codex2api-reasoning", "x-codex2api-strict"])
async def test_a_bad_header_is_refused_by_its_name(
    client: httpx2.AsyncClient, path: str, name: str
) -> None:
    answer = await client.post(path, json=BODIES[path], headers={name: "perhaps"})

    assert refusal_of(answer) == (400, "invalid_value", name)


@pytest.mark.parametrize(("value", "status"), [("1", 400), ("true", 400), ("0", 200), ("", 200)])
async def test_strict_mode_is_asked_for_by_yes_or_no(
    client: httpx2.AsyncClient, value: str, status: int
) -> None:
    headers = {"x-codex2api-strict": value} if value else {}
    answer = await client.post(CHAT, json=ASKING | {"seed": 1}, headers=headers)

    assert answer.status_code == status


async def test_the_setting_cannot_be_weakened(tmp_path: Path) -> None:
    async with (
        served(tmp_path, **{"codex.strict": True}) as product,
        httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as client,
    ):
        answer = await client.post(
            CHAT, json=ASKING | {"seed": 1}, headers={"x-codex2api-strict": "0"}
        )
    assert answer.json()["error"]["param"] == "seed"


SLOW = "SCENARIO:text:first=400 go"
"""The backend takes its time before it says anything, its headers included."""


def slowly(**more: Any) -> dict[str, Any]:
    said = {"messages": [{"role": "user", "content": SLOW}], "stream": True}
    return ASKING | said | more


async def test_headers_that_leave_early_tell_all_the_same(tmp_path: Path) -> None:
    async with (
        served(tmp_path, **{"codex.keepaliveSeconds": 0.05}) as product,
        httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as client,
    ):
        body = slowly(reasoning_effort="minimal", service_tier="flex", seed=1, n=2)
        answer = await client.post(CHAT, json=body)
        refused = await client.post(
            CHAT, json=slowly(service_tier="flex"), headers={"x-codex2api-strict": "1"}
        )

    assert answer.text.startswith(": keepalive")
    assert answer.text.endswith("data: [DONE]\n\n")
    fates = ("adjusted", "dropped", "emulated")
    told = {name: answer.headers[f"x-codex2api-{name}"] for name in fates}
    assert told == {
        "adjusted": "effort:minimal->low",
        "dropped": "seed, service_tier",
        "emulated": "n",
    }
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "service_tier")


async def test_strict_mode_spends_nothing_on_what_it_refuses(tmp_path: Path) -> None:
    async with (
        served(tmp_path, **{"codex.strict": True}) as product,
        httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as client,
    ):
        answer = await client.post(CHAT, json=ASKING | {"service_tier": "flex"})
        asked = product.simulator.requests(path="/responses", method="POST")

    assert answer.json()["error"]["param"] == "service_tier"
    assert asked == []
