"""Pydantic AI, on both APIs."""

import base64

import checks
from checks import MODEL, PIXEL, check, expect
from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, NativeOutput
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def get_weather(city: str) -> str:
    """Weather of a city."""
    return f"hail in {city}"


async def says(model):
    """A whole answer."""
    result = await Agent(model).run("hello")
    expect("simulated" in result.output and result.usage.output_tokens > 0, result)


async def streams(model):
    """A streamed answer."""
    async with Agent(model).run_stream("hello") as result:
        pieces = [piece async for piece in result.stream_text(delta=True)]
    expect("simulated" in "".join(pieces), pieces)


async def uses_tools(model, scenario):
    """A loop of tools until there is an answer."""
    result = await Agent(model, tools=[get_weather]).run(f"SCENARIO:{scenario} go")
    expect("hail in" in result.output, result.output)
    return sum(
        part.part_kind == "tool-call" for message in result.all_messages() for part in message.parts
    )


async def structured(model, form):
    """An answer of a type."""
    result = await Agent(model, output_type=form).run("who")
    expect(isinstance(result.output, Person), result.output)


async def sees(model):
    """An answer about an image."""
    image = BinaryContent(base64.b64decode(PIXEL.partition(",")[2]), media_type="image/png")
    expect((await Agent(model).run(["what", image])).output, "nothing")


@check
async def chat_whole():
    """Chat, whole."""
    await says(OpenAIChatModel(MODEL))


@check
async def chat_streamed():
    """Chat, streamed."""
    await streams(OpenAIChatModel(MODEL))


@check
async def chat_tool():
    """Chat, tool round trip."""
    await uses_tools(OpenAIChatModel(MODEL), "tool_call")


@check
async def chat_parallel_tools():
    """Chat, parallel tools."""
    expect(await uses_tools(OpenAIChatModel(MODEL), "parallel_tools") == 2, "not two")


@check
async def chat_structured():
    """Chat, structured output by a tool."""
    await structured(OpenAIChatModel(MODEL), Person)


@check
async def chat_native():
    """Chat, structured output by a schema."""
    await structured(OpenAIChatModel(MODEL), NativeOutput(Person))


@check
async def chat_vision():
    """Chat, vision."""
    await sees(OpenAIChatModel(MODEL))


@check
async def responses_whole():
    """Responses, whole."""
    await says(OpenAIResponsesModel(MODEL))


@check
async def responses_streamed():
    """Responses, streamed."""
    await streams(OpenAIResponsesModel(MODEL))


@check
async def responses_tool():
    """Responses, tool round trip with reasoning."""
    await uses_tools(OpenAIResponsesModel(MODEL), "reasoning_tool")


@check
async def responses_parallel_tools():
    """Responses, parallel tools."""
    expect(await uses_tools(OpenAIResponsesModel(MODEL), "interleaved_tools") == 2, "not two")


@check
async def responses_structured():
    """Responses, structured output."""
    await structured(OpenAIResponsesModel(MODEL), NativeOutput(Person))


@check
async def responses_vision():
    """Responses, vision."""
    await sees(OpenAIResponsesModel(MODEL))


@check
async def error():
    """An unknown model is ModelHTTPError 404."""
    try:
        await Agent(OpenAIChatModel("gpt-no")).run("hello")
    except ModelHTTPError as error:
        expect(error.status_code == 404, error)
        return
    raise AssertionError("no error")


checks.run("pydantic-ai-slim")
