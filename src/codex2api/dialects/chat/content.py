"""Message content in the upstream's terms."""

import binascii
from collections.abc import Callable, Iterator

from codex2api.dialects.chat.schema import (
    AudioPart,
    Content,
    ContentPart,
    FileObject,
    FilePart,
    ImagePart,
    ImageUrl,
    InputFilePart,
    InputImagePart,
    RefusalPart,
    TextPart,
)
from codex2api.errors import ApiError, Kind
from codex2api.protocol import items
from codex2api.protocol.items import Part

_UNNAMED_FILE = "file"
_DEFAULT_FILE_TYPE = "application/pdf"


def invalid(param: str, problem: str, code: str = "invalid_value") -> ApiError:
    """The error for a value whose shape is right and whose content is not."""
    return ApiError(
        Kind.BAD_REQUEST, f"Invalid value for '{param}': {problem}", param=param, code=code
    )


def plain_text(content: Content, where: str) -> str:
    """Content that must be text alone; its parts are told apart by a line break.

    Raises:
        ApiError: A part is something else.
    """
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(_text_of(part, place) for part, place in _places(content, where))


def spoken(content: Content, where: str) -> list[Part]:
    """What a user or a tool says and shows.

    Raises:
        ApiError: A part cannot be sent, or only an assistant could have written it.
    """
    if content is None or isinstance(content, str):
        return [items.input_text(content)] if content else []
    return [_input_part(part, place) for part, place in _places(content, where)]


def answered(content: Content, where: str) -> list[Part]:
    """What an assistant said: text and refusals.

    Raises:
        ApiError: A part is something else.
    """
    if content is None or isinstance(content, str):
        return [items.output_text(content)] if content else []
    return [_output_part(part, place) for part, place in _places(content, where)]


def _places(content: list[ContentPart], where: str) -> Iterator[tuple[ContentPart, str]]:
    return ((part, f"{where}[{position}]") for position, part in enumerate(content))


def _text_of(part: ContentPart, where: str) -> str:
    if isinstance(part, TextPart):
        return part.text
    raise invalid(f"{where}.type", "only text is allowed in a message of this role.")


def _output_part(part: ContentPart, where: str) -> Part:
    if isinstance(part, RefusalPart):
        return items.refusal(part.refusal)
    return items.output_text(_text_of(part, where))


def _input_part(part: ContentPart, where: str) -> Part:
    match part:
        case TextPart(text=text):
            return items.input_text(text)
        case ImagePart(image_url=ImageUrl(url=url, detail=detail)):
            return items.input_image(_image_url(url, f"{where}.image_url.url"), detail)
        case ImagePart(image_url=str(url)):
            return items.input_image(_image_url(url, f"{where}.image_url"))
        case InputImagePart(image_url=url, detail=detail):
            return items.input_image(_image_url(url, f"{where}.image_url"), detail)
        case FilePart(file=file):
            return _file(file, f"{where}.file")
        case InputFilePart():
            return _file(part, where)
        case AudioPart():
            raise invalid(
                f"{where}.input_audio", "the backend does not take sound.", "unsupported_value"
            )
        case _:
            raise invalid(f"{where}.type", "only an assistant refuses.")


def _image_url(url: str, where: str) -> str:
    if url.startswith(("https://", "http://")):
        return url
    return _data_url(url, where, lambda media_type: media_type.startswith("image/"))


def _file(file: FileObject, where: str) -> Part:
    if file.file_id is not None:
        raise invalid(
            f"{where}.file_id", "uploaded files come with a later version; send file_data."
        )
    if not file.file_data:
        raise ApiError(
            Kind.BAD_REQUEST,
            f"Missing required parameter: '{where}.file_data'.",
            param=f"{where}.file_data",
            code="missing_required_parameter",
        )
    data = file.file_data
    if not data.startswith("data:"):
        data = f"data:{_DEFAULT_FILE_TYPE};base64,{data}"
    return items.input_file(
        file.filename or _UNNAMED_FILE, _data_url(data, f"{where}.file_data", bool)
    )


def _data_url(url: str, where: str, is_welcome: Callable[[str], bool]) -> str:
    head, _, data = url.partition(",")
    media_type, _, encoding = head.removeprefix("data:").partition(";")
    if not head.startswith("data:") or not encoding.endswith("base64"):
        raise invalid(where, "expected an https URL or a data URL (data:TYPE;base64,DATA).")
    if not is_welcome(media_type):
        raise invalid(where, f"unsupported media type '{media_type[:80]}'.")
    try:
        whole = bool(binascii.a2b_base64(data, strict_mode=True))
    except ValueError:
        whole = False
    if not whole:
        raise invalid(where, "the data URL does not hold valid base64.")
    return url
