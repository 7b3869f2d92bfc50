"""Anthropic's official Python SDK; ``tests/sdk`` asks more of it, in the version that is pinned."""

import os

import anthropic
import checks
from anthropic import AsyncAnthropic
from checks import CITY, PIXEL, check, expect

BASE = os.environ["OPENAI_BASE_URL"].removesuffix("/v1")
CLIENT = AsyncAnthropic(base_url=BASE, api_key=os.environ["OPENAI_API_KEY"], max_retries=0)
MODEL = "claude-sonnet-4-6"
WEATHER = {"name": "get_weather", "description": "Weather of a city", "input_schema": CITY}
THINKING = {"type": "enabled", "budget_tokens": 2000}


def asked(content, **more):
    """A request."""
    messages = [{"role": "user", "content": content}]
    return {"model": MODEL, "max_tokens": 1000, "messages": messages} | more


async def whole(content, **more):
    """An answer that is not streamed."""
    return await CLIENT.messages.create(**asked(content, **more))


async def streamed(content, **more):
    """One that is."""
    async with CLIENT.messages.stream(**asked(content, **more)) as stream:
        return await stream.get_final_message()


def text_of(message):
    """What it says."""
    return "".join(block.text for block in message.content if block.type == "text")


async def loop(ask, question, **more):
    """A tool loop; gives its first answer."""
    first = await ask(question, tools=[WEATHER], **more)
    calls = [block for block in first.content if block.type == "tool_use"]
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": "hail"} for call in calls]
    messages = [
        {"role": "user", "content": question},
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": results},
    ]
    second = await ask("", tools=[WEATHER], **more | {"messages": messages})
    expect("hail" in text_of(second), second)
    return first


async def raised(kind, content, **more):
    """Expect an error of a class."""
    try:
        await whole(content, **more)
    except kind:
        return
    raise AssertionError("no error")


@check
async def plain():
    """An answer, whole."""
    message = await whole("hello", system="Be brief.")
    expect("hello" in text_of(message) and message.stop_reason == "end_turn", message)


@check
async def plain_streamed():
    """An answer, streamed."""
    message = await streamed("hello", system="Be brief.")
    expect("hello" in text_of(message) and message.usage.output_tokens, message)


@check
async def tools():
    """A tool loop, whole."""
    await loop(whole, "SCENARIO:tool_call weather?")


@check
async def tools_streamed():
    """A tool loop with several tools at once, streamed."""
    first = await loop(streamed, "SCENARIO:interleaved_tools:calls=3 weather?")
    expect(len(first.content) == 3, first)


@check
async def thinking():
    """Thinking through a tool loop, whole."""
    first = await loop(whole, "SCENARIO:reasoning_tool hm?", thinking=THINKING)
    expect(first.content[0].signature, first)


@check
async def thinking_streamed():
    """Thinking through a tool loop, streamed."""
    first = await loop(streamed, "SCENARIO:reasoning_tool hm?", thinking=THINKING)
    expect(first.content[0].signature, first)


@check
async def vision():
    """An image and a document."""
    picture = {"type": "base64", "media_type": "image/png", "data": PIXEL.partition(",")[2]}
    pdf = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQK"}
    blocks = [{"type": "image", "source": picture}, {"type": "document", "source": pdf}]
    expect("simulated" in text_of(await whole(blocks)), "no text")


@check
async def stop():
    """A stop sequence."""
    message = await streamed("hello", stop_sequences=["answer"])
    expect(message.stop_sequence == "answer", message)


@check
async def limit():
    """A limit."""
    message = await streamed("SCENARIO:text:n=50 go", max_tokens=5)
    expect(message.stop_reason == "max_tokens", message)


@check
async def counting():
    """Counting tokens."""
    messages = [{"role": "user", "content": "hello"}]
    counted = await CLIENT.messages.count_tokens(model=MODEL, messages=messages)
    expect(counted.input_tokens > 1, counted)


@check
async def models():
    """The list of models."""
    ids = [model.id async for model in CLIENT.models.list(limit=2)]
    expect("gpt-5.5" in ids, ids)


@check
async def errors():
    """Errors of each class."""
    await raised(anthropic.BadRequestError, [{"type": "hologram"}])
    await raised(anthropic.NotFoundError, "hi", model="gpt-no")
    await raised(anthropic.OverloadedError, "SCENARIO:overloaded go")
    await raised(anthropic.RateLimitError, "SCENARIO:rate_limited go")


@check
async def broken():
    """A broken stream is an error."""
    try:
        await streamed("SCENARIO:cut go")
    except anthropic.APIStatusError:
        return
    raise AssertionError("no error")


checks.run("anthropic")
