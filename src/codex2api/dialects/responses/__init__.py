"""``POST /v1/responses``, whole and streamed."""

from codex2api.dialects.base import Dialect
from codex2api.dialects.responses.parameters import RESPONSES_PARAMETERS
from codex2api.dialects.responses.reply import ResponsesTranslator
from codex2api.dialects.responses.request import bounds, fill, to_upstream
from codex2api.dialects.responses.response import reply
from codex2api.dialects.responses.schema import CreateResponse

RESPONSES = Dialect(
    name="responses",
    path="/v1/responses",
    schema=CreateResponse,
    parameters=RESPONSES_PARAMETERS,
    to_upstream=to_upstream,
    translator=ResponsesTranslator,
    reply=reply,
    bounds=bounds,
    fill=fill,
)
"""The dialect of the Responses API, and of Codex with ``wire_api = "responses"``."""
