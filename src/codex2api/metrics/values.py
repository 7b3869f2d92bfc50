"""From what was counted to what each metric says: a value for each combination of labels. Pure.

Labels are bounded here. What callers choose (a model's name, a key's) is told only as far as it is
one of few; the rest is ``other``.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import TypeAlias

from codex2api.errors import Kind
from codex2api.metrics.catalogue import PREFIX
from codex2api.metrics.reading import Snapshot, add_spread
from codex2api.metrics.tally import OTHER, Alike, Group, Spread

Labels: TypeAlias = tuple[str, ...]
Values: TypeAlias = dict[str, dict[Labels, float]]
Spreads: TypeAlias = dict[str, dict[Labels, Spread]]

_MOST_KEYS = 20

_CODES = frozenset(kind.value for kind in Kind) | {
    "access_denied",
    "account_paused",
    "another_account",
    "another_client",
    "bad_id_token",
    "caller_left",
    "client_id_missing",
    "code_missing",
    "code_refused",
    "denied",
    "duplicate_item",
    "file_not_found",
    "insufficient_quota",
    "invalid_form",
    "invalid_image_file",
    "invalid_value",
    "item_not_found",
    "missing_codex_entitlement",
    "missing_required_parameter",
    "mutually_exclusive_parameters",
    "name_taken",
    "not_a_redirect",
    "port_in_use",
    "previous_response_not_finished",
    "previous_response_not_found",
    "refresh_token_expired",
    "refresh_token_invalidated",
    "refresh_token_reused",
    "registration_lost",
    "response_cancelled",
    "response_in_progress",
    "server_error",
    "sign_in_cancelled",
    "sign_in_expired",
    "sign_in_timeout",
    "state_mismatch",
    "storage_failed",
    "unsupported_parameter",
    "unsupported_tool",
    "unsupported_value",
    "websocket_connection_limit_reached",
}
"""Codes that are told as they are; the backend may make up any number of others."""

_REFUSALS = frozenset(
    {Kind.INVALID_KEY.value, Kind.TOO_MANY_WRONG_KEYS.value, Kind.FORBIDDEN.value}
)


def values_of(snapshot: Snapshot) -> Values:
    """Counters and gauges by metric; the catalogue knows their labels."""
    values: Values = defaultdict(lambda: defaultdict(float))
    for alike, group in snapshot.counts.calls.items():
        _add_call(values, alike, group, _model(alike[1], snapshot.models))
    for (route, status, error), count in snapshot.counts.answers.items():
        _add_answer(values, route, status, "no", error, count)
    for (name, *labels), value in [*snapshot.sums.items(), *snapshot.levels.items()]:
        values[PREFIX + name][tuple(labels)] += value
    _add_keys(values, snapshot.counts.calls)
    _add_shares(values)
    _add_accounts(values, snapshot)
    values[f"{PREFIX}workers"][()] = len(snapshot.pids)
    return {name: dict(series) for name, series in values.items()}


def spreads_of(snapshot: Snapshot) -> Spreads:
    """Histograms by metric."""
    spreads: Spreads = defaultdict(dict)
    for (route, served, _, _, streamed, _), group in snapshot.counts.calls.items():
        model = _model(served, snapshot.models)
        for name, labels, spread in (
            ("first_token_seconds", (route, model), group.first),
            ("request_seconds", (route, _yes(streamed)), group.total),
            ("output_tokens_per_second", (model,), group.speed),
            ("longest_silence_seconds", (route,), group.silence),
        ):
            if any(spread.counts):
                series = spreads[PREFIX + name]
                add_spread(series.setdefault(labels, Spread([0] * len(spread.counts))), spread)
    return dict(spreads)


def _add_call(values: Values, alike: Alike, group: Group, model: str) -> None:
    route, _, _, status, streamed, error = alike
    _add_answer(values, route, status, _yes(streamed), error, group.calls)
    classes = {
        "input": group.read - group.cached,
        "cached": group.cached,
        "output": group.written - group.reasoned,
        "reasoning": group.reasoned,
    }
    if group.read or group.written:
        for name, tokens in classes.items():
            values[f"{PREFIX}tokens_total"][model, name] += tokens


def _add_answer(
    values: Values, route: str, status: int, streamed: str, error: str | None, count: int
) -> None:
    values[f"{PREFIX}requests_total"][route, f"{status // 100}xx", streamed] += count
    if error is not None:
        code = error if error in _CODES else OTHER
        values[f"{PREFIX}errors_total"][route, code] += count
        if code in _REFUSALS:
            values[f"{PREFIX}keys_refused_total"][(code,)] += count


def _add_keys(values: Values, calls: Mapping[Alike, Group]) -> None:
    """By the names of keys, as long as they are few."""
    requests: defaultdict[str, int] = defaultdict(int)
    tokens: defaultdict[str, int] = defaultdict(int)
    for (_, _, key, _, _, _), group in calls.items():
        requests[key or OTHER] += group.calls
        tokens[key or OTHER] += group.read + group.written
    told = sorted(requests)[:_MOST_KEYS]  # by name, and not by use: nobody should come and go
    for key, count in requests.items():
        label = (key if key in told else OTHER,)
        values[f"{PREFIX}key_requests_total"][label] += count
        values[f"{PREFIX}key_tokens_total"][label] += tokens[key]


def _add_shares(values: Values) -> None:
    tokens = values[f"{PREFIX}tokens_total"]
    for model in {model for model, _ in tokens}:
        cached, fresh = tokens[model, "cached"], tokens[model, "input"]
        if cached + fresh:
            values[f"{PREFIX}cache_share"][(model,)] = cached / (cached + fresh)


def _add_accounts(values: Values, snapshot: Snapshot) -> None:
    for account in snapshot.accounts:
        values[f"{PREFIX}account_state"][account.label, account.state] = 1
        for window in account.windows:
            labels = account.label, window.name, window.family
            values[f"{PREFIX}account_window_used_ratio"][labels] = window.used
            told = f"{PREFIX}account_window_told_timestamp_seconds"
            values[told][labels] = window.as_of
            if window.resets_at is not None:
                reset = f"{PREFIX}account_window_reset_timestamp_seconds"
                values[reset][labels] = window.resets_at


def _model(served: str | None, known: frozenset[str]) -> str:
    return served if served in known and served is not None else OTHER


def _yes(streamed: bool) -> str:
    return "yes" if streamed else "no"
