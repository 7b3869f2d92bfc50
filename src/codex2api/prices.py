"""What calls would have cost at the list price of OpenAI's API, as ``genai-prices`` has it.

Its packaged table alone is read: nothing is fetched. The table is large, so it is imported when
the first price is wanted.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from codex2api.ledger.reports import Tokens

_PROVIDER = "openai"

_NOON = datetime(1970, 1, 1, 12, tzinfo=UTC)

_TOLD = {
    "input_mtok",
    "cache_read_mtok",
    "cache_write_mtok",
    "output_mtok",
    "web_searches_kcount",
    "storage_searches_kcount",
}
"""A model with a price beyond these counts pictures or sound apart. How many of its tokens they
were is not recorded, so that its price would be a guess."""


def list_price(model: str, day: int, tokens: Tokens, calls: int) -> Decimal | None:
    """What calls would have cost, in dollars; ``None`` of a model that has no list price.

    It is the price of the standard service tier, without what no answer tells: what was written
    to the cache, and the use of hosted tools.

    Args:
        model: As the backend calls it.
        day: Days since 1970, UTC: prices change.
        tokens: Of all calls, which are on the same side of ``LONG_INPUT``.
        calls: How many.
    """
    from genai_prices import Usage, calc_price  # noqa: PLC0415 (large; see the module's text)

    # On one side of the limit the price is in proportion, and the mean is on that side, too.
    usage = Usage(
        input_tokens=Decimal(tokens.input) / calls,
        cache_read_tokens=Decimal(min(tokens.cached, tokens.input)) / calls,
        output_tokens=Decimal(tokens.output) / calls,
    )
    try:
        each = calc_price(
            usage,
            model,
            provider_id=_PROVIDER,
            genai_request_timestamp=_NOON + timedelta(days=day),
        )
    except LookupError:
        return None
    told = {name for name, price in vars(each.model_price).items() if price is not None}
    return each.total_price * calls if told <= _TOLD else None
