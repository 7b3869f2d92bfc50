"""LiteLLM as a client."""

import json
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it would ask the network for prices

import checks
import litellm
from checks import MODEL, PIXEL, WEATHER, check, expect

litellm.telemetry = False
HOW = {
    "model": f"openai/{MODEL}",
    "api_base": os.environ["OPENAI_BASE_URL"],
    "api_key": os.environ["OPENAI_API_KEY"],
    "max_retries": 0,
}


def says(text):
    """A conversation of one question."""
    return [{"role": "user", "content": text}]


def complete(text, **how):
    """A completion."""
    return litellm.completion(messages=says(text), **HOW | how)


@check
def chat_whole():
    """Chat, whole."""
    expect("simulated" in complete("hello").choices[0].message.content, "no text")


@check
def chat_streamed():
    """Chat, streamed, with usage."""
    options = {"include_usage": True}
    chunks = list(complete("hello", stream=True, stream_options=options))
    whole = litellm.stream_chunk_builder(chunks)
    expect("simulated" in whole.choices[0].message.content and whole.usage.total_tokens, whole)


@check
def chat_tool():
    """Chat, tool round trip."""
    history = says("SCENARIO:tool_call weather?")
    message = litellm.completion(messages=history, tools=[WEATHER], **HOW).choices[0].message
    call = message.tool_calls[0]
    history += [message, {"role": "tool", "tool_call_id": call.id, "content": "hail"}]
    answer = litellm.completion(messages=history, tools=[WEATHER], **HOW)
    expect("hail" in answer.choices[0].message.content, answer)


@check
def chat_parallel_tools():
    """Chat, parallel tools, streamed."""
    chunks = list(complete("SCENARIO:interleaved_tools go", tools=[WEATHER], stream=True))
    calls = litellm.stream_chunk_builder(chunks).choices[0].message.tool_calls
    expect(len(calls) == 2 and all(json.loads(call.function.arguments) for call in calls), calls)


@check
def chat_structured():
    """Chat, structured output."""
    form = {"name": "place", "schema": WEATHER["function"]["parameters"], "strict": True}
    answer = complete("where", response_format={"type": "json_schema", "json_schema": form})
    expect("city" in json.loads(answer.choices[0].message.content), answer)


@check
def chat_vision():
    """Chat, vision."""
    image = {"type": "image_url", "image_url": {"url": PIXEL}}
    expect(complete([{"type": "text", "text": "what"}, image]).choices[0].message.content, "none")


@check
def chat_reasoning():
    """Chat, reasoning."""
    message = complete("SCENARIO:reasoning hm", reasoning_effort="high").choices[0].message
    expect(message.reasoning_content and message.content, message)


def write(prompt, **more):
    """A text completion."""
    how = HOW | {"model": f"text-completion-openai/{MODEL}", "max_tokens": 99}
    return litellm.text_completion(prompt=prompt, **how, **more)


@check
def completions_whole():
    """Completions, whole."""
    answer = write("alpha")
    expect(answer.choices[0].text.endswith("alpha") and answer.usage.total_tokens > 0, answer)


@check
def completions_streamed():
    """Completions, streamed."""
    text = "".join(chunk.choices[0].text or "" for chunk in write("alpha", stream=True))
    expect(text.endswith("alpha"), text)


@check
def responses_whole():
    """Responses, whole."""
    reply = litellm.responses(input="hello", **HOW)
    expect("simulated" in reply.output_text, reply)


@check
def responses_streamed():
    """Responses, streamed."""
    kinds = [str(event.type) for event in litellm.responses(input="hello", stream=True, **HOW)]
    expect(kinds[-1].lower().replace("_", ".").endswith("response.completed"), kinds)


@check
def error():
    """An unknown model is NotFoundError."""
    try:
        complete("hello", model="openai/gpt-no")
    except litellm.NotFoundError:
        return
    raise AssertionError("no error")


checks.run("litellm")
