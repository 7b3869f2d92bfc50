"""On which machine, when, and with which versions something was measured."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PACKAGES = ("codex2api", "uvicorn", "uvloop", "httptools", "msgspec", "fastapi", "sqlalchemy")


def about(runs: int, seconds: float) -> dict[str, Any]:
    """What a reader needs to know to believe the figures."""
    packages = {name: version(name) for name in _PACKAGES}
    return {
        "date": datetime.now(UTC).strftime("%d %B %Y").lstrip("0"),
        "machine": f"{os.cpu_count()} cores of {_processor()}, Linux {platform.release()}",
        "versions": {"Python": platform.python_version()} | packages,
        "runs": runs,
        "seconds": seconds,
        "load": os.getloadavg()[0],
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
