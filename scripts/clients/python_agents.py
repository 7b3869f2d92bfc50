"""The OpenAI Agents SDK, on both APIs."""

import checks
from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIConversationsSession,
    OpenAIResponsesModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from checks import MODEL, PIXEL, check, expect
from openai import AsyncOpenAI, NotFoundError
from openai.types.shared import Reasoning
from pydantic import BaseModel

set_tracing_disabled(True)


class Person(BaseModel):
    """A person."""

    name: str
    age: int


@function_tool
def get_weather(city: str) -> str:
    """Weather of a city."""
    return f"hail in {city}"


def on_chat(name=MODEL):
    """The model over chat completions; a new client for each event loop."""
    return OpenAIChatCompletionsModel(name, AsyncOpenAI(max_retries=0))


def on_responses(name=MODEL):
    """The model over responses."""
    return OpenAIResponsesModel(name, AsyncOpenAI(max_retries=0))


def agent(model, **how):
    """An agent."""
    return Agent(name="Tester", instructions="Be brief.", model=model, **how)


async def says_something(model):
    """A whole and a streamed answer."""
    result = await Runner.run(agent(model), "hello")
    expect("simulated" in result.final_output, result.final_output)


async def streams(model):
    """A streamed answer."""
    result = Runner.run_streamed(agent(model), "hello")
    kinds = [event.type async for event in result.stream_events()]
    expect("simulated" in result.final_output and "raw_response_event" in kinds, kinds)


async def uses_tools(model, scenario, **how):
    """A loop of tools until there is an answer."""
    result = await Runner.run(agent(model, tools=[get_weather], **how), f"SCENARIO:{scenario} go")
    expect("hail in" in result.final_output, result.final_output)
    return [item for item in result.new_items if item.type == "tool_call_item"]


@check
async def chat_whole():
    """Chat, whole."""
    await says_something(on_chat())


@check
async def chat_streamed():
    """Chat, streamed."""
    await streams(on_chat())


@check
async def chat_tool():
    """Chat, tool round trip."""
    await uses_tools(on_chat(), "tool_call")


@check
async def chat_parallel_tools():
    """Chat, parallel tools."""
    calls = await uses_tools(on_chat(), "parallel_tools")
    expect(len(calls) == 2, calls)


@check
async def chat_structured():
    """Chat, structured output."""
    result = await Runner.run(agent(on_chat(), output_type=Person), "who")
    expect(isinstance(result.final_output, Person), result.final_output)


@check
async def responses_whole():
    """Responses, whole."""
    await says_something(on_responses())


@check
async def responses_streamed():
    """Responses, streamed."""
    await streams(on_responses())


@check
async def responses_tool():
    """Responses, tool round trip with reasoning."""
    settings = ModelSettings(reasoning=Reasoning(effort="high", summary="auto"))
    await uses_tools(on_responses(), "reasoning_tool", model_settings=settings)


@check
async def responses_parallel_tools():
    """Responses, parallel tools."""
    calls = await uses_tools(on_responses(), "interleaved_tools")
    expect(len(calls) == 2, calls)


@check
async def responses_structured():
    """Responses, structured output."""
    result = await Runner.run(agent(on_responses(), output_type=Person), "who")
    expect(isinstance(result.final_output, Person), result.final_output)


@check
async def responses_vision():
    """Responses, vision."""
    parts = [{"type": "input_text", "text": "what"}, {"type": "input_image", "image_url": PIXEL}]
    result = await Runner.run(agent(on_responses()), [{"role": "user", "content": parts}])
    expect("simulated" in result.final_output, result.final_output)


@check
async def session():
    """Responses, a session kept as a conversation."""
    kept = OpenAIConversationsSession(openai_client=AsyncOpenAI(max_retries=0))
    for text in ("hello", "and now"):
        result = await Runner.run(agent(on_responses()), text, session=kept)
    expect("and now" in result.final_output, result.final_output)
    expect(len(await kept.get_items()) == 4, await kept.get_items())


@check
async def chain():
    """Responses, turns that go on from stored ones."""
    first = await Runner.run(agent(on_responses()), "hello")
    second = await Runner.run(
        agent(on_responses()), "and now", previous_response_id=first.last_response_id
    )
    expect("and now" in second.final_output, second.final_output)


@check
async def error():
    """An unknown model is NotFoundError."""
    try:
        await Runner.run(agent(on_responses("gpt-no")), "hello")
    except NotFoundError:
        return
    raise AssertionError("no error")


checks.run("openai-agents")
