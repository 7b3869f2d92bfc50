"""Instructor: typed answers in each of its ways of asking for them."""

from collections.abc import Iterable

import checks
import instructor
from checks import MODEL, PIXEL, check, expect
from instructor.processing.multimodal import Image
from openai import NotFoundError, OpenAI
from pydantic import BaseModel


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def client(mode):
    """A client of a mode."""
    return instructor.from_openai(OpenAI(max_retries=0), mode=mode)


def ask(mode, text="who", **how):
    """A typed answer."""
    wish = {"model": MODEL, "messages": [{"role": "user", "content": text}], "max_retries": 1}
    return client(mode).chat.completions.create(**wish | {"response_model": Person} | how)


@check
def tools():
    """Typed answer by a tool."""
    expect(isinstance(ask(instructor.Mode.TOOLS), Person), "no person")


@check
def schema():
    """Typed answer by a schema."""
    expect(isinstance(ask(instructor.Mode.JSON_SCHEMA), Person), "no person")


@check
def parallel():
    """Several typed answers by parallel tools."""
    found = list(
        ask(
            instructor.Mode.PARALLEL_TOOLS,
            "SCENARIO:parallel_tools go",
            response_model=Iterable[Person],
        )
    )
    expect(len(found) == 2 and all(isinstance(one, Person) for one in found), found)


@check
def partial():
    """Streamed partial answers."""
    wish = {"model": MODEL, "messages": [{"role": "user", "content": "who"}]}
    stream = client(instructor.Mode.TOOLS).chat.completions.create_partial(
        response_model=Person, **wish
    )
    *_, last = stream
    expect(last.name is not None and last.age is not None, last)


@check
def iterable():
    """Streamed list of answers."""
    wish = {"model": MODEL, "messages": [{"role": "user", "content": "who"}]}
    people = client(instructor.Mode.TOOLS).chat.completions.create_iterable(
        response_model=Person, **wish
    )
    expect(all(isinstance(person, Person) for person in people), "no people")


@check
def untyped():
    """Plain text."""
    answer = ask(instructor.Mode.TOOLS, "hello", response_model=None)
    expect("simulated" in answer.choices[0].message.content, answer)


@check
def responses():
    """Typed answer over responses."""
    expect(isinstance(ask(instructor.Mode.RESPONSES_TOOLS), Person), "no person")


@check
def vision():
    """Typed answer about an image."""
    parts = ["what", Image.from_url(PIXEL)]
    expect(isinstance(ask(instructor.Mode.TOOLS, parts), Person), "no person")


@check
def error():
    """An unknown model is told as such."""
    try:
        ask(instructor.Mode.TOOLS, model="gpt-no")
    except Exception as error:  # noqa: BLE001 - instructor wraps the client's error
        expect(isinstance(error, NotFoundError) or "gpt-no" in str(error), error)
        return
    raise AssertionError("no error")


checks.run("instructor")
