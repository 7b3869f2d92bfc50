"""``POST /v1/messages/count_tokens``: what a request would weigh."""

import msgspec

from codex2api.dialects.messages.schema import MessagesRequest, Prompt


class TokenCount(msgspec.Struct, kw_only=True):
    """The answer."""

    input_tokens: int


def as_messages(prompt: Prompt) -> MessagesRequest:
    """What is to be counted, as a request that could be sent."""
    said = {name: getattr(prompt, name) for name in prompt.__struct_fields__}
    return MessagesRequest(**said, max_tokens=0)
