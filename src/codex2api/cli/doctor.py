"""``codex2api doctor``: what is wrong, and what to type."""

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from codex2api.cli.terminal import (
    Exit,
    fail,
    hint,
    json_option,
    named_config,
    plain,
    print_json,
    run_async,
    say,
    show,
)
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex2api.doctor import Finding
    from codex2api.settings import Settings

_SIGNS = {"ok": ("✓", "ok", "green"), "warning": ("!", "!", "yellow"), "problem": ("✗", "x", "red")}


@click.command()
@click.option("--offline", is_flag=True, help=_("Ask nobody outside this machine."))
@click.option("--fix", is_flag=True, help=_("Mend what can be mended here: file modes."))
@json_option
@click.pass_context
def command(ctx: click.Context, offline: bool, fix: bool, as_json: bool) -> None:
    """Check the installation, and say what to type where something is wrong."""
    from codex2api.doctor.finding import Verdict, count, only_sign_in_needed

    findings = _findings(ctx, offline=offline, fix=fix)
    problems = count(findings, Verdict.PROBLEM)
    warnings = count(findings, Verdict.WARNING)
    if as_json:
        told = [_fields(found) for found in findings]
        print_json(
            {"schema": 1, "offline": offline, "findings": told}
            | {"problems": problems, "warnings": warnings}
        )
    else:
        _print(findings)
        if offline:
            hint(_("Left out: everything that ChatGPT would be asked for (--offline)."))
        _sum_up(problems, warnings)
    if only_sign_in_needed(findings):
        sys.exit(Exit.SIGN_IN)
    if problems:
        sys.exit(Exit.FAILED)


def _findings(ctx: click.Context, *, offline: bool, fix: bool) -> "list[Finding]":
    from codex2api.cli.waiting import waiting
    from codex2api.settings import SettingsError, load_settings

    try:
        settings = load_settings(config_path=named_config(ctx))
    except SettingsError as error:
        return _without_settings(error)
    if fix:
        _mend(settings)
    with waiting(_("Examining …")):
        return run_async(examined(settings, offline=offline))


async def examined(settings: "Settings", *, offline: bool) -> "list[Finding]":
    """The findings of these settings."""
    from codex2api import __version__
    from codex2api.cli.server.running import port_use
    from codex2api.cli.signing import signing_desk
    from codex2api.doctor import Subject, examine

    async with signing_desk(settings) as desk:
        subject = Subject(
            version=__version__,
            home=settings.home,
            logs=settings.logs_dir,
            config_file=settings.config_file,
            database=settings.database,
            store_url=settings.store.url,
            host=settings.server.host,
            port=settings.server.port,
            port_use=port_use(settings),
            callback_ports=settings.oauth.callback_ports,
            environment=dict(os.environ),
            has_proxy=settings.backend.proxy is not None,
            backend_url=settings.backend.url,
            issuer=settings.oauth.issuer,
            accounts=desk.store,
            keeper=desk.keeper,
            backend=desk.backend,
            now=desk.backend.now,
        )
        return await examine(subject, offline=offline)


def _without_settings(error: Exception) -> "list[Finding]":
    """What can be said when the settings are bad: nothing else can be trusted then."""
    from codex2api import __version__
    from codex2api.doctor.finding import problem
    from codex2api.doctor.machine import check_python

    bad = problem("config", "{reason}", "codex2api config edit", reason=error)
    return [check_python(__version__), bad]


def _mend(settings: "Settings") -> None:
    from codex2api.doctor.files import make_private

    try:
        for path in make_private(settings.home, settings.logs_dir):
            say(_("Made private: {path}").format(path=path))
    except OSError as error:
        fail(_("{path} cannot be made private: {reason}.").format(
            path=error.filename, reason=error.strerror))  # fmt: skip


def _print(findings: "Sequence[Finding]") -> None:
    ascii_only = plain(sys.stdout)
    for found in findings:
        fancy, bare, colour = _SIGNS[found.verdict]
        show(f"{bare if ascii_only else fancy} {found.found.told(_)}", colour)
        if found.remedy is not None:
            show(f"    {'->' if ascii_only else '→'} {found.remedy.told(_)}")


def _sum_up(problems: int, warnings: int) -> None:
    parts = []
    if problems:
        parts.append(_("1 problem") if problems == 1 else _("{n} problems").format(n=problems))
    if warnings:
        parts.append(_("1 warning") if warnings == 1 else _("{n} warnings").format(n=warnings))
    show(", ".join(parts) or _("Everything is well."))


def _fields(found: "Finding") -> dict[str, Any]:
    return {
        "check": found.check,
        "verdict": found.verdict.value,
        "account": found.account,
        "found": found.found.told(),
        "remedy": None if found.remedy is None else found.remedy.told(),
    }
