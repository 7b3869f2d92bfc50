"""Anthropic's types as its SDK has them, closed: a field that they lack is as wrong as a value."""

from collections.abc import Iterable
from typing import Any

from anthropic.types import Message, ModelInfo, RawMessageStreamEvent
from anthropic.types.shared import ErrorResponse
from pydantic import BaseModel, TypeAdapter

_MESSAGE = TypeAdapter(Message)
_EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
_ERROR = TypeAdapter(ErrorResponse)
_MODEL = TypeAdapter(ModelInfo)
_PING = {"type": "ping"}


def check_message(value: Any) -> None:
    """Fail unless it is a whole answer."""
    _check(_MESSAGE, value)
    assert value["stop_reason"] is not None


def check_event(value: Any) -> None:
    """Fail unless it is an event of a stream, its bad end included."""
    if value["type"] == "error":
        check_error(value)
    elif value != _PING:
        _check(_EVENT, value)


def check_error(value: Any) -> None:
    """Fail unless it is an error, with something to read in it; the codes of causes are ours."""
    error = dict(value["error"])
    assert set(error.pop("details")) <= {"error_code", "param"}
    if (
        error["type"] == "request_too_large"
    ):  # of which Anthropic's pages know, and its SDK does not
        error["type"] = "invalid_request_error"
    _check(_ERROR, value | {"error": error})
    assert error["message"]


def check_model(value: Any) -> None:
    """Fail unless it is a model of a list."""
    _check(_MODEL, value)


def _check(adapter: TypeAdapter[Any], value: Any) -> None:
    unknown = list(_unknown(adapter.validate_python(value)))
    assert not unknown, f"{unknown} in {str(value)[:2000]}"


def _unknown(value: Any) -> Iterable[str]:
    if isinstance(value, list):
        for one in value:
            yield from _unknown(one)
    elif isinstance(value, BaseModel):
        yield from (f"{type(value).__name__}.{name}" for name in value.model_extra or ())
        for name in type(value).model_fields:
            yield from _unknown(getattr(value, name, None))
