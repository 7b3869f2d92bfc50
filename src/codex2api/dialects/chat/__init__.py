"""``POST /v1/chat/completions``."""

from codex2api.dialects.base import Dialect
from codex2api.dialects.chat.parameters import CHAT_PARAMETERS
from codex2api.dialects.chat.reply import reply
from codex2api.dialects.chat.request import bounds, fill, to_upstream
from codex2api.dialects.chat.schema import ChatRequest
from codex2api.dialects.chat.stream import ChatTranslator
from codex2api.dialects.chat.styles import shows

CHAT: Dialect[ChatRequest] = Dialect(
    name="chat",
    path="/v1/chat/completions",
    schema=ChatRequest,
    parameters=CHAT_PARAMETERS,
    to_upstream=to_upstream,
    translator=ChatTranslator,
    reply=reply,
    bounds=bounds,
    each=lambda request: request.n or 1,
    shows=shows,
    loses_reasoning=True,
    fill=fill,
)
"""The chat completions dialect."""
