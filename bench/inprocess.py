"""What translating a large request costs, stage by stage: ``python -m bench.inprocess``."""

import time
from collections.abc import Callable
from typing import Any

from bench.works import WORKS, body
from codex2api.catalog.fallback import FALLBACK
from codex2api.dialects.base import Dialect
from codex2api.dialects.chat import CHAT
from codex2api.dialects.responses import RESPONSES
from codex2api.protocol.json import encode
from codex2api.upstream.prepare import Rules, prepare
from codex2api.upstream.shapes import Shape

_TIMES = 40


def translate_cost(dialect: Dialect[Any], content: bytes) -> dict[str, float]:
    """Milliseconds of CPU for each stage of one request (the best of many), and MB/s over all."""
    parsed = dialect.parse(content).request
    (wish, *_) = dialect.to_upstream(parsed)
    resolved = FALLBACK.resolve(wish.model)
    prepared = prepare(wish, resolved, Rules(), Shape.CLASSIC)
    costs = {
        "parse": _best(lambda: dialect.parse(content)),
        "to_upstream": _best(lambda: dialect.to_upstream(parsed)),
        "prepare": _best(lambda: prepare(wish, resolved, Rules(), Shape.CLASSIC)),
        "encode": _best(lambda: encode(prepared.body)),
    }
    return costs | {"MB/s": len(content) / sum(costs.values()) / 1000}


def translations() -> dict[str, dict[str, float]]:
    """The same for every kind of large body."""
    cases: dict[str, tuple[Dialect[Any], bytes]] = {
        "chat, conversation": (CHAT, body(WORKS["talk"], "gpt-5.4")),
        "chat, image": (CHAT, body(WORKS["image"], "gpt-5.4")),
        "responses, conversation": (
            RESPONSES,
            body(WORKS["talk"], "gpt-5.4", as_responses=True),
        ),
    }
    return {name: translate_cost(*case) for name, case in cases.items()}


def _best(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(_TIMES):
        begun = time.process_time_ns()
        work()
        best = min(best, (time.process_time_ns() - begun) / 1e6)
    return best


if __name__ == "__main__":
    for name, costs in translations().items():
        print(f"{name:<28}" + "".join(f"{stage} {cost:>8.3f}  " for stage, cost in costs.items()))
