"""An installation whose accounts live in a simulated ChatGPT, examined."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from codex2api.cli.doctor import examined
from codex2api.doctor import Finding, Verdict
from codex2api.settings import load_settings
from codex2api.simulator.runner import RunningSimulator


def told(finding: Finding) -> str:
    """What a person reads, remedy included."""
    remedy = "" if finding.remedy is None else f" -> {finding.remedy.told()}"
    return f"{finding.verdict.value}: {finding.found.told()}{remedy}"


async def findings(
    home: Path, simulator: RunningSimulator | None, *, offline: bool = False, **overrides: Any
) -> dict[str, Finding]:
    """By check; of several findings of one check the worst."""
    given = {"oauth.localServerPort": 0, "server.port": 0, **overrides}
    if simulator is not None:
        given |= {"oauth.issuer": simulator.issuer_url, "backend.url": simulator.backend_url}
    settings = load_settings(given, {"CODEX2API_HOME": str(home)})
    rank = list(Verdict)
    found = await examined(settings, offline=offline)
    return {each.check: each for each in sorted(found, key=lambda one: rank.index(one.verdict))}


def verdicts(found: Mapping[str, Finding]) -> dict[str, str]:
    """Of every check that is not fine."""
    return {
        name: each.verdict.value for name, each in found.items() if each.verdict is not Verdict.OK
    }


__all__ = ["findings", "told", "verdicts"]
