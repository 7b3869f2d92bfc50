"""Messages requests in the upstream's terms."""

from functools import partial
from typing import Any

import pytest

from codex2api.dialects.messages import MESSAGES
from codex2api.dialects.messages.renaming import Renaming
from codex2api.dialects.messages.request import bounds, to_upstream
from codex2api.dialects.messages.seal import sealed
from codex2api.errors import ApiError, Kind
from codex2api.protocol.bounds import Bounds
from tests.dialects.messages.bodies import (
    ADD,
    PIXEL,
    assistant,
    items_of,
    parsed,
    refused,
    result,
    upstream,
    use,
    user,
)

PDF = "JVBERi0xLjQK"


def said(text: str, role: str = "user") -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    part: dict[str, Any] = {"type": kind, "text": text}
    if role == "assistant":
        part["annotations"] = []
    return {"type": "message", "role": role, "content": [part]}


def shown(block: dict[str, Any]) -> list[Any]:
    """The parts that a block of a user's message becomes."""
    [item] = items_of(user([block]))
    return list(item["content"])


def test_a_plain_request() -> None:
    wish = upstream(system="Be brief.", messages=[user("hi")])

    assert (wish.model, wish.instructions, wish.input) == ("gpt-5.5", "Be brief.", [said("hi")])
    assert (wish.dropped, wish.adjusted, wish.tools, wish.tool_choice) == ((), (), [], None)
    assert (wish.reasoning.effort, wish.reasoning.summary) == (None, None)


def test_system_blocks_without_the_billing_of_claude_code() -> None:
    blocks = [
        {"type": "text", "text": "x-anthropic-billing-header: cc_version=2; cch=ab12;"},
        {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "Be kind."},
    ]

    assert upstream(system=blocks).instructions == "Be brief.\n\nBe kind."
    assert upstream(system=blocks[:1]).instructions is None
    assert upstream(system="").instructions is None


def test_the_systems_voice_amid_messages() -> None:
    words = {"role": "system", "content": [{"type": "text", "text": "Now in German."}]}

    assert items_of(user(), words) == [said("hi"), said("Now in German.", "developer")]


def test_what_users_show() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    image = {"type": "image", "source": source}
    assert shown(image) == [{"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}"}]
    by_url = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    assert shown(by_url) == [{"type": "input_image", "image_url": "https://example.com/a.png"}]


def document(source: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "document", "source": source} | more


def test_documents() -> None:
    pdf = {"type": "base64", "media_type": "application/pdf", "data": PDF}
    url = f"data:application/pdf;base64,{PDF}"
    file = {"type": "input_file", "filename": "document.pdf", "file_data": url}
    assert shown(document(pdf)) == [file]
    assert shown(document(pdf, title="a.pdf", context="Ours.")) == [
        {"type": "input_text", "text": 'The document "a.pdf" (Ours.)'},
        file | {"filename": "a.pdf"},
    ]
    assert shown(document({"type": "url", "url": "https://example.com/a.pdf"})) == [
        {"type": "input_file", "file_url": "https://example.com/a.pdf"}
    ]
    plain = {"type": "text", "media_type": "text/plain", "data": "one"}
    assert shown(document(plain, title="T")) == [
        {"type": "input_text", "text": 'The document "T":\n\none'}
    ]
    blocks = {"type": "content", "content": [{"type": "text", "text": "two"}]}
    whole = [
        {"type": "input_text", "text": 'The document "document":'},
        {"type": "input_text", "text": "two"},
    ]
    assert shown(document(blocks)) == whole
    assert shown(document({"type": "content", "content": "two"})) == whole


def test_search_results() -> None:
    found = {
        "type": "search_result",
        "source": "https://example.com",
        "title": "T",
        "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}],
    }

    assert shown(found) == [
        {"type": "input_text", "text": "T (https://example.com):\n\none\n\ntwo"}
    ]


@pytest.mark.parametrize(
    ("block", "param"),
    [
        ({"type": "image", "source": {"type": "file", "file_id": "f"}}, "source.file_id"),
        (document({"type": "file", "file_id": "f"}), "source.file_id"),
        (document({"type": "url", "url": "ftp://x"}), "source.url"),
        (
            {"type": "image", "source": {"type": "base64", "media_type": "a/b", "data": PIXEL}},
            "source.media_type",
        ),
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "!"}},
            "source.data",
        ),
        (use(), "type"),
        ({"type": "thinking", "thinking": "", "signature": ""}, "type"),
    ],
)
def test_what_users_cannot_show(block: dict[str, Any], param: str) -> None:
    where = f"messages[0].content[0].{param}"
    assert refused(user([block])) == (Kind.BAD_REQUEST, where)


def test_a_tool_loop_with_thinking() -> None:
    history = [
        user("1+2?"),
        assistant(
            {"type": "thinking", "thinking": "Add.", "signature": sealed("abc")},
            {"type": "redacted_thinking", "data": sealed("def")},
            {"type": "text", "text": "I add."},
            use(a=1),
            use("toolu_2"),
        ),
        user([result(name="toolu_2"), result(), {"type": "text", "text": "Go on."}]),
    ]

    assert items_of(*history) == [
        said("1+2?"),
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "Add."}],
            "encrypted_content": "abc",
        },
        {"type": "reasoning", "summary": [], "encrypted_content": "def"},
        said("I add.", "assistant"),
        {"type": "function_call", "call_id": "toolu_1", "name": "add", "arguments": '{"a":1}'},
        {"type": "function_call", "call_id": "toolu_2", "name": "add", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "toolu_2", "output": "3"},
        {"type": "function_call_output", "call_id": "toolu_1", "output": "3"},
        said("Go on."),
    ]


def output_of(content: Any, **more: Any) -> Any:
    return items_of(user(), assistant(use()), user([result(content, **more)]))[-1]["output"]


def test_results_of_every_form() -> None:
    picture = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    part = {"type": "input_image", "image_url": "https://example.com/a.png"}

    assert output_of("3") == "3"
    assert output_of(None) == output_of([]) == output_of("") == ""
    assert output_of([{"type": "text", "text": "3"}]) == "3"
    assert output_of([{"type": "text", "text": "3"}, picture]) == [
        {"type": "input_text", "text": "3"},
        part,
    ]
    assert output_of([{"type": "tool_reference", "tool_name": "add"}]) == "Tool: add"
    assert output_of("No.", is_error=True) == "Error: No."
    assert output_of("", is_error=True) == "Error: the tool failed."
    assert output_of([picture], is_error=True) == [
        {"type": "input_text", "text": "Error: the tool failed."},
        part,
    ]


@pytest.mark.parametrize(
    ("history", "param"),
    [
        ([user(), assistant(use())], "messages[1].content[0].id"),
        ([user(), assistant(use()), user("so?")], "messages[1].content[0].id"),
        ([user([result()])], "messages[0].content[0].tool_use_id"),
        (
            [user(), assistant(use()), user([result(), result()])],
            "messages[2].content[1].tool_use_id",
        ),
        (
            [user(), assistant(use()), user([result()]), assistant(use())],
            "messages[3].content[0].id",
        ),
        ([user(), assistant(result())], "messages[1].content[0].type"),
        ([user(), {"role": "system", "content": [use()]}], "messages[1].content[0].type"),
        ([{"role": "system", "content": ""}], "messages"),
    ],
)
def test_calls_and_results_belong_together(history: list[Any], param: str) -> None:
    assert refused(*history) == (Kind.BAD_REQUEST, param)


def test_what_only_anthropics_servers_can_read_is_left_out_and_named() -> None:
    fetched = {"type": "web_fetch_tool_result", "tool_use_id": "s", "content": {}}
    wish = upstream(
        messages=[
            user([{"type": "container_upload", "file_id": "f"}, {"type": "text", "text": "hi"}]),
            assistant(
                {"type": "thinking", "thinking": "Hm.", "signature": "EqQBCkYIBxgC"},
                {"type": "server_tool_use", "id": "s", "name": "web_fetch", "input": {}},
                fetched,
                fetched,
                {"type": "text", "text": "So."},
            ),
            user("And?"),
        ]
    )

    assert wish.input == [said("hi"), said("So.", "assistant"), said("And?")]
    assert wish.dropped == (
        "messages.container_upload",
        "messages.thinking",
        "messages.server_tool_use",
        "messages.web_fetch_tool_result",
    )


def test_a_search_of_an_earlier_answer_is_replayed() -> None:
    searched = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}}
    found = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}

    assert items_of(user(), assistant(searched, found), user("So?"))[1] == {
        "type": "web_search_call",
        "status": "completed",
        "action": {"type": "search", "query": "q"},
    }


def test_words_put_into_the_models_mouth_are_named() -> None:
    wish = upstream(messages=[user(), {"role": "assistant", "content": "{"}])

    assert (wish.input[-1], wish.dropped) == (said("{", "assistant"), ("prefill",))


@pytest.mark.parametrize(
    ("fields", "effort", "summary"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "low", "auto"),
        ({"thinking": {"type": "enabled", "budget_tokens": 8192}}, "medium", "auto"),
        ({"thinking": {"type": "enabled", "budget_tokens": 16000}}, "high", "auto"),
        ({"thinking": {"type": "enabled", "budget_tokens": 32000}}, "xhigh", "auto"),
        ({"thinking": {"type": "adaptive"}}, None, "auto"),
        ({"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}}, "max", "auto"),
        ({"thinking": {"type": "disabled"}, "output_config": {"effort": "max"}}, "none", None),
        ({"output_config": {"effort": "low"}}, "low", None),
    ],
)
def test_efforts(fields: Any, effort: str | None, summary: str | None) -> None:
    reasoning = upstream(**fields).reasoning

    assert (reasoning.effort, reasoning.summary) == (effort, summary)


@pytest.mark.parametrize(
    "place",
    [
        lambda form: {"output_config": {"format": form}},
        lambda form: {"output_format": form},
    ],
)
def test_structured_output(place: Any) -> None:
    form = {"type": "json_schema", "schema": ADD["input_schema"]}

    assert upstream(**place(form)).text.format == form | {"name": "answer", "strict": True}
    assert refused(**place({"type": "json_schema"}))[0] is Kind.BAD_REQUEST


def test_a_schema_that_the_backend_cannot_be_held_to() -> None:
    form = {"type": "json_schema", "schema": ADD["input_schema"] | {"required": []}}
    wish = upstream(output_config={"format": form})

    assert wish.text.format == form | {"name": "answer", "strict": False}
    assert wish.adjusted == ("output_config.format:strict->loose",)


def test_quotations_that_nobody_makes_are_named() -> None:
    def dropped(enabled: bool) -> tuple[str, ...]:
        cited = {"citations": {"enabled": enabled}}
        plain = document({"type": "text", "data": "one"}) | cited
        found = {"type": "search_result", "source": "s", "title": "t", "content": []} | cited
        return upstream(messages=[user([plain, found])]).dropped

    assert dropped(enabled=True) == ("messages.citations",)
    assert dropped(enabled=False) == ()


def test_who_asks_decides_on_account_and_cache() -> None:
    def key(user_id: str | None) -> str | None:
        return upstream(metadata={"user_id": user_id}).prompt_cache_key

    assert key("anne") == key("anne") != key("ben")
    assert len(key("anne" * 1000) or "") == 37
    assert key(None) is None


def test_fast_is_a_tier() -> None:
    assert upstream(speed="fast").service_tier == "priority"
    assert upstream(speed="standard", service_tier="auto").service_tier is None


def test_names_of_models() -> None:
    rows = (("claude-*opus*", ("big", "small")), ("claude-*", ("small",)))
    heard = Renaming(rows, lambda name: name in ("big", "small"))
    unheard = Renaming(rows)

    assert heard("claude-opus-4-8") == "big"
    assert unheard("claude-opus-4-8") == "small"
    assert heard("claude-sonnet-4-6") == "small"
    assert heard("gpt-5.5-high") == "gpt-5.5-high"
    [wish] = partial(to_upstream, rename=heard)(parsed(model="claude-opus-4-8"))
    assert (wish.model, wish.adjusted) == ("big", ("model:claude-opus-4-8->big",))


def test_bounds() -> None:
    request = parsed(max_tokens=5, stop_sequences=["a", ""])
    assert bounds(request) == Bounds(stop=("a",), max_tokens=5)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"max_tokens": None}, "max_tokens"),
        ({"messages": []}, "messages"),
        ({"messages": [user([{"type": "unheard_of"}])]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "tool", "content": ""}]}, "messages[0].role"),
        ({"temperature": 2}, "temperature"),
    ],
)
def test_malformed_requests(fields: Any, param: str) -> None:
    with pytest.raises(ApiError) as caught:
        parsed(**fields)
    assert (caught.value.kind, caught.value.param) == (Kind.BAD_REQUEST, param)


def test_max_tokens_has_to_be_there() -> None:
    with pytest.raises(ApiError, match="Missing required parameter: 'max_tokens'"):
        MESSAGES.parse(b'{"model": "gpt-5.5", "messages": [{"role": "user", "content": "hi"}]}')
