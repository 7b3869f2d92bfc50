"""Scenario files: YAML or JSON."""

from pathlib import Path

import yaml

from codex2api.simulator.scenarios.entries import ScenarioError, parse_rules
from codex2api.simulator.scenarios.rules import Rule


def load_rules(path: Path) -> tuple[Rule, ...]:
    """The entries of a file.

    Raises:
        ScenarioError: It cannot be read, is neither YAML nor JSON, or an entry is wrong.
    """
    try:
        # JSON is YAML, so one parser reads both.
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read ({error.strerror}).") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "" if line is None else f", line {line + 1}"
        raise ScenarioError(f"{path}{where}: this is neither YAML nor JSON.") from None
    try:
        return parse_rules(value)
    except ScenarioError as error:
        raise ScenarioError(f"{path}: {error}") from None
