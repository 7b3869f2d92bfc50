"""Which API a request belongs to."""

import pytest

from codex2api.api.etiquette import Etiquette
from codex2api.api.hot_routes import DIALECTS
from codex2api.dialects.manners import OPENAI, Manners
from codex2api.dialects.messages import ANTHROPIC

MARKED = {"anthropic-version": "2023-06-01"}


@pytest.mark.parametrize(
    ("path", "headers", "manners"),
    [
        ("/v1/messages", {}, ANTHROPIC),
        ("/v1/messages/count_tokens", {}, ANTHROPIC),
        ("/v1/messagesque", {}, OPENAI),
        ("/v1/models", {}, OPENAI),
        ("/v1/models", MARKED, ANTHROPIC),
        ("/v1/chat/completions", MARKED, OPENAI),
        ("/v1/chat/completions/chatcmpl-1", MARKED, OPENAI),
        ("/nowhere", MARKED, ANTHROPIC),
        ("/nowhere", {}, OPENAI),
    ],
)
def test_manners(path: str, headers: dict[str, str], manners: Manners) -> None:
    assert Etiquette(DIALECTS).of(path, headers) is manners


def test_without_dialects_all_is_openais() -> None:
    assert Etiquette().of("/v1/messages", MARKED) is OPENAI
