"""Effort, summary, verbosity and tier: what the caller wishes, as far as the model offers it."""

from typing import Any

from codex2api.catalog.models import ModelSpec, Resolved, nearest_effort
from codex2api.errors import ApiError, Kind
from codex2api.protocol.request import Reasoning, TextOptions
from codex2api.upstream.notes import Notes

_ON_THE_WIRE = {"ultra": "max"}
"""``ultra`` exists in Codex' own menus only (protocol sheet, section 2.2)."""


def reasoning(
    wish: Reasoning, resolved: Resolved, default: str | None, notes: Notes
) -> dict[str, str]:
    """The ``reasoning`` object, without what Lite adds to it.

    ``default`` is the effort that the operator has set, if any.

    Raises:
        ApiError: The effort is no word that anybody knows.
    """
    spec = resolved.spec
    if spec.known and not spec.efforts:
        if wish.effort not in (None, "none"):
            notes.drop("reasoning.effort")
        return {}
    effort = _effort(wish.effort or resolved.effort or default, spec, notes)
    sent = {"effort": effort, "summary": _summary(wish.summary, effort, spec, notes)}
    return {name: value for name, value in sent.items() if value is not None}


def _effort(wish: str | None, spec: ModelSpec, notes: Notes) -> str | None:
    if wish is None:
        wish = spec.default_effort or ("medium" if spec.known else None)
        notes = Notes()  # nobody asked, so there is nothing to report
    if wish is None or not spec.known:
        return _ON_THE_WIRE.get(wish or "", wish)
    offered = wish if wish in spec.efforts else nearest_effort(wish, spec.efforts)
    if offered is None:
        raise ApiError(
            Kind.BAD_REQUEST,
            f"Unsupported reasoning effort '{wish[:40]}'. {spec.slug} offers: "
            f"{', '.join(spec.efforts)}.",
            param="reasoning.effort",
            code="unsupported_value",
        )
    sent = _ON_THE_WIRE.get(offered, offered)
    if sent != wish:
        notes.adjust("effort", wish, sent)
    return sent


def _summary(wish: str | None, effort: str | None, spec: ModelSpec, notes: Notes) -> str | None:
    if wish == "none":
        return None
    if not spec.summaries:
        if wish not in (None, "auto"):
            notes.drop("reasoning.summary")
        return None
    # Without summaries no client could show what the model thinks while it is silent.
    return wish or (None if effort == "none" else "auto")


def text(wish: TextOptions, spec: ModelSpec, default: str | None, notes: Notes) -> dict[str, Any]:
    """The ``text`` object; empty when there is nothing to say."""
    sent: dict[str, Any] = {}
    if spec.verbosity:
        verbosity = wish.verbosity or (default if spec.known else None)
        if verbosity:
            sent["verbosity"] = verbosity
    elif wish.verbosity not in (None, "medium"):
        notes.drop("text.verbosity")
    if wish.format is not None and wish.format.get("type") != "text":
        sent["format"] = wish.format
    return sent


def tier(wish: str | None, spec: ModelSpec, notes: Notes) -> str | None:
    """The ``service_tier`` to send, if any: everything but an offered one is refused upstream."""
    if wish in (None, "auto", "default"):
        return None
    asked = "priority" if wish == "fast" else str(wish)
    if asked not in (spec.tiers if spec.known else ("priority",)):
        notes.drop("service_tier")
        return None
    if asked != wish:
        notes.adjust("service_tier", wish, asked)
    return asked
