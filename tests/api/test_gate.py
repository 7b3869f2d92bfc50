"""The gate in the walk of a request: over a front whose routes tell what they are asked to."""

from typing import Any

import httpx2
import pytest
from starlette.types import Receive, Scope, Send
from tests.callers.house import NOW, Stage, used

from codex2api.api.cold import cold_app
from codex2api.api.errors import error_headers, send_json
from codex2api.api.exchange import exchange_of
from codex2api.api.front import Front
from codex2api.api.gate import leave_later, only_account, terms
from codex2api.api.guards import Guards
from codex2api.api.invitation import Invitations
from codex2api.callers import Callers, KnownKey
from codex2api.callers.caller import digest
from codex2api.errors import ApiError, Kind

CHAT = "/v1/chat/completions"
BEARER = {"authorization": "Bearer sk-anne"}


class Served:
    """A front with one key, whose hot routes cost some tokens and go as a test wants them to."""

    def __init__(self, expires: float | None = None, **said: Any) -> None:
        self.stage = Stage()
        known = self.stage.key("anne", **said)
        meter = known.caller.meter
        assert meter is not None
        meter.holder = KnownKey(digest("sk-anne"), known.caller, expires)
        callers = Callers([meter.holder], now=lambda: self.stage.now)
        self.failure: Exception | None = None
        self.tokens = 10
        self.later: list[Any] = []

        self.front = Front(
            Guards(),
            callers,
            Invitations(lambda: NOW, b"secret"),
            {CHAT: self.answer},
            cold_app([]),
        )

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope)
        if self.failure is not None:
            raise self.failure
        permit = terms(exchange, "gpt-5.5").permit
        if permit is not None:
            permit("a")
        exchange.account, exchange.usage = "a", used(fresh=self.tokens)
        if "background" in exchange.asked:
            self.later.append(leave_later(exchange))
        await send_json(send, 200, {}, [(b"x-ratelimit-reset-requests", b"777s")])

    async def ask(self, path: str = CHAT, method: str = "POST", **headers: str) -> httpx2.Response:
        transport = httpx2.ASGITransport(self.front)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
            body = {"json": {}} if method == "POST" else {}
            return await http.request(method, path, headers={**BEARER, **headers}, **body)


async def test_a_limit_answers_as_openai_does() -> None:
    served = Served(requests="1/1m")
    assert (await served.ask()).status_code == 200

    refused = await served.ask()

    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert refused.headers["retry-after"] == "60"
    assert "x-should-retry" not in refused.headers
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"


async def test_who_would_have_to_wait_long_is_told_not_to_try_again() -> None:
    served = Served(requests="1/1d")
    await served.ask()
    assert (await served.ask()).headers["x-should-retry"] == "false"


@pytest.mark.parametrize(("seconds", "hopeless"), [(None, False), (60.0, False), (61.0, True)])
def test_only_long_waits_are_hopeless(seconds: float | None, hopeless: bool) -> None:
    headers = error_headers(ApiError(Kind.RATE_LIMITED, "Wait.", retry_after=seconds))
    assert ((b"x-should-retry", b"false") in headers) is hopeless


async def test_tokens_of_an_answer_count_when_it_has_ended() -> None:
    served = Served(tokens="15/1h")
    first = await served.ask()
    assert first.headers["x-ratelimit-remaining-tokens"] == "15"
    assert (await served.ask()).headers["x-ratelimit-remaining-tokens"] == "5"
    refused = await served.ask()
    assert refused.status_code == 429
    assert "15 tokens per 1h" in refused.json()["error"]["message"]


async def test_the_limits_of_the_key_take_the_place_of_the_plan_s() -> None:
    answer = await Served(requests="5/1m").ask()
    assert answer.headers.get_list("x-ratelimit-reset-requests") == ["60s"]
    unlimited = await Served().ask()
    assert unlimited.headers.get_list("x-ratelimit-reset-requests") == ["777s"]


@pytest.mark.parametrize(
    "failure", [None, ApiError(Kind.BAD_REQUEST, "No."), KeyError("bug")], ids=str
)
async def test_however_a_request_ends_it_is_not_under_way_any_more(
    failure: Exception | None,
) -> None:
    served = Served(concurrency="1")
    for _ in range(3):
        served.failure = failure
        assert (await served.ask()).status_code in (200, 400, 500)


async def test_what_goes_on_in_the_background_is_under_way_until_it_ends() -> None:
    served = Served(concurrency="1", tokens="10/1h")
    assert (await served.ask(background="1")).status_code == 200
    assert (await served.ask()).status_code == 429
    served.later.pop()()
    refused = await served.ask()
    assert "10 tokens per 1h" in refused.json()["error"]["message"]


async def test_what_asks_no_model_is_not_counted() -> None:
    served = Served(requests="1/1h")
    for path, method in (("/v1/models", "GET"), (CHAT, "GET"), ("/v1/files", "POST")):
        assert (await served.ask(path, method)).status_code != 429
    assert (await served.ask()).status_code == 200


async def test_an_expired_key_is_told_so() -> None:
    served = Served(expires=NOW)
    refused = await served.ask()
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "invalid_api_key"
    assert "expired at" in refused.json()["error"]["message"]


def test_a_bound_key_uses_no_other_account() -> None:
    caller = Stage().key(account="anne").caller
    assert only_account(None, caller) == "anne"
    assert only_account("anne", caller) == "anne"
    with pytest.raises(ApiError, match="bound to the account 'anne'") as caught:
        only_account("ben", caller)
    assert caught.value.kind is Kind.FORBIDDEN
    assert caught.value.param == "x-codex2api-account"


def test_who_is_not_bound_may_choose() -> None:
    assert only_account("ben", Stage().key().caller) == "ben"
    assert only_account(None, None) is None


async def test_a_share_of_a_week_is_used_up_by_answers() -> None:
    served = Served(weekly_share="25%")
    served.stage.plan.sharing = True
    served.stage.plan_used(0)
    assert (await served.ask()).status_code == 200
    served.stage.plan_used(30)
    refused = await served.ask()
    assert refused.status_code == 429
    assert "25 % of the plan's weekly window" in refused.json()["error"]["message"]
