"""LangChain's ``ChatOpenAI``, on both APIs."""

import checks
from checks import MODEL, PIXEL, check, expect
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI
from openai import NotFoundError
from pydantic import BaseModel


class Person(BaseModel):
    """A person."""

    name: str
    age: int


@tool
def get_weather(city: str) -> str:
    """Weather of a city."""
    return f"hail in {city}"


chat = ChatOpenAI(model=MODEL, max_retries=0)
completions = OpenAI(model=MODEL, max_retries=0)
responses = ChatOpenAI(model=MODEL, max_retries=0, use_responses_api=True)


def text_of(message):
    """The text of a message, as a string or in blocks."""
    return message.text if isinstance(message.text, str) else message.text()


@check
def chat_whole():
    """Chat, whole."""
    answer = chat.invoke("hello")
    expect("simulated" in text_of(answer) and answer.usage_metadata["total_tokens"] > 0, answer)


@check
def chat_streamed():
    """Chat, streamed."""
    expect("simulated" in "".join(map(text_of, chat.stream("hello"))), "no text")


def round_trip(model):
    """Ask, run the tool, tell its result."""
    asked = [HumanMessage("SCENARIO:tool_call weather?")]
    answer = model.bind_tools([get_weather]).invoke(asked)
    call = answer.tool_calls[0]
    asked += [answer, ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"])]
    final = model.bind_tools([get_weather]).invoke(asked)
    expect("hail in" in text_of(final), final)


@check
def chat_tool():
    """Chat, tool round trip."""
    round_trip(chat)


@check
def chat_parallel_tools():
    """Chat, parallel tools, streamed."""
    whole = None
    for chunk in chat.bind_tools([get_weather]).stream("SCENARIO:interleaved_tools go"):
        whole = chunk if whole is None else whole + chunk
    expect(len(whole.tool_calls) == 2 and not whole.invalid_tool_calls, whole)


@check
def chat_structured():
    """Chat, structured output."""
    expect(isinstance(chat.with_structured_output(Person).invoke("who"), Person), "no person")


@check
def chat_vision():
    """Chat, vision."""
    image = {"type": "image_url", "image_url": {"url": PIXEL}}
    expect(text_of(chat.invoke([HumanMessage([{"type": "text", "text": "what"}, image])])), "none")


@check
def completions_whole():
    """Completions, several prompts."""
    (alpha,), (beta,) = completions.generate(["alpha", "beta"]).generations
    expect(alpha.text.endswith("alpha") and beta.text.endswith("beta"), (alpha, beta))


@check
def completions_streamed():
    """Completions, streamed, with a stop sequence."""
    text = "".join(completions.stream("one two", stop=[" two"]))
    expect(text.endswith("one"), text)


@check
def responses_whole():
    """Responses, whole."""
    expect("simulated" in text_of(responses.invoke("hello")), "no text")


@check
def responses_streamed():
    """Responses, streamed, with reasoning."""
    thinking = ChatOpenAI(
        model=MODEL, max_retries=0, use_responses_api=True, reasoning={"summary": "auto"}
    )
    text = "".join(map(text_of, thinking.stream("SCENARIO:reasoning hello")))
    expect("simulated" in text, text)


@check
def responses_tool():
    """Responses, tool round trip."""
    round_trip(responses)


@check
def responses_structured():
    """Responses, structured output."""
    expect(isinstance(responses.with_structured_output(Person).invoke("who"), Person), "none")


@check
def responses_chain():
    """Responses, turns that go on from stored ones."""
    chained = ChatOpenAI(
        model=MODEL, max_retries=0, use_responses_api=True, use_previous_response_id=True
    )
    first = HumanMessage("hello")
    answer = chained.invoke([first])
    expect("now" in text_of(chained.invoke([first, answer, HumanMessage("and now")])), answer)


@check
def error():
    """An unknown model is NotFoundError."""
    try:
        ChatOpenAI(model="gpt-no", max_retries=0).invoke("hello")
    except NotFoundError:
        return
    raise AssertionError("no error")


checks.run("langchain-openai")
