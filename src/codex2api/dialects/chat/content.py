"""Message content in the upstream's terms."""

from collections.abc import Iterator

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
from codex2api.dialects.openai_content import check_image_url
from codex2api.dialects.openai_files import UNNAMED_FILE, UploadedFileError, file_url
from codex2api.dialects.openai_refusals import invalid, missing
from codex2api.protocol import items
from codex2api.protocol.items import Part


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
    raise invalid(f"{where}.type", "only text is allowed in a message of this role")


def _output_part(part: ContentPart, where: str) -> Part:
    if isinstance(part, RefusalPart):
        return items.refusal(part.refusal)
    return items.output_text(_text_of(part, where))


def _input_part(part: ContentPart, where: str) -> Part:
    match part:
        case TextPart(text=text):
            return items.input_text(text)
        case ImagePart(image_url=ImageUrl(url=url, detail=detail)):
            return items.input_image(check_image_url(url, f"{where}.image_url.url"), detail)
        case ImagePart(image_url=str(url)):
            return items.input_image(check_image_url(url, f"{where}.image_url"))
        case InputImagePart():
            return _input_image(part, where)
        case FilePart(file=file):
            return _file(file, f"{where}.file")
        case InputFilePart():
            return _file(part, where)
        case AudioPart():
            raise invalid(
                f"{where}.input_audio", "the backend does not take sound", "unsupported_value"
            )
        case _:
            raise invalid(f"{where}.type", "only an assistant refuses")


def _input_image(part: InputImagePart, where: str) -> Part:
    if part.file_id is not None:
        raise UploadedFileError(where)
    if part.image_url is None:
        raise missing(f"{where}.image_url")
    return items.input_image(check_image_url(part.image_url, f"{where}.image_url"), part.detail)


def _file(file: FileObject, where: str) -> Part:
    if file.file_id is not None:
        raise UploadedFileError(where)
    if not file.file_data:
        raise missing(f"{where}.file_data")
    data = file_url(file.file_data, file.filename, f"{where}.file_data")
    return items.input_file(file.filename or UNNAMED_FILE, data)
