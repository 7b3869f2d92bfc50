"""The tables of all routes, as ``scripts/write_parameters.py`` gathers them for its page."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path

from codex2api.dialects.parameters import ParameterTable

ROOT = Path(__file__).parents[1]

_spec = importlib.util.spec_from_file_location(
    "write_parameters", ROOT / "scripts" / "write_parameters.py"
)
assert _spec is not None
assert _spec.loader is not None
writer = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(writer)

TABLES: Mapping[str, ParameterTable] = writer.TABLES
"""By route."""
