"""Who serves a request, and when a failure is final."""

import pytest

from codex2api.accounts.serving import Permit
from codex2api.errors import ApiError, Kind
from codex2api.protocol.answered import AnsweredError
from codex2api.protocol.events import Other, UpstreamEvent
from codex2api.protocol.request import ResponsesRequest
from codex2api.relay import Relay
from tests.events import completed, created, in_progress, rate_limits, text
from tests.fakes import (
    NOW,
    CountingIssuer,
    MemoryStore,
    Script,
    ScriptedUpstream,
    a_request,
    broken,
    limit_reached,
    relay,
    unauthorized,
)


async def events_of(relay: Relay, account: str | None = None) -> list[UpstreamEvent]:
    async with relay.open(a_request(), account=account) as call:
        return [event async for batch in call.batches for event in batch]


async def refusal_of(relay: Relay) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await events_of(relay)
    return caught.value


async def test_events_arrive_whole_the_held_back_greeting_included() -> None:
    told = [created(), in_progress(), text("hi"), completed()]
    upstream = ScriptedUpstream({"access-a": [told]})
    assert await events_of(relay(MemoryStore("a"), upstream)) == told
    assert upstream.open_streams == 0


async def test_the_block_is_entered_on_the_first_news_not_on_the_greeting() -> None:
    script = [rate_limits(), created(), Other("keepalive", {}), limit_reached()]
    upstream = ScriptedUpstream({"access-a": [script]})
    assert (await refusal_of(relay(MemoryStore("a"), upstream))).kind is Kind.LIMIT_REACHED


async def test_a_refusing_account_is_left_for_another() -> None:
    upstream = ScriptedUpstream(
        {"access-a": [limit_reached()] * 2, "access-b": [[text("hi"), completed()]] * 2}
    )
    served = relay(MemoryStore("a", "b"), upstream)
    assert await events_of(served) == [text("hi"), completed()]
    assert await events_of(served) == [text("hi"), completed()]
    tried = [token for token, _ in upstream.calls]
    assert tried.count("access-a") <= 1, "an account that rests is not asked again"


async def test_when_none_is_left_the_last_refusal_is_told() -> None:
    upstream = ScriptedUpstream({"access-a": [limit_reached(7)], "access-b": [limit_reached(7)]})
    error = await refusal_of(relay(MemoryStore("a", "b"), upstream))
    assert (error.kind, error.retry_after) == (Kind.LIMIT_REACHED, 7)
    assert len(upstream.calls) == 2


async def test_when_all_are_limited_the_one_that_is_back_first_is_told() -> None:
    for first, second in ((7, 3600), (3600, 7)):
        scripts = {"access-a": [limit_reached(first)], "access-b": [limit_reached(second)]}
        error = await refusal_of(relay(MemoryStore("a", "b"), ScriptedUpstream(scripts)))
        assert (error.kind, error.retry_after) == (Kind.LIMIT_REACHED, 7)


async def test_a_limit_says_more_than_that_another_account_lacks_the_model() -> None:
    unknown = ApiError(Kind.MODEL_NOT_FOUND, "No such model.")
    upstream = ScriptedUpstream({"access-a": [limit_reached(7)], "access-b": [unknown] * 2})
    served = relay(MemoryStore("a", "b"), upstream)
    for _ in range(2):
        assert (await refusal_of(served)).kind is Kind.LIMIT_REACHED
    assert len(upstream.calls) == 3


async def test_a_resting_account_says_so_without_a_call() -> None:
    upstream = ScriptedUpstream({"access-a": [limit_reached(7)]})
    served = relay(MemoryStore("a"), upstream)
    await refusal_of(served)
    assert (await refusal_of(served)).kind is Kind.LIMIT_REACHED
    assert len(upstream.calls) == 1


async def test_a_refused_token_is_renewed_once() -> None:
    issuer = CountingIssuer()
    upstream = ScriptedUpstream(
        {"access-a": [unauthorized()], "access-1": [[text("hi"), completed()]]}
    )
    assert await events_of(relay(MemoryStore("a"), upstream, issuer)) == [text("hi"), completed()]
    assert issuer.refreshes == 1


async def test_a_token_refused_for_ever_is_no_storm() -> None:
    issuer = CountingIssuer()
    upstream = ScriptedUpstream({"access-a": [unauthorized()], "access-1": [unauthorized()]})
    served = relay(MemoryStore("a"), upstream, issuer)
    for _ in range(3):
        assert (await refusal_of(served)).kind is Kind.SIGN_IN_REQUIRED
    assert (issuer.refreshes, len(upstream.calls)) == (1, 2)


async def test_a_stumble_before_any_news_is_forgiven_once() -> None:
    upstream = ScriptedUpstream({"access-a": [[created(), broken()], [text("hi"), completed()]]})
    assert await events_of(relay(MemoryStore("a"), upstream)) == [text("hi"), completed()]


async def test_a_second_stumble_is_final() -> None:
    upstream = ScriptedUpstream({"access-a": [[created(), broken()]] * 2})
    assert (await refusal_of(relay(MemoryStore("a"), upstream))).kind is Kind.UPSTREAM_UNAVAILABLE
    assert len(upstream.calls) == 2


async def test_after_news_nothing_is_repeated() -> None:
    upstream = ScriptedUpstream({"access-a": [[text("hi"), broken()]]})
    assert (await refusal_of(relay(MemoryStore("a"), upstream))).kind is Kind.UPSTREAM_UNAVAILABLE
    assert len(upstream.calls) == 1


async def test_a_limit_met_midway_rests_the_account() -> None:
    upstream = ScriptedUpstream({"access-a": [[text("hi"), limit_reached(9)]]})
    served = relay(MemoryStore("a"), upstream)
    await refusal_of(served)
    (state,) = await served.pool.overview()
    assert (state.state, state.until) == ("limited", NOW + 9)


async def test_limits_on_the_way_are_learned() -> None:
    upstream = ScriptedUpstream({"access-a": [[rate_limits(40), text("hi"), completed()]]})
    served = relay(MemoryStore("a"), upstream)
    await events_of(served)
    assert [w.used_percent for w in served.pool.limits("a").windows] == [40]


async def test_limits_amid_an_answer_are_learned() -> None:
    told = [rate_limits(40), text("hi"), rate_limits(41), text("ho"), completed()]
    upstream = ScriptedUpstream({"access-a": [told]})
    served = relay(MemoryStore("a"), upstream)
    await events_of(served)
    assert [w.used_percent for w in served.pool.limits("a").windows] == [41]


async def test_limits_are_learned_of_an_answer_that_is_left_or_breaks() -> None:
    upstream = ScriptedUpstream({"access-a": [[text("hi"), rate_limits(42), broken()]]})
    served = relay(MemoryStore("a"), upstream)
    await refusal_of(served)
    assert [w.used_percent for w in served.pool.limits("a").windows] == [42]


async def test_what_a_refusal_tells_of_limits_is_learned() -> None:
    headers = {"x-codex-primary-used-percent": "100", "x-codex-primary-window-minutes": "300"}
    full = AnsweredError.of(limit_reached(), headers | {"set-cookie": "x"})
    upstream = ScriptedUpstream({"access-a": [full]})
    served = relay(MemoryStore("a"), upstream)
    await refusal_of(served)
    assert [w.name for w in served.pool.limits("a").windows] == ["5h"]


def sealed_request() -> ResponsesRequest:
    compacted = {"type": "compaction", "encrypted_content": "x"}
    thought = {"type": "reasoning", "encrypted_content": "y"}
    return ResponsesRequest(model="gpt-5.5", input=[compacted, thought])


def foreign() -> ApiError:
    return ApiError(Kind.FOREIGN_REASONING, "Not of this account.")


async def test_compacted_history_is_taken_to_the_account_that_can_read_it() -> None:
    others = {f"access-{label}": [foreign(), foreign()] for label in "abd"}
    upstream = ScriptedUpstream({**others, "access-c": [[text("hi"), completed()]]})
    served = relay(MemoryStore("a", "b", "c", "d"), upstream)
    async with served.open(sealed_request()) as call:
        assert call.account == "c"
        assert call.stream.adjusted == ()
    asked = [request for token, request in upstream.calls if token == "access-c"]
    assert asked == [sealed_request()], "nothing is left out for the one who can read it"


async def test_when_nobody_can_read_it_that_is_the_answer() -> None:
    upstream = ScriptedUpstream({f"access-{label}": [foreign(), foreign()] for label in "ab"})
    with pytest.raises(ApiError) as caught:
        async with relay(MemoryStore("a", "b"), upstream).open(sealed_request()):
            pass
    assert caught.value.kind is Kind.FOREIGN_REASONING
    assert len(upstream.calls) == 4


async def test_a_refusal_that_teaches_nothing_is_not_sought_with_thousands() -> None:
    labels = [f"a{number}" for number in range(40)]
    unknown = ApiError(Kind.MODEL_NOT_FOUND, "No such model.")
    upstream = ScriptedUpstream({f"access-{label}": [unknown] for label in labels})
    assert (await refusal_of(relay(MemoryStore(*labels), upstream))).kind is Kind.MODEL_NOT_FOUND
    assert len(upstream.calls) == 16


async def test_a_limit_is_sought_past_with_all() -> None:
    labels = [f"a{number}" for number in range(40)]
    scripts: dict[str, list[Script | ApiError]] = {
        f"access-{label}": [limit_reached()] for label in labels[1:]
    }
    upstream = ScriptedUpstream(scripts | {"access-a0": [[text("hi"), completed()]]})
    assert await events_of(relay(MemoryStore(*labels), upstream)) == [text("hi"), completed()]


async def test_nobody_signed_in() -> None:
    error = await refusal_of(relay(MemoryStore(), ScriptedUpstream()))
    assert error.kind is Kind.NO_ACCOUNT
    assert "codex2api login" in error.message


async def test_only_the_named_account_may_serve() -> None:
    upstream = ScriptedUpstream({"access-a": [limit_reached()], "access-b": [[completed()]]})
    served = relay(MemoryStore("a", "b"), upstream)
    with pytest.raises(ApiError):
        await events_of(served, account="a")
    assert await events_of(served, account="b") == [completed()]


async def test_leaving_the_block_early_closes_the_upstream() -> None:
    upstream = ScriptedUpstream({"access-a": [[text("a"), text("b"), completed()]]})
    async with relay(MemoryStore("a"), upstream).open(a_request()) as call:
        async for _ in call.batches:
            break
    assert upstream.open_streams == 0


def not_on(*labels: str) -> Permit:
    """What lets a caller use all other accounts."""

    def permit(label: str) -> None:
        if label in labels:
            raise ApiError(Kind.RATE_LIMITED, f"Not on {label}.", retry_after=9)

    return permit


async def test_an_account_that_a_caller_may_not_use_is_left_for_another() -> None:
    upstream = ScriptedUpstream({"access-b": [[text("hi"), completed()]] * 2})
    served = relay(MemoryStore("a", "b"), upstream)
    for _ in range(2):
        async with served.open(a_request(), permit=not_on("a")) as call:
            assert call.account == "b"
    assert {token for token, _ in upstream.calls} == {"access-b"}


async def test_who_may_use_no_account_is_told_why_and_the_accounts_go_on() -> None:
    upstream = ScriptedUpstream({"access-a": [[text("hi"), completed()]]})
    served = relay(MemoryStore("a"), upstream)
    with pytest.raises(ApiError, match="Not on a") as caught:
        async with served.open(a_request(), permit=not_on("a")):
            pass
    assert caught.value.retry_after == 9
    assert upstream.calls == []
    assert [state.state for state in await served.pool.overview()] == ["active"]
    assert await events_of(served) == [text("hi"), completed()]
