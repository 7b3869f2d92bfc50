"""Which part of the server a sample counts for."""

import pytest

from bench.budget import OTHER, part_of, shares

LOOP = "main (codex2api/__main__.py:6);run (asyncio/runners.py:118)"


@pytest.mark.parametrize(
    ("stack", "part"),
    [
        (LOOP, OTHER),
        (
            f"{LOOP};run_asgi (uvicorn/protocols/http/httptools_impl.py:1)",
            "HTTP server: parsing, writing",
        ),
        (f"{LOOP};a (codex2api/api/front.py:1);loads (json/decoder.py:2)", "door: guards, key"),
        (f"{LOOP};a (codex2api/api/answers.py:1)", "streaming"),
        (f"{LOOP};a (codex2api/upstream/reader.py:1)", "decoding events"),
        (f"{LOOP};a (codex2api/upstream/wire/message.py:1)", "HTTP to the backend"),
        (f"{LOOP};a (codex2api/upstream/prepare.py:1)", "the backend's rules"),
        (f"{LOOP};a (codex2api/store/ledger.py:1);b (sqlalchemy/x.py:1)", "ledger"),
    ],
)
def test_the_innermost_part_counts(stack: str, part: str) -> None:
    assert part_of(stack).startswith(part)


def test_shares_of_all_samples() -> None:
    ours, theirs = "a (codex2api/dialects/chat/stream.py:1)", "b (x.py:1)"

    assert shares([f"{theirs} 1", f"{LOOP};{ours} 2", f"{ours} 1"]) == {
        "the client's dialect": 0.75,
        OTHER: 0.25,
    }
