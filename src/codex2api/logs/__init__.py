"""Logging: structlog events to the console and to files, each with its request's id, redacted.

Library logs of the standard kind take the same road. Configured once by ``serve``; what is logged
before goes nowhere of importance.
"""

import atexit
import logging
import sys
import time
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Literal, TextIO

import structlog

from codex2api.logs.lines import Clock, coloured_line, json_line, plain_line
from codex2api.logs.redact import redact_body
from codex2api.logs.sinks import DayFiles, Sinks

__all__ = ["BodyLog", "Level", "SetLevel", "body_log", "configure"]

Level = Literal["error", "warn", "info", "debug"]
Format = Literal["auto", "console", "json"]
BodyLog = Callable[[str, bytes], None]
"""Called with ``request.body`` or the like, and the bytes."""
SetLevel = Callable[[Level], None]
"""From now on, the least important level that is written."""

_LEVELLED = "LevelledOfCodex2api"

_NUMBERS = {"error": 40, "warn": 30, "info": 20, "debug": 10}
_NAMES = {
    "critical": "error",
    "exception": "error",
    "fatal": "error",
    "warning": "warn",
    "notset": "debug",
}


def configure(
    *,
    level: Level,
    directory: Path | None,
    format: Format = "auto",  # noqa: A002 (as the setting is called)
    colour: bool | None = None,
    console: TextIO | None = None,
    now: Callable[[], float] = time.time,
) -> SetLevel:
    """Send all logging where it belongs; process-wide, as logging is.

    Args:
        level: The least important level that is written.
        directory: Folder of the log files; ``None`` writes none.
        format: On the console; ``auto`` is ``console`` on a terminal and ``json`` elsewhere.
        colour: Whether the console shows colours; by default if it is a terminal.
        console: Standard error, if none is given.
        now: The time, in seconds since 1970.

    Returns:
        What changes the level later.
    """
    console = console or sys.stderr
    sinks = Sinks(
        console,
        _renderer(format, console, colour),
        DayFiles(directory) if directory else None,
        Clock(now),
    )
    atexit.register(sinks.flush)
    # Loggers are kept once used, which saves every line some microseconds, and go on with the class
    # and the list that they know: so both change in place.
    levelled = _levelled(level)
    processors = structlog.get_config()["processors"]
    processors[:] = [structlog.contextvars.merge_contextvars, _as_record]
    structlog.configure(
        processors=processors,
        wrapper_class=levelled,
        logger_factory=lambda *_: sinks,
        cache_logger_on_first_use=True,
    )
    _route_libraries(sinks, level)

    def set_level(level: Level) -> None:
        levelled.__bases__ = (_filter(level),)
        logging.getLogger().setLevel(_library_level(level))

    return set_level


def _levelled(level: Level) -> type[Any]:
    """The class of all loggers, of our own because structlog's are everybody's."""
    known: type[Any] = structlog.get_config()["wrapper_class"]
    if known.__name__ != _LEVELLED:
        return type(_LEVELLED, (_filter(level),), {})
    known.__bases__ = (_filter(level),)
    return known


def _filter(level: Level) -> type[Any]:
    return structlog.make_filtering_bound_logger(_NUMBERS[level])


def body_log(enabled: bool) -> BodyLog:
    """What notes bodies before and after translation: redacted, or not at all."""
    if not enabled:
        return lambda _event, _body: None
    log = structlog.get_logger("codex2api.body")
    return lambda event, body: log.info(event, body=redact_body(body))


def _renderer(
    wish: Format, console: TextIO, colour: bool | None
) -> Callable[[str, Mapping[str, Any]], str]:
    terminal = console.isatty()
    if wish == "json" or (wish == "auto" and not terminal):
        return json_line
    return coloured_line if (terminal if colour is None else colour) else plain_line


def _as_record(_logger: Any, method: str, fields: MutableMapping[str, Any]) -> Any:
    """What the sinks take; one processor, because each costs every line."""
    fields["level"] = _NAMES.get(method, method)
    if "exc_info" in fields:
        _tell_exception(fields)
    return (), fields


def _tell_exception(fields: MutableMapping[str, Any]) -> None:
    wish = fields.pop("exc_info")
    if not wish:
        return
    error = wish if isinstance(wish, BaseException) else sys.exception()
    if isinstance(wish, tuple):
        error = wish[1]
    if error is not None:
        fields["exception"] = "".join(traceback.format_exception(error))


class _Bridge(logging.Handler):
    """Records of the standard library's logging, as events of ours."""

    def __init__(self, sinks: Sinks) -> None:
        super().__init__()
        self._sinks = sinks

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # a library's arguments do not fit its own format
            message = str(record.msg)
        name = record.levelname.lower()
        fields = {
            **structlog.contextvars.get_contextvars(),
            "event": message,
            "level": _NAMES.get(name, name if name in _NUMBERS else "info"),
            "logger": record.name,
        }
        if record.exc_info:
            fields["exc_info"] = record.exc_info
            _tell_exception(fields)
        self._sinks.msg(**fields)


def _route_libraries(sinks: Sinks, level: Level) -> None:
    """Warnings of libraries always, their chatter only for whoever debugs."""
    root = logging.getLogger()
    root.handlers = [_Bridge(sinks)]
    root.setLevel(_library_level(level))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "aiohttp", "asyncio"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    # A broken form is its sender's fault, and told to them; it is no warning to the operator.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    # So is a WebSocket message that is not UTF-8, of which uvicorn logs a traceback.
    logging.getLogger("uvicorn.error").filters = [_is_no_bad_text]


def _is_no_bad_text(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError))


def _library_level(level: Level) -> int:
    return logging.INFO if level == "debug" else max(logging.WARNING, _NUMBERS[level])
