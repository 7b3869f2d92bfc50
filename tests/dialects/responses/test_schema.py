"""What we answer, against OpenAI's published schema."""

from typing import Any

import pytest

from codex2api.dialects.responses.reply import ResponsesTranslator
from codex2api.errors import ApiError, Kind
from tests.conformance.published import check
from tests.dialects.responses.requests import HEAD, request
from tests.dialects.responses.samples import STREAMS, WISHES
from tests.dialects.responses.streams import stream, whole


@pytest.mark.parametrize("wishes", [{}, WISHES], ids=["plain", "wishes"])
@pytest.mark.parametrize("name", STREAMS)
def test_every_event_is_of_its_public_schema(name: str, wishes: dict[str, Any]) -> None:
    for payload in stream(STREAMS[name], **wishes):
        check(payload, "ResponseStreamEvent")


@pytest.mark.parametrize("wishes", [{}, WISHES], ids=["plain", "wishes"])
@pytest.mark.parametrize("name", STREAMS)
def test_every_reply_is_of_the_public_schema(name: str, wishes: dict[str, Any]) -> None:
    check(whole(STREAMS[name], **wishes), "Response")


@pytest.mark.parametrize("kind", [Kind.UPSTREAM_UNAVAILABLE, Kind.RATE_LIMITED, Kind.BAD_REQUEST])
def test_a_failure_is_of_the_public_schema(kind: Kind) -> None:
    translator = ResponsesTranslator(request(), HEAD)
    for frame in translator.fail(ApiError(kind, "It broke.")):
        check(frame.data, "ResponseStreamEvent")
