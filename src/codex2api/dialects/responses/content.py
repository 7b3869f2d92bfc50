"""Content parts inside messages and tool outputs: who may say what, and how it is spelled."""

from typing import Any

from codex2api.dialects.openai_content import check_image_url
from codex2api.dialects.openai_files import UNNAMED_FILE, UploadedFileError, file_url
from codex2api.dialects.openai_refusals import invalid, missing
from codex2api.dialects.responses.fields import kept, required_text
from codex2api.protocol.items import Part, input_file, input_text, output_text

_TEXT_TYPES = ("input_text", "output_text", "text")
"""All mean text; who speaks decides which one the backend wants."""


def message_content(content: object, role: str, where: str) -> list[Part]:
    """A message's content as parts.

    Raises:
        ApiError: A part is malformed, or of a type that this role cannot say.
    """
    if isinstance(content, str):
        return [output_text(content) if role == "assistant" else input_text(content)]
    part = _assistant_part if role == "assistant" else _caller_part
    return [part(value, f"{where}[{index}]") for index, value in enumerate(_list(content, where))]


def tool_output(output: object, where: str) -> str | list[Part]:
    """What a caller's tool returned: text, or parts of text, images and files.

    Raises:
        ApiError: It is missing, or a part is malformed.
    """
    place = f"{where}.output"
    if output is None:
        raise missing(place)
    if isinstance(output, str):
        return output
    parts = _list(output, place)
    return [_caller_part(value, f"{place}[{index}]") for index, value in enumerate(parts)]


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise invalid(where, "Expected a string or a list of parts")
    return value


def _kind(part: object, where: str) -> tuple[dict[str, Any], str]:
    if not isinstance(part, dict):
        raise invalid(where, "Expected a content part")
    return part, required_text(part, "type", where)


def _assistant_part(value: object, where: str) -> Part:
    part, kind = _kind(value, where)
    if kind in _TEXT_TYPES:
        return output_text(required_text(part, "text", where)) | kept(part, ("annotations",))
    if kind == "refusal":
        return {"type": kind, "refusal": required_text(part, kind, where)}
    raise invalid(f"{where}.type", f"An assistant message cannot hold '{kind}'")


def _caller_part(value: object, where: str) -> Part:
    part, kind = _kind(value, where)
    if kind in _TEXT_TYPES:
        return input_text(required_text(part, "text", where))
    match kind:
        case "input_image":
            return _image(part, where)
        case "input_file":
            return _file(part, where)
        case "input_audio" | "encrypted_content":
            return part
        case _:
            raise invalid(f"{where}.type", f"'{kind}' is no type of input")


def _image(part: Part, where: str) -> Part:
    _look_for_file(part, where)
    check_image_url(required_text(part, "image_url", where), f"{where}.image_url")
    return {"type": "input_image"} | kept(part, ("image_url", "detail"))


def _file(part: Part, where: str) -> Part:
    _look_for_file(part, where)
    if part.get("file_data") is None:
        required_text(part, "file_url", where)
        return {"type": "input_file"} | kept(part, ("filename", "file_url"))
    named = part.get("filename") is not None
    name = (required_text(part, "filename", where) if named else "") or UNNAMED_FILE
    data = file_url(required_text(part, "file_data", where), name, f"{where}.file_data")
    return input_file(name, data)


def _look_for_file(part: Part, where: str) -> None:
    if part.get("file_id") is not None:
        raise UploadedFileError(where)
