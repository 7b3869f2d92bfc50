"""Multipart forms in OpenAI's spelling: ``image[]`` repeats a field, ``anchor[created]`` nests it.

Forms only know text, so numbers and truth values are read where the route says that they are some.
"""

import re
from collections.abc import Iterable, Set as AbstractSet
from dataclasses import dataclass, field

from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import Json, decode

_NAME = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<key>[^\[\]]*)\])?")
_SCALAR = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?|true|false")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form.

    Attributes:
        name: Of the field, without ``[]``.
        filename: As the caller wrote it; never a path of ours.
    """

    name: str
    filename: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Form:
    """A form that was read whole."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)

    def named(self, name: str) -> list[Upload]:
        """The files of one field, in their order."""
        return [upload for upload in self.uploads if upload.name == name]


def form_fields(texts: Iterable[tuple[str, str]], typed: AbstractSet[str]) -> dict[str, Json]:
    """A form's text as the JSON object that the same request would be.

    Args:
        texts: Names and values in their order.
        typed: Names whose values are numbers or truth values.

    Raises:
        ApiError: A name is malformed or given twice.
    """
    fields: dict[str, Json] = {}
    for written, text in texts:
        name, key = _split(written)
        value = decode(text) if name in typed and _SCALAR.fullmatch(text) else text
        if key == "":
            _gather(fields, name, list).append(value)
        elif key is not None:
            _gather(fields, name, dict)[key] = value
        elif name in fields:
            raise _wrong(name, "is given more than once")
        else:
            fields[name] = value
    return fields


def _split(written: str) -> tuple[str, str | None]:
    match = _NAME.fullmatch(written)
    if match is None:
        raise _wrong(written[:64], "is no name of a field")
    return match["name"], match["key"]


def _gather(fields: dict[str, Json], name: str, form: type) -> Json:
    gathered = fields.setdefault(name, form())
    if not isinstance(gathered, form):
        raise _wrong(name, "is given more than once, and differently")
    return gathered


def _wrong(name: str, problem: str) -> ApiError:
    return ApiError(
        Kind.BAD_REQUEST, f"The field '{name}' {problem}.", param=name, code="invalid_value"
    )
