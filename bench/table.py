"""Figures as Markdown, and into a page between two markers; pure but for the writing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.figures import Reached, reached, summary
from bench.works import WORKS

BEGIN = "<!-- figures: written by `make bench`, not by hand -->"
END = "<!-- end of figures -->"

_LOAD_HEADS = (
    "server",
    "CPU µs/request",
    "CPU µs/delta",
    "requests/s",
    "TTFT p50 ms",
    "p99",
    "total p50 ms",
    "failed",
    "× ours",
)
_LATE_HEADS = (*_LOAD_HEADS[:-2], "first delta late p50 ms", "p99", "most", *_LOAD_HEADS[-2:])

_UNITS = {
    "us": "CPU",
    "late_max": "first delta, ms after the upstream's",
    "added": "added TTFT, ms",
}


def report(run: Mapping[str, Any]) -> str:
    """All tables of a run, as ``--json`` writes it."""
    works = {name: _figures(name, results) for name, results in run.get("works", {}).items()}
    parts = [_about(run)]
    parts += [_load_table(name, figures) for name, figures in works.items()]
    goals = reached(works)
    if goals:
        parts.append(_goal_table(goals))
    if run.get("bodies"):
        parts.append(_body_table(run["bodies"], works, run["sizes"]))
    for name, title, table in (
        ("memory", "Memory and start", _memory_table),
        ("streams", "Cost by streams (each gets one delta every 100 ms)", _stream_table),
        (
            "growth",
            "Cost by how much there is (streamed chat, 20 deltas, 32 streams)",
            _growth_table,
        ),
        ("replicas", "Cost by processes and store (the same work)", _growth_table),
    ):
        if run.get(name):
            parts.append(f"### {title}\n\n{table(run[name])}")
    parts += [f"Not measured: {reason}." for reason in run.get("missing", [])]
    return "\n\n".join(parts)


def write_between(page: Path, text: str) -> None:
    """Put the text into a page in place of what stands between its markers.

    Raises:
        ValueError: The page has no markers.
    """
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has no lines {BEGIN!r} and {END!r}")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


def grid(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    rule = f"|{'---|' * len(heads)}"
    head, *lines = [f"| {' | '.join(cells)} |" for cells in (heads, *rows)]
    return "\n".join((head, rule, *lines))


def number(value: float | None) -> str:
    """Three digits that count, thousands with commas; a dash for nothing."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _figures(name: str, results: Mapping[str, Any]) -> dict[str, dict[str, float | None]]:
    return {target: summary(each, WORKS[name].deltas) for target, each in results.items()}


def _about(run: Mapping[str, Any]) -> str:
    about = run["about"]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return (
        f"{about['date']}, {about['machine']}. {versions}. Medians of {about['runs']} interleaved "
        f"runs of {number(about['seconds'])} s; load average before it: {number(about['load'])}."
    )


def _load_table(name: str, figures: Mapping[str, Mapping[str, float | None]]) -> str:
    work = WORKS[name]
    ours = next((each["us"] for target, each in figures.items() if target == "codex2api"), None)
    columns = ["us", "delta_us", "rps", "ttft_p50", "ttft_p99", "total_p50"]
    columns += ["late_p50", "late_p99", "late_max"] if work.is_paced else []
    rows = []
    for target, each in figures.items():
        times = each["us"] / ours if each["us"] is not None and ours else None
        cells = [number(each[column]) for column in columns]
        rows.append([target, *cells, f"{each['failed']:.0f}", number(times)])
    return f"### {work.title}\n\n{grid(_LATE_HEADS if work.is_paced else _LOAD_HEADS, rows)}"


def _goal_table(goals: Sequence[Reached]) -> str:
    rows = []
    for each in goals:
        goal = each.goal
        rows.append(
            [
                WORKS[goal.work].title + (" (TLS)" if goal.ours != "codex2api" else ""),
                _UNITS[goal.figure],
                _limit(goal.most, goal.of),
                _limit(each.value, goal.of),
                "yes" if each.is_met else "**no**",
            ]
        )
    return "### Goals\n\n" + grid(("work", "of what", "goal", "measured", "met"), rows)


def _limit(value: float, of: str) -> str:
    if not of:
        return f"{value:.2f}"
    return f"1/{1 / value:.1f} {of}" if 0 < value < 1 else f"{value:.2f} × {of}"


def _body_table(
    bodies: Mapping[str, Mapping[str, float]],
    works: Mapping[str, Mapping[str, Mapping[str, float | None]]],
    sizes: Mapping[str, int],
) -> str:
    stages = ("parse", "to_upstream", "prepare", "encode", "MB/s")
    rows = [[name, *(number(each[stage]) for stage in stages)] for name, each in bodies.items()]
    heads = ("translated in process", *(f"{stage} ms" for stage in stages[:-1]), "MB/s")
    served = []
    for name, size in sizes.items():
        for target, each in works.get(name, {}).items():
            us = each["us"]
            if target != "direct" and us:
                served.append([target, name, f"{size:,}", number(us), number(size / us)])
    text = f"### Request bodies of 1 MB\n\n{grid(heads, rows)}"
    if served:
        heads = ("through the server", "body", "bytes", "CPU µs/request", "MB/s")
        text += f"\n\n{grid(heads, served)}"
    return text


def _memory_table(memory: Mapping[str, Mapping[str, float]]) -> str:
    columns = {
        "fresh": "idle, fresh MiB",
        "used": "after the first request",
        "kib200": "KiB a stream (200 open)",
        "kib1000": "KiB a stream (1,000 open)",
        "loaded": "CPU s until it listens",
        "served": "CPU s until the first answer",
    }
    rows = [
        [target, *(number(each.get(column)) for column in columns)]
        for target, each in memory.items()
    ]
    return grid(("server (Pss)", *columns.values()), rows)


def _stream_table(streams: Mapping[str, Mapping[str, float | None]]) -> str:
    columns = {
        "delta_us": "CPU µs/delta",
        "late_p50": "first delta late p50 ms",
        "late_p99": "p99",
        "late_max": "most",
        "failed": "failed",
    }
    rows = [
        [count, *(number(each[column]) for column in columns)] for count, each in streams.items()
    ]
    return grid(("streams", *columns.values()), rows)


def _growth_table(growth: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    counts = list(next(iter(growth.values())))
    heads = ["CPU µs/request", *counts, *(f"requests/s, {count}" for count in counts), "failed"]
    rows = []
    for what, figures in growth.items():
        failed = sum(each["failed"] for each in figures.values())
        costs = [number(figures[count]["us"]) for count in counts]
        rates = [number(figures[count]["rps"]) for count in counts]
        rows.append([what, *costs, *rates, f"{failed:.0f}"])
    return grid(heads, rows)
