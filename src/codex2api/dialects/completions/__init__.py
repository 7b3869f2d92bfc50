"""``POST /v1/completions``, the legacy route that continues a text."""

from codex2api.dialects.base import Dialect
from codex2api.dialects.completions.parameters import COMPLETIONS_PARAMETERS
from codex2api.dialects.completions.reply import reply
from codex2api.dialects.completions.request import bounds, shows, to_upstream
from codex2api.dialects.completions.schema import CompletionRequest
from codex2api.dialects.completions.stream import CompletionsTranslator

COMPLETIONS: Dialect[CompletionRequest] = Dialect(
    name="completions",
    path="/v1/completions",
    schema=CompletionRequest,
    parameters=COMPLETIONS_PARAMETERS,
    to_upstream=to_upstream,
    translator=CompletionsTranslator,
    reply=reply,
    bounds=bounds,
    each=lambda request: request.each,
    shows=shows,
)
"""The legacy completions dialect."""
