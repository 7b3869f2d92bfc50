"""The frames of a streamed chat answer."""

from codex2api.dialects.base import ReplyHead, translate
from codex2api.dialects.chat import CHAT
from codex2api.protocol.sse import encode
from tests.events import completed, created, message

HEAD = ReplyHead("x", 1, "gpt-5.5")


def test_a_stream_ends_with_reason_and_done() -> None:
    request = CHAT.parse(b'{"model":"m","messages":[{"role":"user","content":"hi"}]}').request
    translator = CHAT.translator(request, HEAD)

    wire = encode(translate(translator, [created(), *message("hi"), completed()])).decode()

    assert wire.endswith('"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
    assert list(translator.close()) == []
