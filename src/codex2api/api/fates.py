"""What became of a request, as its answer's headers tell it, and strict mode."""

from collections.abc import Mapping, Sequence

from codex2api.accounts.limits import RateLimits
from codex2api.api.exchange import name_list
from codex2api.api.streaming import RawHeaders
from codex2api.dialects.parameters import Survey
from codex2api.errors import ApiError, Kind

_STRICT = "x-codex2api-strict"
EXPLAIN = "x-codex2api-explain"
"""Answered with what would be sent, in the place of sending it."""

_YES_OR_NO = {"1": True, "true": True, "0": False, "false": False}


def is_strict(headers: Mapping[str, str], setting: bool) -> bool:
    """Whether this request forbids to drop a parameter.

    Raises:
        ApiError: The header is neither yes nor no; a guess could drop what must not be dropped.
    """
    return is_on(headers, _STRICT) or setting


def is_on(headers: Mapping[str, str], name: str) -> bool:
    """Whether a header that is yes or no says yes; one that is not there says no.

    Raises:
        ApiError: It is neither.
    """
    said = headers.get(name)
    if said is None:
        return False
    asked = _YES_OR_NO.get(said.strip().lower())
    if asked is None:
        raise ApiError(
            Kind.BAD_REQUEST,
            f"Invalid value for the header '{name}': expected 1 or 0.",
            param=name,
            code="invalid_value",
        )
    return asked


def forbid(dropped: Sequence[str], strict: bool) -> None:
    """In strict mode, refuse what cannot be honoured.

    Raises:
        ApiError: Its ``param`` names the first of it.
    """
    if strict and dropped:
        raise ApiError(
            Kind.BAD_REQUEST,
            f"'{dropped[0]}' cannot be honoured, and strict mode forbids to drop it.",
            param=dropped[0],
            code="unsupported_parameter",
        )


def fate_headers(
    survey: Survey, adjusted: tuple[str, ...] = (), dropped: tuple[str, ...] = ()
) -> RawHeaders:
    """The headers that name what was not done just as it was asked for.

    Args:
        survey: What we did with the parameters.
        adjusted: Wishes that were moved besides: ``size:512x512->1024x1024``.
        dropped: Wishes that were dropped besides.
    """
    return [
        *name_list(b"x-codex2api-adjusted", survey.adjusted + adjusted),
        *name_list(b"x-codex2api-dropped", survey.dropped + dropped),
        *name_list(b"x-codex2api-emulated", survey.emulated),
    ]


def served_headers(account: str, model: str | None, limits: RateLimits, now: float) -> RawHeaders:
    """The headers that tell who served.

    Args:
        account: Label of the account.
        model: Where that is known.
        limits: The account's, as far as they are known.
        now: Unix seconds.
    """
    told = limits.ratelimit_headers(now)
    return [
        *name_list(b"x-codex2api-account", (account,)),
        *name_list(b"openai-model", (model,) if model else ()),
        *((name.encode(), value.encode()) for name, value in told.items()),
    ]
