"""``docs/clients.md`` is what ``codex2api connect`` says."""

import importlib.util
from pathlib import Path

from codex2api.connect import CLIENTS

ROOT = Path(__file__).parents[1]


def test_the_page_is_current() -> None:
    spec = importlib.util.spec_from_file_location(
        "write_clients", ROOT / "scripts" / "write_clients.py"
    )
    assert spec is not None
    assert spec.loader is not None
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)

    current = (ROOT / "docs" / "clients.md").read_text("utf-8")
    assert current == writer.page(CLIENTS), "run `make docs`"
