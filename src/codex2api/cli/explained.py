"""An explanation as lines for a person: the short of it, then the two bodies against each other."""

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from codex2api.texts.shell import _

Explanation = Mapping[str, Any]

_HONOURED = ("mapped", "granted")

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def summary(told: Explanation) -> list[str]:
    """The short of it: who, where to, and what became of each wish."""
    call = told["calls"][0]
    rows = [
        (_("asked"), f"POST {told['path']}"),
        (_("sent"), f"POST {call['url']}{_times(told)}"),
        (_("model"), _model(told, call)),
        (_("account"), told["account"]),
        *_by_fate(told),
        *((_("adjusted"), wish.replace("->", " → ")) for wish in told["adjusted"]),
    ]
    if told["kept"]:
        rows.append((_("kept"), _("the answer is stored here, not at ChatGPT (store)")))
    width = max(len(name) for name, _value in rows)
    return [f"{name.ljust(width)}  {value}" for name, value in rows]


def difference(sent: Mapping[str, Any], told: Explanation) -> Iterator[tuple[str, str | None]]:
    """What the caller sends against what ChatGPT gets: lines, and the colour of each."""
    for number, call in enumerate(told["calls"], 1):
        suffix = f" ({number})" if len(told["calls"]) > 1 else ""
        lines = difflib.unified_diff(
            _lines(sent),
            _lines(call["body"]),
            _("you send"),
            _("ChatGPT gets") + suffix,
            n=3,
            lineterm="",
        )
        for line in lines:
            yield line, _COLOURS.get(line[:1])


def _times(told: Explanation) -> str:
    times = sum(call["times"] for call in told["calls"])
    return _(", {times} times").format(times=times) if times > 1 else ""


def _model(told: Explanation, call: Mapping[str, Any]) -> str:
    asked, slug = told["asked_model"], told["model"]
    parts = [slug if asked == slug else f"{asked} → {slug}"]
    if told["effort"]:
        parts.append(_("effort {effort}").format(effort=told["effort"]))
    parts.append(_("form {form}").format(form=call["form"]))
    if not call["known"]:
        parts.append(_("not in this account's list"))
    return ", ".join(parts)


def _by_fate(told: Explanation) -> Iterator[tuple[str, str]]:
    """The parameters: those that are simply honoured in one line, the others one a line."""
    honoured = [each["name"] for each in told["parameters"] if each["fate"] in _HONOURED]
    if honoured:
        yield _("honoured"), ", ".join(honoured)
    why = {each["name"]: each["why"] for each in told["parameters"]}
    for fate, title in (("emulated", _("emulated")), ("dropped", _("dropped"))):
        for name in told[fate]:
            yield title, f"{name}: {why[name]}" if why.get(name) else name


def _lines(body: Mapping[str, Any]) -> list[str]:
    return json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True).splitlines()
