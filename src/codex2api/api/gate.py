"""What a caller's key has to say about a request, on its way in and out.

Front and the WebSocket call ``enter`` and ``leave`` around every request that asks a model; who
reads a request calls ``terms`` before anything is sent.
"""

from collections.abc import Callable
from dataclasses import dataclass

from codex2api.accounts.serving import Permit
from codex2api.api.exchange import Exchange
from codex2api.callers import Caller
from codex2api.errors import ApiError, Kind

ASKING = frozenset(
    {
        "/backend-api/codex/responses",
        "/backend-api/codex/responses/compact",
        "/v1/audio/transcriptions",
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/images/edits",
        "/v1/images/generations",
        "/v1/messages",
        "/v1/responses",
        "/v1/responses/compact",
    }
)
"""Where a model is asked, and a plan is used."""

_ACCOUNT = "x-codex2api-account"


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a request is served.

    Attributes:
        account: Label of the only account that may serve; ``None`` for any.
        permit: What is allowed of each account; ``None`` for everything.
    """

    account: str | None
    permit: Permit | None


def enter(exchange: Exchange, *, asks: bool = True) -> None:
    """Let a request in that ``Front`` knows the caller of; ``leave`` has to follow.

    Args:
        exchange: The request.
        asks: Whether it asks a model at all, where its path alone does not tell.

    Raises:
        ApiError: A limit of the key is reached, or the key is no good any more.
    """
    caller = exchange.caller
    if caller is None or caller.meter is None:
        return
    meter = caller.meter
    exchange.caller = meter.caller()
    if asks and exchange.method in ("POST", "WS") and exchange.path in ASKING:
        meter.enter(exchange.caller)
        exchange.entered = True


def leave(exchange: Exchange) -> None:
    """A request is over, however it went."""
    caller = exchange.caller
    if exchange.entered and caller is not None and caller.meter is not None:
        exchange.entered = False
        caller.meter.leave(caller, exchange.account, exchange.usage)


def leave_later(exchange: Exchange) -> Callable[[], None]:
    """What has to be called when a request is over that goes on behind its own answer."""
    entered, exchange.entered = exchange.entered, False

    def over() -> None:
        exchange.entered = entered
        leave(exchange)

    return over


def terms(exchange: Exchange, model: str | None) -> Terms:
    """On what terms a request is served.

    Args:
        exchange: The request.
        model: The one that it asks; ``None`` if it asks none.

    Raises:
        ApiError: The key allows it on none.
    """
    caller = exchange.caller
    only = only_account(exchange.asked.get(_ACCOUNT), caller)
    if caller is None or caller.meter is None or model is None:
        return Terms(only, None)
    caller.meter.require_model(caller, model)
    return Terms(only, caller.meter.permit(caller))


def only_account(asked: str | None, caller: Caller | None) -> str | None:
    """Label of the only account that counts for a request, if there is one.

    Args:
        asked: The one that the request's header names.
        caller: Whose request it is.

    Raises:
        ApiError: ``FORBIDDEN``: another one is asked for than the key is bound to.
    """
    bound = None if caller is None else caller.grants.account
    if bound is None:
        return asked
    if asked not in (None, bound):
        raise ApiError(
            Kind.FORBIDDEN,
            f"This API key is bound to the account '{bound}' and uses no other.",
            param=_ACCOUNT,
        )
    return bound
