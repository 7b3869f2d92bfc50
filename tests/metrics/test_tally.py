"""What is counted of calls, and what of it becomes a label."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from codex2api.errors import Kind
from codex2api.ledger.calls import EndedCall
from codex2api.metrics.catalogue import METRICS, PREFIX
from codex2api.metrics.exposition import exposition, registry
from codex2api.metrics.reading import AccountNow, Snapshot, WindowNow
from codex2api.metrics.tally import FIRST_BOUNDS, Tally
from codex2api.metrics.values import spreads_of, values_of

ROUTE = "/v1/responses"
MODELS = frozenset({"gpt-5.5", "gpt-5.2"})


def a_call(**fields: Any) -> EndedCall:
    usual: dict[str, Any] = {
        "at": 0,
        "request_id": "req_1",
        "method": "POST",
        "route": ROUTE,
        "model": "gpt-5.5",
        "account": "default",
        "key_name": "owner",
        "input_tokens": 100,
        "cached_tokens": 60,
        "output_tokens": 20,
        "reasoning_tokens": 15,
        "first_ms": 300,
        "total_ms": 2300,
        "status": 200,
        "streamed": True,
        "silence_ms": 700,
    }
    return EndedCall(**(usual | fields))


def counted(*calls: EndedCall) -> Snapshot:
    tally = Tally()
    for call in calls:
        tally.record(call)
    return Snapshot(pids=(), counts=tally.counts, models=MODELS)


def samples(snapshot: Snapshot) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """What a scrape says, as Prometheus reads it."""
    text, _ = exposition(CollectorRegistry(), snapshot, "")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_calls_that_are_alike_are_added_up() -> None:
    values = values_of(counted(a_call(), a_call(), a_call(streamed=False), a_call(status=429)))
    assert values[f"{PREFIX}requests_total"] == {
        (ROUTE, "2xx", "yes"): 2,
        (ROUTE, "2xx", "no"): 1,
        (ROUTE, "4xx", "yes"): 1,
    }


def test_every_token_is_in_one_class() -> None:
    values = values_of(counted(a_call(), a_call(model="gpt-5.2", cached_tokens=0)))
    assert values[f"{PREFIX}tokens_total"] == {
        ("gpt-5.5", "input"): 40,
        ("gpt-5.5", "cached"): 60,
        ("gpt-5.5", "output"): 5,
        ("gpt-5.5", "reasoning"): 15,
        ("gpt-5.2", "input"): 100,
        ("gpt-5.2", "cached"): 0,
        ("gpt-5.2", "output"): 5,
        ("gpt-5.2", "reasoning"): 15,
    }
    assert values[f"{PREFIX}cache_share"] == {("gpt-5.5",): 0.6, ("gpt-5.2",): 0.0}
    assert values[f"{PREFIX}key_tokens_total"] == {("owner",): 240}


def test_distributions() -> None:
    spreads = spreads_of(counted(a_call()))
    (first,) = spreads[f"{PREFIX}first_token_seconds"].values()
    assert first.counts[FIRST_BOUNDS.index(0.5)] == 1
    assert first.total == 0.3
    (speed,) = spreads[f"{PREFIX}output_tokens_per_second"].values()
    assert speed.total == pytest.approx(10)  # 20 tokens in the two seconds after the first
    (silence,) = spreads[f"{PREFIX}longest_silence_seconds"].values()
    assert silence.total == 0.7


def test_a_value_on_a_bound_belongs_below_it() -> None:
    said = samples(counted(a_call(first_ms=500)))
    series = {("route", ROUTE), ("model", "gpt-5.5")}
    name = f"{PREFIX}first_token_seconds"
    assert said[f"{name}_bucket", frozenset(series | {("le", "0.25")})] == 0
    assert said[f"{name}_bucket", frozenset(series | {("le", "0.5")})] == 1
    assert said[f"{name}_count", frozenset(series)] == 1


def test_what_nobody_told_is_not_counted() -> None:
    untold = a_call(
        model=None,
        input_tokens=None,
        cached_tokens=None,
        output_tokens=None,
        reasoning_tokens=None,
        first_ms=None,
        silence_ms=None,
        status=401,
        error="no_account",
    )
    snapshot = counted(untold)
    values = values_of(snapshot)
    assert values[f"{PREFIX}errors_total"] == {(ROUTE, "no_account"): 1}
    assert f"{PREFIX}tokens_total" not in {name for name, series in values.items() if series}
    assert set(spreads_of(snapshot)) == {f"{PREFIX}request_seconds"}


def test_an_answer_in_one_piece_says_nothing_of_speed() -> None:
    for call in (a_call(streamed=False), a_call(first_ms=2300), a_call(output_tokens=0)):
        assert f"{PREFIX}output_tokens_per_second" not in spreads_of(counted(call))


# -- labels --------------------------------------------------------------------------------------


def test_names_that_others_choose_are_few() -> None:
    calls = [a_call(model=f"m{n}", error=f"e{n}", key_name=f"k{n}") for n in range(3000)]
    snapshot = counted(*calls)
    assert len(snapshot.counts.calls) <= 1001
    values, spreads = values_of(snapshot), spreads_of(snapshot)
    assert values[f"{PREFIX}errors_total"] == {(ROUTE, "other"): 3000}
    assert {model for model, _ in values[f"{PREFIX}tokens_total"]} == {"other"}
    assert len(values[f"{PREFIX}key_requests_total"]) <= 21
    assert sum(values[f"{PREFIX}key_requests_total"].values()) == 3000
    assert sum(len(series) for series in [*values.values(), *spreads.values()]) < 60


def test_every_code_of_ours_is_told_as_it_is() -> None:
    values = values_of(counted(*(a_call(status=500, error=kind.value) for kind in Kind)))
    assert values[f"{PREFIX}errors_total"] == {(ROUTE, kind.value): 1 for kind in Kind}


@pytest.mark.parametrize("odd", ['a"} 1\nevil_total 7', "back\\slash", "\u2028", "é", ""])
def test_a_label_cannot_break_out(odd: str) -> None:
    snapshot = counted(a_call(key_name=odd))
    snapshot.accounts = (AccountNow(odd, "active", (WindowNow(odd, odd, 0.5, None, 1.0),)),)
    said = samples(snapshot)
    assert not any(name.startswith("evil") for name, _ in said)
    assert said[f"{PREFIX}account_state", frozenset({("account", odd), ("state", "active")})] == 1


# -- the text ------------------------------------------------------------------------------------


def test_both_formats_have_every_metric() -> None:
    names = {metric.name.removesuffix("_total") for metric in METRICS}
    for accept in ("", "application/openmetrics-text; version=1.0.0"):
        body, kind = exposition(CollectorRegistry(), counted(a_call()), accept)
        assert kind.startswith("application/openmetrics-text" if accept else "text/plain")
        told = {line.split()[2] for line in body.decode().splitlines() if line[:6] == "# HELP"}
        assert {name.removesuffix("_total") for name in told} == names


def test_everything_that_is_counted_is_in_the_catalogue() -> None:
    snapshot = counted(a_call(error="rate_limit_exceeded", status=403), a_call(error="forbidden"))
    window = WindowNow("codex", "5h", 0.5, 9.0, 1.0)
    snapshot.accounts = (AccountNow("default", "active", (window,)),)
    known = {metric.name: metric for metric in METRICS}
    values, spreads = values_of(snapshot), spreads_of(snapshot)
    for name, series in [*values.items(), *spreads.items()]:
        for labels in series:
            assert len(labels) == len(known[name].labels), name


def test_the_registry_is_ours_and_keeps_nothing() -> None:
    ours = registry()
    before, _ = exposition(ours, counted(), "")
    exposition(ours, counted(a_call()), "")
    after, _ = exposition(ours, counted(), "")
    assert before == after
    assert b"python_info" in after
