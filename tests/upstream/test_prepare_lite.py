"""Requests for Lite models: instructions and tools travel inside the input."""

from codex2api.protocol.items import input_text, message
from codex2api.protocol.request import Reasoning
from codex2api.upstream.shapes import Shape
from tests.upstream.test_prepare import FUNCTION, LITE, SEARCH, USER, body, ready


class TestLite:
    def test_the_whole_rewrite(self) -> None:
        prepared = ready(
            spec=LITE,
            shape=Shape.LITE,
            instructions="Answer briefly.",
            tools=[FUNCTION],
            reasoning=Reasoning(effort="low"),
            prompt_cache_key="k",
        )

        assert prepared.body == {
            "model": "m",
            "store": False,
            "stream": True,
            "input": [
                {
                    "type": "additional_tools",
                    "role": "developer",
                    "tools": [
                        {
                            "type": "namespace",
                            "name": "functions",
                            "description": "Functions of the client.",
                            "tools": [FUNCTION],
                        }
                    ],
                },
                message("developer", [input_text("Answer briefly.")]),
                USER,
            ],
            "tool_choice": "auto",
            "parallel_tool_calls": False,
            "reasoning": {"effort": "low", "summary": "auto", "context": "all_turns"},
            "include": ["reasoning.encrypted_content"],
            "prompt_cache_key": "k",
        }
        assert prepared.adjusted == ()

    def test_parallel_calls_are_taken_back_and_reported(self) -> None:
        prepared = ready(shape=Shape.LITE, tools=[FUNCTION], parallel_tool_calls=True)

        assert prepared.body["parallel_tool_calls"] is False
        assert prepared.adjusted == ("parallel_tool_calls:true->false",)

    def test_replayed_calls_are_put_back_into_the_namespace(self) -> None:
        call = {"type": "function_call", "call_id": "c", "name": "add", "arguments": "{}"}
        custom = {"type": "custom_tool_call", "call_id": "d", "name": "x", "input": ""}
        theirs = call | {"namespace": "mcp"}

        sent = body(shape=Shape.LITE, tools=[FUNCTION], input=[call, custom, theirs])["input"]

        assert sent[1:] == [call | {"namespace": "functions"}, custom, theirs]

    def test_a_callers_own_namespace_of_the_same_name(self) -> None:
        own = {"type": "namespace", "name": "functions", "tools": [FUNCTION]}
        prepared = ready(shape=Shape.LITE, tools=[own, FUNCTION])

        names = [tool["name"] for tool in prepared.body["input"][0]["tools"]]
        assert names == ["functions_", "functions"]
        assert prepared.restorer.namespace == "functions_"

    def test_other_tools_stand_beside_the_functions(self) -> None:
        custom = {"type": "custom", "name": "patch"}

        assert body(shape=Shape.LITE, tools=[custom])["input"][0]["tools"] == [custom]

    def test_hosted_tools_are_not_offered_there(self) -> None:
        prepared = ready(shape=Shape.LITE, tools=[SEARCH])

        assert prepared.body["input"] == [USER]
        assert prepared.dropped == ("tools:web_search",)

    def test_forcing_a_hosted_tool_is_taken_back(self) -> None:
        choice = {"type": "web_search"}
        prepared = ready(shape=Shape.LITE, tools=[SEARCH, FUNCTION], tool_choice=choice)

        assert "tool_choice" not in prepared.body
        assert prepared.dropped == ("tools:web_search", "tool_choice")
        assert body(tools=[SEARCH], tool_choice=choice)["tool_choice"] == choice

    def test_images_carry_no_detail(self) -> None:
        image = {"type": "input_image", "image_url": "https://x/y.png"}
        shown = message("user", [image | {"detail": "high"}, input_text("?")])
        output = {
            "type": "function_call_output",
            "call_id": "c",
            "output": [image | {"detail": "auto"}],
        }
        prepared = ready(shape=Shape.LITE, input=[shown, output])

        assert prepared.body["input"][0]["content"] == [image, input_text("?")]
        assert prepared.body["input"][1]["output"] == [image]
        assert prepared.dropped == ("detail",)
        assert ready(shape=Shape.LITE, input=[output]).dropped == ()
        assert shown["content"][0]["detail"] == "high"
