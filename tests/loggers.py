"""Logging belongs to the process, and a logger keeps it from its first line on."""

import sys

import structlog


def forget_logging() -> None:
    """Logging as structlog has it, for the loggers of all rooms that have told something, too."""
    structlog.reset_defaults()
    for name, module in sys.modules.items():
        if name.startswith("codex2api."):
            for log in (vars(module).get("_log"), vars(module).get("log")):
                if log is not None:
                    vars(log).pop("bind", None)  # where structlog's proxy keeps it
