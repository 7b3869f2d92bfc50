"""Board, rules and page name metrics that there are, with labels that these have."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from codex2api.metrics.catalogue import METRICS
from tests.reference import DOCS, writer

ROOT = Path(__file__).parents[1]
RULES = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text("utf-8"))
BOARD = json.loads((ROOT / "deploy" / "grafana" / "codex2api.json").read_text("utf-8"))

NAME = re.compile(r"\b(?:codex2api_\w+|process_\w+|python_info|up)\b")
SELECTED = re.compile(r"(\w+)\{([^}]*)\}")
GROUPED = re.compile(r"\bby \(([^)]*)\)")
PROMETHEUS_OWN = {"up"}
PROCESS = {
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_virtual_memory_bytes",
    "python_info",
}
OF_EVERYTHING = {"job", "instance", "le"}


def series() -> dict[str, set[str]]:
    """Every name that can be asked for, and its labels."""
    found: dict[str, set[str]] = {name: set() for name in PROCESS | PROMETHEUS_OWN}
    for metric in METRICS:
        ends = ("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",)
        found |= {f"{metric.name}{end}": set(metric.labels) for end in ends}
    return found


SERIES = series()
RECORDED = {
    rule["record"] for group in RULES["groups"] for rule in group["rules"] if "record" in rule
}


def expressions() -> Iterator[tuple[str, str]]:
    for group in RULES["groups"]:
        for rule in group["rules"]:
            yield rule.get("alert") or rule["record"], rule["expr"]
    for panel in BOARD["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for variable in BOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["query"]["query"]
    for expression in re.findall(r"\| `([^`]*codex2api[_:][^`]*)` \|$", PAGE, re.MULTILINE):
        yield "docs/metrics.md", expression


PAGE = (DOCS / "metrics.md").read_text("utf-8").partition("## Questions")[2]
EXPRESSIONS = list(expressions())


@pytest.mark.parametrize(
    ("title", "expression"), EXPRESSIONS, ids=[each[0] for each in EXPRESSIONS]
)
def test_every_metric_that_is_named_exists(title: str, expression: str) -> None:
    bare = re.sub(r'"[^"]*"', '""', expression)
    for recorded in RECORDED:
        bare = bare.replace(recorded, "")
    names = set(NAME.findall(bare))
    assert names or bare != expression, title
    assert names <= set(SERIES), title
    for name, selectors in SELECTED.findall(bare):
        labels = {each.partition("=")[0].rstrip("!~ ") for each in selectors.split(",") if each}
        assert labels <= SERIES[name] | OF_EVERYTHING, (title, name)
    known = set().union(*(SERIES[name] for name in names)) | OF_EVERYTHING
    for grouped in GROUPED.findall(bare):
        assert {label.strip() for label in grouped.split(",")} <= known, title


def test_the_page_has_enough_to_try() -> None:
    assert sum(title == "docs/metrics.md" for title, _ in EXPRESSIONS) >= 5


def test_the_test_would_find_a_name_that_does_not_exist() -> None:
    with pytest.raises(AssertionError):
        test_every_metric_that_is_named_exists("", "rate(codex2api_request_total[5m])")
    with pytest.raises(AssertionError):
        test_every_metric_that_is_named_exists("", 'codex2api_requests_total{model="x"}')


def test_counters_are_rated_and_gauges_are_not() -> None:
    kinds = {metric.name: metric.kind for metric in METRICS}
    for title, expression in EXPRESSIONS:
        for name in set(NAME.findall(expression)) & set(kinds):
            rated = re.search(rf"(?:rate|increase)\({name}\b", expression) is not None
            assert rated == (kinds[name] == "counter"), (title, name)


def test_every_metric_is_on_the_board_or_explained_on_the_page() -> None:
    page = (DOCS / "metrics.md").read_text("utf-8")
    assert [metric.name for metric in METRICS if f"`{metric.name}`" not in page] == []


def test_alerts_say_how_bad_it_is_and_what_it_is() -> None:
    alerts: list[Any] = [
        rule for group in RULES["groups"] for rule in group["rules"] if "alert" in rule
    ]
    assert len({rule["alert"] for rule in alerts}) == len(alerts) > 8
    for rule in alerts:
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert rule["annotations"]["summary"]


def test_panels_lie_beside_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])


@pytest.mark.parametrize("part", writer.PARTS, ids="-".join)
def test_what_is_made_from_code_is_current(part: tuple[str, str]) -> None:
    page, name = part
    text = (DOCS / page).read_text("utf-8")
    assert writer.written(text, name, writer.PARTS[part]()) == text, "run `make docs`"
