"""Every metric that there is; ``docs/metrics.md`` is made from this."""

from dataclasses import dataclass
from typing import Literal

from codex2api.metrics.reading import STATES

PREFIX = "codex2api_"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        name: As it is written; of a counter with its ``_total``.
        labels: In their order.
        help: One sentence.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    help: str


def _named(
    kind: Literal["counter", "gauge", "histogram"], name: str, labels: str, text: str
) -> Metric:
    return Metric(PREFIX + name, kind, tuple(labels.split()), text)


METRICS = tuple(
    _named(*row)
    for row in (
        (
            "counter",
            "requests_total",
            "route status streamed",
            (
                "Requests that are over, by route, class of the status and whether the answer was "
                "streamed."
            ),
        ),
        (
            "counter",
            "errors_total",
            "route code",
            "Requests that failed, by the code of the error, also of one after status 200.",
        ),
        (
            "histogram",
            "first_token_seconds",
            "route model",
            "Time until the first part of an answer was there, reasoning included.",
        ),
        (
            "histogram",
            "request_seconds",
            "route streamed",
            "Time from a request's head to the end of its answer, for requests that ask a model.",
        ),
        (
            "histogram",
            "output_tokens_per_second",
            "model",
            "Tokens of output a second, from the first part of a streamed answer to its end.",
        ),
        (
            "histogram",
            "longest_silence_seconds",
            "route",
            "Longest pause between two parts of a streamed answer; keepalives do not fill one.",
        ),
        (
            "counter",
            "tokens_total",
            "model class",
            (
                "Tokens, each in one class: input (not cached), cached (input), output (visible), "
                "reasoning (output)."
            ),
        ),
        (
            "gauge",
            "cache_share",
            "model",
            "Share of the input tokens that the backend had cached, since the start; 0 to 1.",
        ),
        (
            "counter",
            "key_requests_total",
            "key",
            (
                "Requests that asked a model, by the name of the client key; beyond twenty names: "
                "other."
            ),
        ),
        (
            "counter",
            "key_tokens_total",
            "key",
            (
                "Tokens of input and output, by the name of the client key; beyond twenty names: "
                "other."
            ),
        ),
        (
            "counter",
            "keys_refused_total",
            "code",
            "Requests that were not let in: no or a wrong key, too many wrong ones, not allowed.",
        ),
        (
            "gauge",
            "account_state",
            "account state",
            f"1 for the state that an account is in: {', '.join(STATES)}.",
        ),
        (
            "gauge",
            "account_window_used_ratio",
            "account window family",
            "Share of a limit window that is used; 0 to 1, sometimes beyond.",
        ),
        (
            "gauge",
            "account_window_reset_timestamp_seconds",
            "account window family",
            "When a limit window refills, where that is known.",
        ),
        (
            "gauge",
            "account_window_told_timestamp_seconds",
            "account window family",
            "When ChatGPT told the use of a limit window last.",
        ),
        (
            "counter",
            "token_refreshes_total",
            "outcome",
            "Refreshes of access tokens: done, refused (sign-in over), no_answer, failed.",
        ),
        (
            "counter",
            "upstream_retries_total",
            "",
            "Calls that were sent once more to the same account after a failure that passes.",
        ),
        (
            "counter",
            "failovers_total",
            "",
            "Calls that another account took over after a refusal.",
        ),
        (
            "counter",
            "upstream_connections_dialled_total",
            "",
            "Connections made to the backend.",
        ),
        (
            "gauge",
            "upstream_connections",
            "state",
            "Connections to the backend now: busy or idle.",
        ),
        (
            "gauge",
            "requests_in_progress",
            "",
            "Requests under way, streams among them.",
        ),
        ("gauge", "open_streams", "", "Answers that come in parts at this moment."),
        ("gauge", "open_websockets", "", "WebSockets that are open, at work or not."),
        (
            "gauge",
            "ledger_queue",
            "",
            "Records of requests that wait to be written to the ledger.",
        ),
        (
            "counter",
            "ledger_dropped_total",
            "",
            "Records of requests that were lost, because the database failed for long.",
        ),
        ("gauge", "workers", "", "Processes that serve."),
        ("gauge", "build_info", "version python", "1; which version runs, on which Python."),
    )
)
