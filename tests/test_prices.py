"""List prices: out of the package's own table, and never guessed."""

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import TieredPrices

from codex2api.ledger.reports import LONG_INPUT, Tokens
from codex2api.prices import list_price

DAY = (datetime(2026, 11, 25, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days


def test_a_price() -> None:
    # $1.25 a million read, a tenth of it from the cache, $10 a million written.
    tokens = Tokens(1_000_000, 400_000, 100_000, 90_000)
    assert list_price("gpt-5.1", DAY, tokens, 4) == Decimal("1.80")


@pytest.mark.parametrize("model", ["", "gpt-9", "nobody's model", "claude-sonnet-4-5"])
def test_an_unknown_model_has_no_price(model: str) -> None:
    assert list_price(model, DAY, Tokens(1000, 0, 1000, 0), 1) is None


@pytest.mark.parametrize("model", ["gpt-image-2", "gpt-4o-transcribe"])
def test_a_model_that_counts_pictures_or_sound_apart_has_no_price(model: str) -> None:
    assert list_price(model, DAY, Tokens(1000, 0, 1000, 0), 1) is None


def test_a_price_of_its_day() -> None:
    tokens = Tokens(1000, 0, 1000, 0)
    before, after = (list_price("gpt-5.6-luna", DAY - days, tokens, 1) for days in (150, 0))
    assert before is not None
    assert after is not None
    assert before > after


@pytest.mark.parametrize("size", [LONG_INPUT - 1000, LONG_INPUT + 1000])
def test_many_calls_cost_as_much_as_each_by_itself(size: int) -> None:
    calls = [Tokens(size + 7 * number, 1000 * number, 500, 0) for number in range(3)]
    alone = [list_price("gpt-5.5", DAY, call, 1) for call in calls]
    together = list_price("gpt-5.5", DAY, sum(calls, Tokens()), len(calls))
    assert together is not None
    assert round(together, 9) == round(sum(price for price in alone if price), 9)


def test_more_cached_than_read_is_no_failure() -> None:
    assert list_price("gpt-5.5", DAY, Tokens(10, 50, 1, 0), 1) is not None


def test_there_is_one_limit_beyond_which_prices_are_others() -> None:
    """Sums are made on either side of it; a new table with another limit needs another sum."""
    (openai,) = (found for found in get_snapshot().providers if found.id == "openai")
    starts = {
        tier.start
        for model in openai.models
        for part in (model.prices if isinstance(model.prices, list) else [model.prices])
        for price in vars(getattr(part, "prices", part)).values()
        if isinstance(price, TieredPrices)
        for tier in price.tiers
    }
    assert starts == {LONG_INPUT}


OFFLINE = f"""
import sys, threading
def refuse(event, arguments):
    if event.startswith(("socket.connect", "socket.getaddrinfo", "socket.gethostby", "urllib")):
        raise RuntimeError("A price reached for the network: " + event)
sys.addaudithook(refuse)
from codex2api.ledger.reports import Tokens
from codex2api.prices import list_price
assert "genai_prices" not in sys.modules
assert list_price("gpt-5.5", {DAY}, Tokens(1000, 0, 1000, 0), 1) is not None
assert list_price("gpt-9", {DAY}, Tokens(1000, 0, 1000, 0), 1) is None
assert "genai_prices" in sys.modules
assert threading.active_count() == 1
import socket
try:
    socket.create_connection(("127.0.0.1", 9))
except RuntimeError as refused:
    print(refused)
"""


def test_prices_are_never_fetched() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "reached for the network" in done.stdout, "and the guard works"


def test_a_server_that_nobody_asks_knows_no_prices() -> None:
    code = "import codex2api.app, sys; print('genai_prices' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"
