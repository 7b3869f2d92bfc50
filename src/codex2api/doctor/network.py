"""The way to ChatGPT: DNS, TLS, the front door, and by how much the clocks differ."""

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from codex2api.doctor.finding import Finding, fine, problem, warning
from codex2api.errors import ApiError, Kind
from codex2api.texts.said import N_
from codex2api.upstream.backend import Backend
from codex2api.upstream.complaint import read_answer
from codex2api.upstream.failures import classify

_NOTICED, _HARMFUL = 30, 60
"""Seconds that the clocks may differ by."""

_OTHER_WAY = N_(
    "Check the network; behind a company's proxy: "
    "codex2api config set backend.proxy http://HOST:PORT"
)
_OTHER_EXIT = N_(
    "Use another network (no VPN, no data centre), then try: codex2api doctor. "
    "A newer codex2api may help, too."
)
_LATER = N_("Wait a little, then try again: codex2api doctor")


class Reached(NamedTuple):
    """What came of asking an address without a token.

    Attributes:
        finding: Whether it can be used.
        answered: Whether somebody answered at all.
        skew: Seconds that its clock is ahead of ours, where it told the time.
    """

    finding: Finding
    answered: bool = False
    skew: float | None = None


async def reach(
    check: str, url: str, backend: Backend, now: Callable[[], float], patience: float
) -> Reached:
    """Ask an address, and look at whatever comes."""
    host = urlsplit(url).hostname or url
    asked, began = now(), time.monotonic()
    try:
        status, headers, body = await backend.knock(url, patience)
    except ApiError as error:
        return Reached(problem(check, "{reason}", _OTHER_WAY, reason=error.message))
    took = time.monotonic() - began
    skew = skew_of(headers, asked + took / 2)
    if classify(read_answer(status, headers, body)) is Kind.UPSTREAM_BLOCKED:
        blocked = N_("The front door of {host} (Cloudflare) turns this machine away.")
        return Reached(problem(check, blocked, _OTHER_EXIT, host=host), True, skew)
    if status >= 500:
        broken = N_("{host} answers with an error of its own (HTTP {status}).")
        return Reached(problem(check, broken, _LATER, host=host, status=status), True, skew)
    answers = N_("{host} answers (in {milliseconds} ms).")
    return Reached(fine(check, answers, host=host, milliseconds=round(took * 1000)), True, skew)


def skew_of(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the sender's ``Date`` is ahead; ``None`` without a readable one."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp() - now
    except (KeyError, ValueError):
        return None


def judge_clock(skew: float | None) -> Finding:
    """What a difference of clocks means; the header counts whole seconds."""
    if skew is None:
        return warning(
            "clock",
            N_("The clock could not be compared: nobody told the time."),
            N_("Compare it yourself: date -u"),
        )
    seconds = round(abs(skew))
    remedy = N_("Set the clock by the network: timedatectl set-ntp true")
    if seconds > _HARMFUL:
        return problem(
            "clock",
            N_("This clock differs by {seconds} s: sign-ins fail, and tokens are misjudged."),
            remedy,
            seconds=seconds,
        )
    if seconds > _NOTICED:
        return warning(
            "clock",
            N_("This clock differs by {seconds} s; above 60 s sign-ins may fail."),
            remedy,
            seconds=seconds,
        )
    return fine("clock", N_("The clock is right (to {seconds} s)."), seconds=seconds)
