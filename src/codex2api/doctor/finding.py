"""What a check gives: its name, how it went, what was found, and what to type."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from codex2api.texts.said import Said


class Verdict(StrEnum):
    """How a check went. A warning may stay as it is; a problem keeps something from working."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. It holds no token, no key and no e-mail address.

    Attributes:
        check: Its name, for programs; it never changes.
        found: One sentence.
        remedy: What to do, most often a command to type.
        account: The label that it is about, if it is about one account.
        sign_in: Whether signing in is what mends it.
    """

    check: str
    verdict: Verdict
    found: Said
    remedy: Said | None = None
    account: str | None = None
    sign_in: bool = False


def fine(check: str, text: str, remedy: str | None = None, **values: object) -> Finding:
    """Nothing is wrong; ``values`` fill both texts."""
    return _finding(check, Verdict.OK, text, remedy, values)


def warning(check: str, text: str, remedy: str, **values: object) -> Finding:
    """Something may go wrong."""
    return _finding(check, Verdict.WARNING, text, remedy, values)


def problem(check: str, text: str, remedy: str, **values: object) -> Finding:
    """Something does not work."""
    return _finding(check, Verdict.PROBLEM, text, remedy, values)


def count(findings: Iterable[Finding], verdict: Verdict) -> int:
    """How many there are of a verdict."""
    return sum(found.verdict is verdict for found in findings)


def only_sign_in_needed(findings: Iterable[Finding]) -> bool:
    """Whether there are problems, and signing in mends every one of them."""
    problems = [found for found in findings if found.verdict is Verdict.PROBLEM]
    return bool(problems) and all(found.sign_in for found in problems)


def _finding(
    check: str, verdict: Verdict, text: str, remedy: str | None, values: dict[str, object]
) -> Finding:
    return Finding(
        check, verdict, Said(text, values), None if remedy is None else Said(remedy, values)
    )
