"""What goes into a report: gathered here, redacted in its room."""

import platform
import sqlite3
import ssl
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from codex2api import __version__
from codex2api.accounts.account import Account
from codex2api.cli.accounts import account_store
from codex2api.cli.columns import table
from codex2api.cli.doctor import examined
from codex2api.cli.ledger_file import nothing_yet, opened_ledger
from codex2api.cli.terminal import command_logs
from codex2api.errors import ApiError
from codex2api.ledger.calls import CallRecord, Wanted
from codex2api.report import Section, Veil, bundle, last_lines, without_words
from codex2api.settings import SECRET_KEYS, Settings, SettingsError, load_settings
from codex2api.texts.said import N_

_REQUESTS = 50
"""As the title of their section says."""
_PACKAGES = (
    *("aiohttp", "click", "fastapi", "httptools", "msgspec", "pydantic", "sqlalchemy"),
    *("starlette", "structlog", "uvicorn", "uvloop", "websockets"),
)
_PRIVATE_LISTS = frozenset(
    {"server.allowedHosts", "server.allowedOrigins", "server.trustedProxies"}
)
"""Names of somebody's own network: how many there are says enough."""


async def contents(config: Path | None, *, offline: bool, count: int) -> tuple[str, list[str]]:
    """The report, and the titles of what it holds.

    Args:
        config: As ``--config`` names it.
        offline: Ask nobody outside this machine.
        count: Of log lines.
    """
    sections = [Section(N_("Versions and platform"), list(_versions()))]
    try:
        settings = load_settings(config_path=config)
    except SettingsError as error:
        sections.append(Section(N_("Settings"), [f"They are not valid: {error}"]))
        return bundle(sections, Veil([], [(Path.home(), "~")])), [each.title for each in sections]
    command_logs()
    accounts, trouble = await _accounts(settings)
    folders = [(settings.home, "$CODEX2API_HOME"), (Path.home(), "~")]
    veil = Veil(_secrets(settings, accounts), folders)
    sections += [
        Section(N_("Settings, with their origin"), _settings(settings)),
        Section(N_("What the doctor finds"), trouble + await _doctor(settings, offline=offline)),
        Section(N_("The last 50 requests, without texts"), await _requests(settings)),
        Section(N_("The end of the log, without bodies and error texts"), _log(settings, count)),
    ]
    return bundle(sections, veil), [each.title for each in sections]


def _versions() -> Iterator[str]:
    yield f"codex2api {__version__}"
    yield f"Python {platform.python_version()} ({platform.python_implementation()})"
    yield f"{platform.system()} {platform.release()} {platform.machine()}"
    yield f"{ssl.OPENSSL_VERSION}, SQLite {sqlite3.sqlite_version}"
    for name in _PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} is not installed"


async def _accounts(settings: Settings) -> tuple[Sequence[Account], list[str]]:
    """Whose secrets are to be hidden, and why that cannot be told."""
    try:
        async with account_store(settings) as store:
            return await store.accounts(), []
    except ApiError as error:
        return (), [f"The accounts cannot be read: {error.message}"]


def _settings(settings: Settings) -> list[str]:
    rows = []
    for key, value in settings.by_key().items():
        origin = settings.origin(key)
        rows.append((key, _shown(key, value), "config file" if "file" in origin else origin))
    return table(rows)


def _shown(key: str, value: Any) -> str:
    if key in SECRET_KEYS:
        return "(hidden)" if value else repr(value)
    if key in _PRIVATE_LISTS:
        return f"({len(value)} entries)"
    return repr(value)


async def _doctor(settings: Settings, *, offline: bool) -> list[str]:
    findings = await examined(settings, offline=offline)
    return [f"{each.verdict.value:8} {each.check}: {each.found.told()}" for each in findings]


async def _requests(settings: Settings) -> list[str]:
    try:
        async with opened_ledger(settings) as ledger:
            kept = await ledger.calls(Wanted(), _REQUESTS) if ledger else ()
    except ApiError as error:
        return [f"They cannot be read: {error.message}"]
    if not kept:
        return [nothing_yet(settings)]
    return table([_HEADINGS, *(_row(each.call) for each in reversed(kept))])


_HEADINGS = (
    *("AT", "STATUS", "ERROR", "ROUTE", "ASKED", "MODEL", "EFFORT", "ACCOUNT", "KEY"),
    *("IN", "CACHED", "OUT", "FIRST", "TOTAL", "CLIENT"),
)


def _row(call: CallRecord) -> list[str]:
    cells = (
        *(call.at, call.status, call.error, f"{call.method} {call.route}", call.asked_model),
        *(call.model, call.effort, call.account, call.key, call.input_tokens, call.cached_tokens),
        *(call.output_tokens, call.first_ms, call.total_ms, call.client),
    )
    return ["-" if cell is None else str(cell) for cell in cells]


def _log(settings: Settings, count: int) -> list[str]:
    try:
        return list(without_words(last_lines(settings.logs_dir, count)))
    except OSError as error:
        return [f"It cannot be read: {error.strerror}."]


def _secrets(settings: Settings, accounts: Sequence[Account]) -> Iterator[str]:
    """Everything secret that is known here."""
    for account in accounts:
        tokens = account.tokens
        yield from (tokens.access_token, tokens.refresh_token, account.account_id)
        yield from filter(None, (tokens.id_token, account.email, account.user_id))
    for key in SECRET_KEYS:
        yield from _plain(settings.by_key()[key])
    key_file = settings.data_dir / "local.key"
    if key_file.exists():
        yield key_file.read_text(encoding="utf-8", errors="replace").strip()


def _plain(value: Any) -> Iterator[str]:
    if isinstance(value, tuple):
        yield from (each.get_secret_value() for each in value)
    elif value is not None:
        yield str(value)
