"""The exact call that a request would cause, for whoever sends ``x-codex2api-explain: 1``."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from codex2api.accounts.serving import Permit
from codex2api.api.endpoint import DialectEndpoint
from codex2api.api.wish import Wish
from codex2api.dialects.base import Dialect, parse_body
from codex2api.dialects.fates import fates
from codex2api.protocol.rehearsed import Rehearsed
from codex2api.protocol.request import ResponsesRequest
from codex2api.reasoning import ReasoningMemory

_ENCRYPTED = "encrypted_content"
"""Reasoning that is put back for callers who cannot send it: no caller ever sees it."""


class Rehearse(Protocol):
    """Says who would serve a request, and with which call."""

    def __call__(
        self, request: ResponsesRequest, account: str | None, permit: Permit | None
    ) -> Awaitable[tuple[str, Rehearsed]]:
        """The account's label, and the call; raises ``ApiError`` where nobody could serve."""


Recall = Callable[[ResponsesRequest], ResponsesRequest]


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains requests of one dialect.

    Attributes:
        recall: Puts back what was thought before, as for a call that is made.
    """

    dialect: Dialect[Any]
    rehearse: Rehearse
    recall: Recall

    async def explain(self, wish: Wish[Any], body: bytes) -> dict[str, Any]:
        """What becomes of a request; nothing is asked of a model.

        Raises:
            ApiError: Nobody could serve it.
        """
        fields = parse_body(body, self.dialect.schema)[1]
        told = fates(fields, self.dialect.parameters, wish.survey)
        calls = [await self._call(wish, *each) for each in _counted(wish.choices)]
        first = calls[0]
        return {
            "object": "codex2api.explanation",
            "path": self.dialect.path,
            "asked_model": wish.choices[0].model,
            "account": first["account"],
            "model": first["model"],
            "effort": first["effort"],
            "stream": bool(wish.request.stream),
            "kept": wish.recalled is not None and wish.recalled.stored,
            "reasoning": wish.reasoning,
            "parameters": told,
            "emulated": wish.survey.emulated,
            "adjusted": wish.survey.adjusted + first["adjusted"],
            "dropped": wish.survey.dropped + first["dropped"],
            "calls": [_shown(call) for call in calls],
        }

    async def _call(self, wish: Wish[Any], choice: ResponsesRequest, times: int) -> dict[str, Any]:
        terms = wish.terms
        account, sent = await self.rehearse(self.recall(choice), terms.account, terms.permit)
        wish.exchange.account = account
        return {
            "times": times,
            "account": account,
            "model": sent.model,
            "known": sent.known,
            "effort": sent.effort,
            "form": sent.form,
            "adjusted": sent.adjusted,
            "dropped": sent.dropped,
            "method": "POST",
            "url": sent.url,
            "headers": sent.headers,
            "body": _veiled(sent.body),
        }


def explained(
    routes: Mapping[str, DialectEndpoint[Any]], rehearse: Rehearse, reasoning: ReasoningMemory
) -> dict[str, DialectEndpoint[Any]]:
    """The hot routes, able to explain what they would do."""
    found = {}
    for path, endpoint in routes.items():
        dialect = endpoint.understanding.dialect
        recall = reasoning.recalled if dialect.loses_reasoning else _as_it_is
        explainer = Explainer(dialect, rehearse, recall)
        found[path] = replace(endpoint, explainer=explainer)
    return found


def _as_it_is(request: ResponsesRequest) -> ResponsesRequest:
    return request


def _counted(choices: Iterable[ResponsesRequest]) -> list[tuple[ResponsesRequest, int]]:
    """The different choices, and how often each is asked for."""
    found: list[tuple[ResponsesRequest, int]] = []
    for choice in choices:
        if found and found[-1][0] == choice:
            found[-1] = (choice, found[-1][1] + 1)
        else:
            found.append((choice, 1))
    return found


def _shown(call: dict[str, Any]) -> dict[str, Any]:
    """A call without what the explanation says of all of them."""
    return {name: value for name, value in call.items() if name not in ("adjusted", "dropped")}


def _veiled(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body, with a word in the place of reasoning that is encrypted for the account."""
    items = body.get("input")
    if not isinstance(items, list):
        return dict(body)
    return {**body, "input": [_veiled_item(item) for item in items]}


def _veiled_item(item: Mapping[str, Any]) -> Mapping[str, Any]:
    hidden = item.get(_ENCRYPTED)
    if not isinstance(hidden, str):
        return item
    return {**item, _ENCRYPTED: f"(encrypted, {len(hidden)} characters)"}
