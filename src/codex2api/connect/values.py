"""What a client of this server is: a value that says what to paste where."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath

KEY_VARIABLE = "CODEX2API_KEY"
"""Where snippets look for the client key, so that no file and no history has to hold it."""

KEY_PLACEHOLDER = "YOUR_KEY"
"""In the place of a key that has to be pasted."""

_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~%:/\[\]-]+")
_KEY = re.compile(r"[A-Za-z0-9._~+/=-]{1,512}")


def N_(text: str) -> str:  # noqa: N802 (gettext's name)
    """Mark a text for translation where it is written; whoever shows it translates it."""
    return text


class Kind(StrEnum):
    """What sort of program a client is."""

    SDK = "sdk"
    SHELL = "shell"
    EDITOR = "editor"
    APP = "app"


class Reach(StrEnum):
    """From where a client calls the server."""

    HERE = "here"
    CONTAINER = "container"
    NETWORK = "network"
    INTERNET = "internet"


@dataclass(frozen=True, slots=True)
class Setup:
    """What the snippets of a client are filled with.

    Attributes:
        base_url: Of the OpenAI API: it ends in ``/v1``.
        model: A model, or ``MODEL-EFFORT``.
        key: A client key to show; ``None`` for a placeholder and the variable ``CODEX2API_KEY``.
        context_window: Of the model, in tokens, for clients that have to be told.

    Raises:
        ValueError: Something could not stand in a shell, TOML, YAML or JSON text as it is; the
            message is one sentence.
    """

    base_url: str
    model: str
    key: str | None = field(default=None, repr=False)
    context_window: int = 272_000

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.base_url) or not self.base_url.endswith("/v1"):
            raise ValueError(
                f"'{self.base_url}' is no base URL: http://HOST:PORT/v1 is expected, with its /v1."
            )
        if not _MODEL.fullmatch(self.model):
            raise ValueError(f"'{self.model}' is no name of a model.")
        if self.key is not None and not _KEY.fullmatch(self.key):
            raise ValueError("The key holds characters that no key of this server has.")

    @property
    def origin(self) -> str:
        """The base URL without ``/v1``, as clients of the Anthropic API want it."""
        return self.base_url.removesuffix("/v1")

    @property
    def pasted_key(self) -> str:
        """For fields of a form, and files that cannot name a variable."""
        return self.key or KEY_PLACEHOLDER


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text to paste.

    Attributes:
        label: Where it goes, or what it is in.
        language: For colours and file names: sh, python, js, json, toml, yaml, env or text.
    """

    label: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides where a client keeps its files.

    Attributes:
        system: As ``sys.platform`` has it: linux, darwin or win32.
        home: Of the person.
        env: Environment variables.
    """

    system: str
    home: PurePath
    env: Mapping[str, str] = field(default_factory=dict)

    def named(self, variable: str, *otherwise: str) -> PurePath:
        """The folder that a variable names, else one below the home."""
        named = self.env.get(variable)
        return self.home / named if named else self.home.joinpath(*otherwise)

    @property
    def config(self) -> PurePath:
        """Where programs of the XDG kind keep their settings, on every system."""
        return self.named("XDG_CONFIG_HOME", ".config")

    @property
    def roaming(self) -> PurePath:
        """Where programs of Windows keep their settings."""
        return self.named("APPDATA", "AppData", "Roaming")


class UnsafeEditError(Exception):
    """A file cannot be edited without the risk of spoiling it.

    Args:
        text: One sentence, marked for translation; ``{name}`` stands for one of the values.
        values: By name.
    """

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text.format(**values))
        self.text, self.values = text, values


@dataclass(frozen=True, slots=True)
class Merged:
    """A file's new content.

    Attributes:
        notes: What the person should know of it, marked for translation.
    """

    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileEdit:
    """How a client's own settings file comes to know this server.

    Attributes:
        path: Where the file is.
        merged: Its new content out of the old one, or of ``None``; raises ``UnsafeEditError``.
            What is not ours stays, and doing it twice changes nothing.
    """

    path: Callable[[Machine], PurePath]
    merged: Callable[[str | None, Setup], Merged]


@dataclass(frozen=True, slots=True)
class Client:
    """A program that can use this server.

    Attributes:
        name: What the command calls it.
        title: What its makers call it.
        source: Where its makers, or else others, say how it is configured.
        snippets: What to paste, filled in.
        notes: What to know besides, in order, marked for translation.
        reach: From where it calls.
        pastes_key: Whether a person has to paste the key somewhere by hand.
        edit: How its own file is edited, where that is safe.
    """

    name: str
    title: str
    kind: Kind
    source: str
    snippets: Callable[[Setup], tuple[Snippet, ...]]
    notes: tuple[str, ...] = ()
    reach: Reach = Reach.HERE
    pastes_key: bool = False
    edit: FileEdit | None = None
