"""All checks, in the order in which a person would look."""

import asyncio
from collections.abc import Awaitable
from urllib.parse import urlsplit

from codex2api.accounts.account import Account
from codex2api.doctor.database import check_database
from codex2api.doctor.files import check_disk, check_home, check_modes
from codex2api.doctor.finding import Finding, fine, problem
from codex2api.doctor.machine import (
    check_localhost,
    check_no_proxy,
    check_proxies,
    check_python,
    check_server,
    check_sign_in_ports,
    judge_running,
)
from codex2api.doctor.network import judge_clock, reach
from codex2api.doctor.sign_ins import check_access, read_accounts
from codex2api.doctor.subject import Subject
from codex2api.texts.said import N_

_PATIENCE = 10.0
"""Seconds that ChatGPT has for each answer."""

_LIMIT = 45.0
"""Seconds after which a whole check is given up."""


async def examine(subject: Subject, *, offline: bool = False) -> list[Finding]:
    """Look at everything; what needs the network is asked at the same time.

    Args:
        subject: The installation.
        offline: Leave out what ChatGPT would have to be asked for.
    """
    # First of all, because reading a token file makes it private.
    modes = await asyncio.to_thread(check_modes, subject.home, subject.logs)
    accounts, sign_ins = await read_accounts(subject)
    asked: list[Awaitable[list[Finding]]] = [_machine(subject, modes), _stored(subject)]
    if not offline:
        asked.append(_network(subject))
        asked += [_access(subject, account) for account in accounts]
    machine, stored, *online = await asyncio.gather(*asked)
    return [*machine, *stored, *sign_ins, *(found for each in online for found in each)]


async def _machine(subject: Subject, modes: Finding) -> list[Finding]:
    return await asyncio.to_thread(_look_around, subject, modes)


def _look_around(subject: Subject, modes: Finding) -> list[Finding]:
    host, port, use = subject.host, subject.port, subject.port_use
    return [
        check_python(subject.version),
        check_home(subject.home),
        modes,
        _config(subject),
        *judge_running(subject.version, subject.running_version),
        check_disk(subject.home),
        check_server(host, port, use),
        check_localhost(host, port, use),
        check_sign_in_ports(subject.callback_ports),
        check_proxies(subject.environment, has_proxy=subject.has_proxy),
        check_no_proxy(subject.environment),
    ]


def _config(subject: Subject) -> Finding:
    if subject.config_file is None:
        return fine("config", N_("There is no config file; the settings are valid."))
    return fine("config", N_("The config file {file} is valid."), file=subject.config_file)


async def _stored(subject: Subject) -> list[Finding]:
    try:
        async with asyncio.timeout(_LIMIT):
            return [await check_database(subject)]
    except TimeoutError:
        return [_too_slow("database", "store.url")]


async def _network(subject: Subject) -> list[Finding]:
    """The backend, the sign-in service, and the clock by whichever of them tells the time."""
    places = (
        ("upstream", f"{subject.backend_url}/wham/usage"),
        ("issuer", f"{subject.issuer}/.well-known/openid-configuration"),
    )
    try:
        async with asyncio.timeout(_LIMIT):
            reached = await asyncio.gather(
                *(reach(name, url, subject.backend, subject.now, _PATIENCE) for name, url in places)
            )
    except TimeoutError:
        return [_too_slow("upstream", urlsplit(subject.backend_url).hostname or "")]
    findings = [each.finding for each in reached]
    if not any(each.answered for each in reached):
        return findings  # that is enough to know; there is nothing to compare with
    skews = [each.skew for each in reached if each.skew is not None]
    return [*findings, judge_clock(skews[0] if skews else None)]


async def _access(subject: Subject, account: Account) -> list[Finding]:
    try:
        async with asyncio.timeout(_LIMIT):
            return await check_access(subject, account)
    except TimeoutError:
        return [_too_slow("access", account.label)]


def _too_slow(check: str, who: str) -> Finding:
    return problem(
        check,
        N_("{who} did not answer within {seconds} s."),
        N_("Try again: codex2api doctor"),
        who=who,
        seconds=f"{_LIMIT:.0f}",
    )
