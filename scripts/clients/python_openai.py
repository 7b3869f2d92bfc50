"""The official Python SDK."""

import base64
import json
import time

import checks
from checks import MODEL, PIXEL, WEATHER, check, expect
from openai import APIError, BadRequestError, NotFoundError, OpenAI
from pydantic import BaseModel


class Person(BaseModel):
    """What ``parse`` is asked for."""

    name: str
    age: int


client = OpenAI(max_retries=0)


def says(text):
    """A conversation of one question."""
    return [{"role": "user", "content": text}]


def chat(text, **how):
    """A chat completion."""
    return client.chat.completions.create(model=MODEL, messages=says(text), **how)


@check
def chat_whole():
    """Chat, whole."""
    choice = chat("hello").choices[0]
    expect("simulated" in choice.message.content and choice.finish_reason == "stop", choice)


@check
def chat_streamed():
    """Chat, streamed, with usage."""
    chunks = list(chat("hello", stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1])
    expect("simulated" in text and chunks[-1].usage.total_tokens > 0, text)


@check
def chat_tool():
    """Chat, tool round trip."""
    message = chat("SCENARIO:tool_call weather?", tools=[WEATHER]).choices[0].message
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "hail"}
    history = [*says("SCENARIO:tool_call weather?"), message, result]
    answer = client.chat.completions.create(model=MODEL, messages=history, tools=[WEATHER])
    expect("hail" in answer.choices[0].message.content, answer)


@check
def chat_parallel_tools():
    """Chat, parallel tools, streamed."""
    with client.chat.completions.stream(
        model=MODEL, messages=says("SCENARIO:interleaved_tools go"), tools=[WEATHER]
    ) as stream:
        calls = stream.get_final_completion().choices[0].message.tool_calls
    expect(len(calls) == 2 and all(json.loads(call.function.arguments) for call in calls), calls)


@check
def chat_parse():
    """Chat, structured output."""
    answer = client.chat.completions.parse(
        model=MODEL, messages=says("who"), response_format=Person
    )
    expect(isinstance(answer.choices[0].message.parsed, Person), answer)


@check
def chat_vision():
    """Chat, vision."""
    image = {"type": "image_url", "image_url": {"url": PIXEL}}
    expect(chat([{"type": "text", "text": "what"}, image]).choices[0].message.content, "nothing")


@check
def response_whole():
    """Responses, whole."""
    expect(
        "simulated" in client.responses.create(model=MODEL, input="hello").output_text, "no text"
    )


@check
def response_streamed():
    """Responses, streamed, with reasoning."""
    with client.responses.stream(model=MODEL, input="SCENARIO:reasoning hello") as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    expect(kinds[0] == "response.created" and kinds[-1] == "response.completed", kinds)
    expect([item.type for item in final.output] == ["reasoning", "message"], final)


@check
def response_tool():
    """Responses, tool round trip."""
    tool = {"type": "function", "strict": True} | WEATHER["function"]
    history = says("SCENARIO:reasoning_tool weather?")
    how = {"include": ["reasoning.encrypted_content"], "store": False, "tools": [tool]}
    first = client.responses.create(model=MODEL, input=history, **how)
    call = next(item for item in first.output if item.type == "function_call")
    history += [item.model_dump(exclude_none=True) for item in first.output]
    history += [{"type": "function_call_output", "call_id": call.call_id, "output": "mist"}]
    second = client.responses.create(model=MODEL, input=history, **how)
    expect("mist" in second.output_text, second)


@check
def response_parse():
    """Responses, structured output."""
    reply = client.responses.parse(model=MODEL, input="who", text_format=Person)
    expect(isinstance(reply.output_parsed, Person), reply)


@check
def chat_choices():
    """Chat, several choices, a stop sequence and a limit."""
    choices = chat("hello", n=2, stop=[" answer"]).choices
    expect([one.message.content for one in choices] == ["This is a simulated"] * 2, choices)
    expect([one.finish_reason for one in choices] == ["stop"] * 2, choices)
    [cut] = chat("hello", max_completion_tokens=2).choices
    expect(cut.finish_reason == "length", cut)


@check
def chat_stored():
    """Chat, stored, listed and deleted."""
    made = chat("hello", store=True, metadata={"of": "mine"})
    found = client.chat.completions.list(metadata={"of": "mine"})
    expect([one.id for one in found] == [made.id], found)
    expect(client.chat.completions.delete(made.id).deleted, made)


@check
def response_chain():
    """Responses, a stored chain, retrieved and deleted."""
    first = client.responses.create(model=MODEL, input="hello")
    second = client.responses.create(model=MODEL, input="and now", previous_response_id=first.id)
    expect(client.responses.retrieve(second.id).output_text == second.output_text, second)
    items = [item.content[0].text for item in client.responses.input_items.list(second.id)]
    expect("and now" in items, items)
    client.responses.delete(second.id)
    raises(NotFoundError, lambda: client.responses.retrieve(second.id))


@check
def response_conversation():
    """Responses, a conversation."""
    conversation = client.conversations.create(metadata={"of": "mine"})
    client.responses.create(model=MODEL, input="hello", conversation=conversation.id)
    kinds = [item.role for item in client.conversations.items.list(conversation.id)]
    expect(sorted(kinds) == ["assistant", "user"], kinds)


@check
def response_background():
    """Responses, in the background, polled and streamed once more."""
    begun = client.responses.create(model=MODEL, input="hello", background=True)
    while client.responses.retrieve(begun.id).status in ("queued", "in_progress"):
        time.sleep(0.05)
    kinds = [event.type for event in client.responses.retrieve(begun.id, stream=True)]
    expect(kinds[-1] == "response.completed", kinds)


@check
def response_socket():
    """Responses, two turns over a WebSocket."""
    previous = None
    with client.responses.connect() as connection:
        for text in ("hello", "again"):
            connection.response.create(
                model=MODEL, input=text, store=False, previous_response_id=previous
            )
            done = next(event for event in connection if event.type == "response.completed")
            previous = done.response.id
    expect("again" in done.response.output_text, done)


@check
def response_compacted():
    """Responses, compacted and counted."""
    history = says("hello")
    expect(client.responses.compact(model=MODEL, input=history).output, "no output")
    count = client.responses.input_tokens.count(model=MODEL, input=history)
    expect(count.input_tokens > 0, count)


@check
def files():
    """Files, uploaded, used by id, read and deleted."""
    kept = client.files.create(file=("notes.txt", b"some notes"), purpose="user_data")
    part = {"type": "file", "file": {"file_id": kept.id}}
    expect(chat([{"type": "text", "text": "what"}, part]).choices[0].message.content, kept)
    expect(client.files.content(kept.id).read() == b"some notes", kept)
    expect(client.files.delete(kept.id).deleted, kept)


@check
def images():
    """Images, made and edited."""
    made = client.images.generate(prompt="a square")
    expect(base64.b64decode(made.data[0].b64_json).startswith(b"\x89PNG"), made)
    picture = ("pixel.png", base64.b64decode(PIXEL.partition(",")[2]), "image/png")
    expect(client.images.edit(image=picture, prompt="rounder").data[0].b64_json, "no image")


@check
def audio():
    """Audio, transcribed."""
    talk = ("talk.wav", b"RIFF\x24\0\0\0WAVEfmt \x10" + bytes(27), "audio/wav")
    heard = client.audio.transcriptions.create(file=talk, model="gpt-4o-transcribe")
    expect("simulated" in heard.text, heard)


@check
def models():
    """Models, list and retrieve."""
    expect(MODEL in {model.id for model in client.models.list()}, "not listed")
    expect(client.models.retrieve(f"{MODEL}-high").id == f"{MODEL}-high", "not found")


@check
def errors():
    """Errors are the SDK's own."""
    raises(BadRequestError, lambda: chat([{"type": "hologram"}]))
    raises(NotFoundError, lambda: client.models.retrieve("gpt-no"))
    raises(APIError, lambda: chat("SCENARIO:bad_gateway go"))


@check
def completions_whole():
    """Completions, several prompts."""
    answer = client.completions.create(model=MODEL, prompt=["alpha", "beta"], n=2, max_tokens=99)
    expect(
        ["alpha" in choice.text for choice in answer.choices] == [True] * 2 + [False] * 2, answer
    )


@check
def completions_streamed():
    """Completions, streamed, with echo and a stop sequence."""
    stream = client.completions.create(
        model=MODEL, prompt="One. ", echo=True, stop=" answer", max_tokens=99, stream=True
    )
    text = "".join(chunk.choices[0].text for chunk in stream)
    expect(text == "One. This is a simulated", text)


@check
def broken_streams():
    """A broken stream is an error."""
    raises(APIError, lambda: list(chat("SCENARIO:cut go", stream=True)))
    raises(
        APIError,
        lambda: list(client.responses.create(model=MODEL, input="SCENARIO:cut go", stream=True)),
    )


def raises(kind, action):
    """Fail unless the action fails in this way."""
    try:
        action()
    except kind:
        return
    raise AssertionError(f"no {kind.__name__}")


checks.run("openai")
