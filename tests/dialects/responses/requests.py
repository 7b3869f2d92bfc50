"""Requests as tests write them."""

from typing import Any

from codex2api.dialects.base import Parsed, ReplyHead
from codex2api.dialects.responses import RESPONSES
from codex2api.dialects.responses.schema import CreateResponse
from codex2api.protocol import json
from codex2api.protocol.request import ResponsesRequest
from tests.events import MODEL

HEAD = ReplyHead(id="abc", created=1795000000, model=MODEL)


def parsed(**fields: Any) -> Parsed[CreateResponse]:
    return RESPONSES.parse(json.encode({"model": MODEL, "input": "hi"} | fields))


def request(**fields: Any) -> CreateResponse:
    return parsed(**fields).request


def upstream(**fields: Any) -> ResponsesRequest:
    return RESPONSES.to_upstream(request(**fields))[0]
