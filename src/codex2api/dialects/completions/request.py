"""A completion request in the upstream's terms."""

from codex2api.dialects.completions.continuation import continuing
from codex2api.dialects.completions.schema import DEFAULT_MAX_TOKENS, CompletionRequest
from codex2api.dialects.openai_refusals import invalid
from codex2api.dialects.reasoning import ReasoningStyle
from codex2api.protocol.bounds import Bounds
from codex2api.protocol.request import Reasoning, ResponsesRequest

_MOST_CHOICES = 1024
"""Far beyond what any server allows; without a bound a small body could fill the memory."""


def to_upstream(request: CompletionRequest) -> list[ResponsesRequest]:
    """One request for each choice, prompt by prompt.

    Raises:
        ApiError: A value cannot be sent; ``param`` names it.
    """
    if request.best_of is not None and request.best_of < request.each:
        raise invalid("best_of", f"it must be at least 'n', which is {request.each}")
    texts = prompts(request)
    if len(texts) * request.each > _MOST_CHOICES:
        raise invalid("prompt", f"expected at most {_MOST_CHOICES} prompts, 'n' times each")
    wishes = [_wish(request, prompt) for prompt in texts]
    return [wish for wish in wishes for _ in range(request.each)]


def prompts(request: CompletionRequest) -> list[str]:
    """The texts to be continued, at least one.

    Raises:
        ApiError: They are given as tokens.
    """
    given = request.prompt
    if not isinstance(given, list):
        return [given or ""]
    texts = [prompt for prompt in given if isinstance(prompt, str)]
    if len(texts) < len(given):
        raise invalid("prompt", "the backend takes text only, no arrays of tokens")
    if not texts:
        raise invalid("prompt", "expected a text, or at least one in an array")
    return texts


def echoes(request: CompletionRequest) -> list[str]:
    """What stands before each choice: its prompt, if that was asked for."""
    return [
        prompt if request.echo else "" for prompt in prompts(request) for _ in range(request.each)
    ]


def bounds(request: CompletionRequest) -> Bounds:
    """Where each choice ends at the latest."""
    stop = [request.stop] if isinstance(request.stop, str) else request.stop or ()
    limit = DEFAULT_MAX_TOKENS if request.max_tokens is None else request.max_tokens
    return Bounds(stop=tuple(sequence for sequence in stop if sequence), max_tokens=limit)


def shows(_request: CompletionRequest, _style: ReasoningStyle) -> ReasoningStyle:
    """Nowhere: this API has no place for thoughts, so none are asked for."""
    return ReasoningStyle.NONE


def _wish(request: CompletionRequest, prompt: str) -> ResponsesRequest:
    instructions, items = continuing(prompt, request.suffix or "")
    return ResponsesRequest(
        model=request.model,
        instructions=instructions,
        input=items,
        reasoning=Reasoning(summary="none"),
    )
