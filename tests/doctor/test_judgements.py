"""What the checks make of what they found; values in, findings out."""

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from codex2api.accounts.account import Account, TokenSet
from codex2api.accounts.limits import NO_LIMITS
from codex2api.doctor.database import judge_revision
from codex2api.doctor.files import check_home, check_modes, judge_disk, make_private
from codex2api.doctor.finding import Verdict, fine, only_sign_in_needed, problem
from codex2api.doctor.machine import (
    check_no_proxy,
    check_proxies,
    check_server,
    check_sign_in_ports,
    judge_localhost,
    spares_loopback,
    would_listen,
)
from codex2api.doctor.network import judge_clock, skew_of
from codex2api.doctor.sign_ins import judge_limits, judge_models, judge_tokens
from codex2api.doctor.subject import PortUse
from codex2api.store.looking import KNOWN
from tests.doctor.examined import told

NOW = 1_800_000_000.0
DAY = 86_400


@pytest.mark.skipif(os.name == "nt", reason="there are no such modes")
def test_what_others_can_read_is_named_and_mended(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "data").mkdir(parents=True)
    for name in ("tokens.json", "local.key"):
        (home / "data" / name).write_text("secret")
        (home / "data" / name).chmod(0o644)
    (home / "logs").mkdir()
    for folder in (home, home / "data", home / "logs"):
        folder.chmod(0o755)

    found = check_modes(home, home / "logs")
    changed = make_private(home, home / "logs")

    assert found.verdict is Verdict.PROBLEM
    assert told(found).endswith("(+2). -> codex2api doctor --fix")
    assert len(changed) == 5
    assert (home / "data" / "tokens.json").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700
    assert check_modes(home, home / "logs").verdict is Verdict.OK


def test_a_log_folder_elsewhere_is_somebody_elses_business(tmp_path: Path) -> None:
    home, logs = tmp_path / "home", tmp_path / "logs"
    home.mkdir(mode=0o700)
    logs.mkdir()
    logs.chmod(0o755)

    assert check_modes(home, logs).verdict is Verdict.OK


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")

    assert check_home(tmp_path / "home").verdict is Verdict.PROBLEM
    assert "will be made" in told(check_home(tmp_path / "new"))


@pytest.mark.parametrize(
    ("free", "verdict"), [(10**10, "ok"), (400 * 10**6, "warning"), (10**6, "problem")]
)
def test_room_on_the_disk(free: int, verdict: str) -> None:
    assert judge_disk(free, Path("/home")).verdict == verdict


@pytest.mark.parametrize(
    ("use", "start"),
    [
        (PortUse.OURS, "ok: The server runs at http://127.0.0.1:3000."),
        (PortUse.FREE, "ok: The server does not run; port 3000 is free. -> codex2api serve"),
        (PortUse.OTHER_HOME, "problem: Port 3000 is in use by another codex2api"),
        (PortUse.STRANGER, "problem: Port 3000 is in use by another program."),
    ],
)
def test_who_has_the_port(use: PortUse, start: str) -> None:
    assert told(check_server("127.0.0.1", 3000, use)).startswith(start)


def test_a_taken_port_has_a_free_one_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        remedy = check_server("127.0.0.1", port, PortUse.STRANGER).remedy

    assert remedy is not None
    command, _, named = remedy.told().rpartition(" ")
    assert command == "codex2api serve --port"
    assert port < int(named) < port + 100


def test_the_ports_of_the_sign_in() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        taken, spare = check_sign_in_ports([port]), check_sign_in_ports([port, 0])

    assert told(taken).endswith("-> codex2api login --device")
    assert taken.verdict is Verdict.WARNING
    assert spare.verdict is Verdict.OK


def test_localhost() -> None:
    assert judge_localhost(["127.0.0.1", "::1"], [], 3000).verdict is Verdict.OK
    assert "::1" in told(judge_localhost(["::1", "127.0.0.1"], ["::1"], 3000))
    assert judge_localhost([], [], 3000).verdict is Verdict.WARNING


@pytest.mark.parametrize(
    ("host", "address", "heard"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "::1", False),
        ("localhost", "::1", True),
        ("[::1]", "::1", True),
        ("0.0.0.0", "127.0.0.1", True),
        ("0.0.0.0", "::1", False),
        ("::", "::1", True),
    ],
)
def test_where_a_server_would_be_heard(host: str, address: str, heard: bool) -> None:
    assert would_listen(host, address) is heard


SECRET = "http://ada:hunter2@proxy:8080"


@pytest.mark.parametrize(
    ("environment", "has_proxy", "start"),
    [
        ({}, False, "ok: No proxy is used"),
        ({"https_proxy": SECRET}, True, "ok: The proxy of backend.proxy is used"),
        ({"https_proxy": SECRET}, False, "warning: HTTPS_PROXY is set, but"),
        ({"ALL_PROXY": "socks5://proxy:1"}, False, "warning: ALL_PROXY names a SOCKS proxy"),
    ],
)
def test_proxy_variables(environment: dict[str, str], has_proxy: bool, start: str) -> None:
    found = told(check_proxies(environment, has_proxy=has_proxy))

    assert found.startswith(start)
    assert "hunter2" not in found


def test_clients_may_ask_a_proxy_for_this_machine() -> None:
    assert check_no_proxy({}).verdict is Verdict.OK
    assert check_no_proxy({"HTTP_PROXY": SECRET}).verdict is Verdict.WARNING
    assert check_no_proxy({"HTTP_PROXY": SECRET, "no_proxy": "localhost"}).verdict is Verdict.OK
    assert [spares_loopback(text) for text in ("*", "a, 127.0.0.1", "example.org", "")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("skew", "verdict"),
    [
        (0.4, "ok"),
        (-30.2, "ok"),
        (31, "warning"),
        (-60, "warning"),
        (61, "problem"),
        (None, "warning"),
    ],
)
def test_clocks(skew: float | None, verdict: str) -> None:
    assert judge_clock(skew).verdict == verdict


def test_the_date_of_an_answer() -> None:
    assert skew_of({"date": "Fri, 15 Jan 2027 08:00:41 GMT"}, NOW) == 41
    assert skew_of({"date": "yesterday"}, NOW) is None
    assert skew_of({}, NOW) is None


def account(left: float, refresh: str = "rt", label: str = "default") -> Account:
    return Account(label, "acc", TokenSet("at", refresh, NOW + left), plan="plus")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (account(6 * DAY), "ok: Signed in: default (plus); its token is good for 6 d 0 h."),
        (account(-5), "ok: Signed in: default (plus); its token is refreshed when it is needed."),
        (account(3600, "", "work"), "warning: work cannot be refreshed: it ends in 1 h 0 min."),
        (account(-5, ""), "problem: The sign-in of default is over."),
    ],
)
def test_tokens(given: Account, said: str) -> None:
    found = judge_tokens(given, NOW)

    option = "" if given.label == "default" else " --account work"
    remedy = "" if said.startswith("ok") else f" -> codex2api login{option}"
    assert told(found) == said + remedy


def test_models_and_limits() -> None:
    assert judge_models("default", "free", []).verdict is Verdict.PROBLEM
    assert told(judge_models("default", "plus", ["a", "b", "c", "d"])).endswith("a, b, c, …")
    assert told(judge_limits("a", "plus", NO_LIMITS, NOW)) == "ok: a: no limits are reported."


@pytest.mark.parametrize(
    ("revision", "verdict"), [(None, "ok"), ("0001", "ok"), (KNOWN, "ok"), ("9999", "warning")]
)
def test_versions_of_tables(revision: str | None, verdict: str) -> None:
    assert judge_revision(revision).verdict == verdict


def test_signing_in_mends_everything_only_if_every_problem_says_so() -> None:
    sign_in = replace(problem("account", "over", "login"), sign_in=True)
    assert only_sign_in_needed([sign_in, fine("a", "b")])
    assert not only_sign_in_needed([sign_in, problem("server", "taken", "move")])
    assert not only_sign_in_needed([fine("a", "b")])
