"""SIGKILL during saves: the old file or the new one, whole, and nothing acknowledged is lost."""

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "kill_saves.py"


def test_kills_during_saves(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("kill_saves", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.run(tmp_path / "data", cycles=20, seed=7) >= 20
