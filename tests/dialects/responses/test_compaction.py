"""What becomes of the backend's answer to ``/v1/responses/compact``."""

import pytest

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.responses.compaction import compacted
from codex2api.dialects.responses.schema import PublicUsage
from codex2api.errors import ApiError, Kind
from codex2api.protocol.items import input_text, message
from codex2api.protocol.json import encode
from codex2api.protocol.request import ResponsesRequest

HEAD = ReplyHead("1", 1_800_000_000, "gpt-5.5")
ASKED = ResponsesRequest(model="gpt-5.5", input=[message("user", [input_text("hello world")])])
SEALED = {"type": "compaction", "id": "cmp_1", "encrypted_content": "a" * 32}


def test_the_usage_of_the_backend_is_shown() -> None:
    usage = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
    answer, told = compacted(ASKED, HEAD, encode({"output": [SEALED], "usage": usage}))

    assert told
    assert answer.usage == PublicUsage(
        input_tokens=5,
        input_tokens_details={"cached_tokens": 0, "cache_write_tokens": 0},
        output_tokens=2,
        output_tokens_details={"reasoning_tokens": 0},
        total_tokens=7,
    )


def test_without_one_it_is_counted() -> None:
    answer, told = compacted(ASKED, HEAD, encode({"output": [SEALED | {"remark": 1}]}))

    assert not told
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (3 + 4 + 2, 4 + 6)
    assert (answer.id, answer.created_at, answer.output) == ("resp_1", HEAD.created, [SEALED])


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"output": [7]}'])
def test_anything_else_is_a_failure_of_the_backend(body: bytes) -> None:
    with pytest.raises(ApiError) as failed:
        compacted(ASKED, HEAD, body)
    assert failed.value.kind is Kind.UPSTREAM_UNAVAILABLE
