"""What we answer, against OpenAI's published schema."""

from typing import Any

import pytest

from codex2api.dialects.responses.reply import ResponsesTranslator
from codex2api.errors import ApiError, Kind
from tests.dialects.responses.requests import HEAD, request
from tests.dialects.responses.samples import STREAMS, WISHES
from tests.dialects.responses.schemas import check, named_after, properties_of
from tests.dialects.responses.streams import stream, whole


@pytest.mark.parametrize("wishes", [{}, WISHES], ids=["plain", "wishes"])
@pytest.mark.parametrize("name", STREAMS)
def test_every_event_is_of_its_public_schema(name: str, wishes: dict[str, Any]) -> None:
    public = named_after("ResponseStreamEvent")
    for payload in stream(STREAMS[name], **wishes):
        schema = public[payload["type"]]
        check(payload, schema)
        assert set(payload) <= properties_of(schema)


@pytest.mark.parametrize("name", STREAMS)
def test_every_item_has_public_fields_only(name: str) -> None:
    public = named_after("OutputItem")
    # Newer than the schema, and in the official client's types.
    newer = {"status", "revised_prompt", "size", "quality", "background", "output_format"}
    for item in whole(STREAMS[name])["output"]:
        assert set(item) <= properties_of(public[item["type"]]) | newer


@pytest.mark.parametrize("wishes", [{}, WISHES], ids=["plain", "wishes"])
@pytest.mark.parametrize("name", STREAMS)
def test_every_reply_is_of_the_public_schema(name: str, wishes: dict[str, Any]) -> None:
    reply = whole(STREAMS[name], **wishes)
    check(reply, "Response")
    # The schema has no place for it, though OpenAI's own answers have it.
    assert set(reply) - properties_of("Response") == {"store"}


@pytest.mark.parametrize("kind", [Kind.UPSTREAM_UNAVAILABLE, Kind.RATE_LIMITED, Kind.BAD_REQUEST])
def test_a_failure_is_of_the_public_schema(kind: Kind) -> None:
    translator = ResponsesTranslator(request(), HEAD)
    _, failed, error = translator.fail(ApiError(kind, "It broke."))
    check(failed.data, "ResponseFailedEvent")
    check(error.data, "ResponseErrorEvent")
