"""However the backend's bytes are cut on their way, the caller hears the same."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given, strategies as st

from codex2api.dialects.base import StreamTranslator
from codex2api.dialects.chat import CHAT
from codex2api.dialects.completions import COMPLETIONS
from codex2api.dialects.messages import MESSAGES
from codex2api.dialects.responses import RESPONSES
from codex2api.protocol import json
from codex2api.protocol.events import UpstreamEvent, parse_events
from codex2api.protocol.sse import SseDecoder, encode
from tests.dialects.chat import bodies, replies, test_laws as chat_laws
from tests.dialects.completions import test_laws as completion_laws, told
from tests.dialects.messages import bodies as message_bodies, replies as messages
from tests.dialects.responses import requests, samples
from tests.events import sse


class Spoken(NamedTuple):
    """A dialect.

    Attributes:
        answers: Events of the backend.
        translator: Makes one for an answer.
        meaning: What a client makes of the payloads of a stream.
    """

    answers: st.SearchStrategy[list[UpstreamEvent]]
    translator: Callable[[], StreamTranslator]
    meaning: Callable[[list[Any]], Any]


DIALECTS = {
    "chat": Spoken(
        chat_laws.answers(),
        lambda: CHAT.translator(bodies.parsed(stream=True), bodies.HEAD),
        replies.added_up,
    ),
    "completions": Spoken(
        completion_laws.finished() | completion_laws.cut(),
        lambda: COMPLETIONS.translator(told.parsed(stream=True), told.HEAD),
        told.added_up,
    ),
    "responses": Spoken(
        samples.orderly() | samples.wild(),
        lambda: RESPONSES.translator(requests.request(stream=True), requests.HEAD),
        lambda payloads: payloads,
    ),
    "messages": Spoken(
        chat_laws.answers(),
        lambda: MESSAGES.translator(
            message_bodies.parsed(stream=True, thinking=messages.THINKING), message_bodies.HEAD
        ),
        messages.added_up,
    ),
}


def heard(dialect: Spoken, pieces: list[bytes]) -> Any:
    """What the caller understands of an answer that came in pieces."""
    decoder, translator = SseDecoder(), dialect.translator()
    frames = []
    for piece in pieces:
        if batch := parse_events(decoder.feed(piece)):
            frames += translator.feed(batch)
    frames += translator.close()
    payloads = SseDecoder().feed(encode(frames))
    return dialect.meaning([json.decode(one) for one in payloads if one != b"[DONE]"])


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@given(data=st.data())
def test_any_cutting_of_the_bytes_means_the_same(dialect: Spoken, data: st.DataObject) -> None:
    stream = sse(data.draw(dialect.answers))
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12).map(sorted))
    pieces = [stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])]

    assert heard(dialect, pieces) == heard(dialect, [stream])
    assert heard(dialect, [bytes([byte]) for byte in stream]) == heard(dialect, [stream])
