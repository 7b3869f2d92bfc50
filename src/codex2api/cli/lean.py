"""Starting with less: what a server process loads, and what others would have it load.

Importing is most of a start, in time as in memory.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import cast


@contextmanager
def lean_imports() -> Iterator[None]:
    """Serve without what others would bring along, and nobody here uses.

    structlog loads rich, if it is there, to show tracebacks in colour; ours are plain. FastAPI
    loads the first version of pydantic's models, to refuse them; we have none. Together they take
    a tenth of a second of the start, and eight megabytes.
    """
    with _hidden("rich"):  # a page of the command line may want it later
        import structlog  # noqa: F401
    with _hidden("pydantic.v1"):  # FastAPI asks again with each change of the settings
        yield


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Import without a look for garbage every few hundred objects: there is none."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def _hidden(name: str) -> Iterator[None]:
    """A module that is not loaded yet cannot be, as if it were not installed."""
    hides = name not in sys.modules
    if hides:
        sys.modules[name] = cast("ModuleType", None)
    try:
        yield
    finally:
        if hides:
            del sys.modules[name]
