"""The guide knows everything that there is to choose."""

import re
from pathlib import Path

import click
import pytest
import yaml

from codex2api.cli.simulate import command
from codex2api.simulator.admin import FAULT_NAMES, routes
from codex2api.simulator.backend import switches as backend
from codex2api.simulator.issuer import switches as issuer
from codex2api.simulator.official.refusals import ERRORS
from codex2api.simulator.official.signing import ID_TOKEN_FAULTS
from codex2api.simulator.official.steering import DEEDS, SWITCHES
from codex2api.simulator.scenarios.answers import Close
from codex2api.simulator.scenarios.choose import NAMES
from codex2api.simulator.scenarios.entries import NAMED_FAULTS, parse_rules
from codex2api.simulator.scenarios.ruled import STEPS

GUIDE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
OPTIONS = [name for each in command.params if isinstance(each, click.Option) for name in each.opts]
PATHS = sorted({route.path for route in routes})


@pytest.mark.parametrize(
    "name",
    sorted(
        {*NAMES, *Close, *issuer.MODES, *backend.MODES, *FAULT_NAMES, *NAMED_FAULTS, *STEPS}
        | {*ERRORS, *ID_TOKEN_FAULTS, *SWITCHES, *DEEDS}
    ),
)
def test_every_name_is_told(name: str) -> None:
    assert re.search(rf"(?<![a-z_]){name}(?![a-z_])", GUIDE)


@pytest.mark.parametrize("name", sorted({*OPTIONS, *PATHS} - {"--help"}))
def test_every_option_and_call_is_told(name: str) -> None:
    assert name in GUIDE


def test_its_scenario_file_is_a_good_one() -> None:
    example = re.search(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)

    assert example is not None
    assert len(parse_rules(yaml.safe_load(example[1]))) == 6
