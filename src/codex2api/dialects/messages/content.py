"""What users and tools say and show, as content parts of the upstream."""

from collections.abc import Sequence

from codex2api.dialects.messages.schema import (
    Base64Source,
    BlocksSource,
    Document,
    FileSource,
    Image,
    SearchResult,
    Shown,
    Text,
    TextSource,
    ToolReference,
    UrlSource,
)
from codex2api.dialects.openai_content import check_base64, check_image_url
from codex2api.dialects.openai_refusals import invalid
from codex2api.errors import ApiError
from codex2api.protocol import items
from codex2api.protocol.items import Part

_PDF = "application/pdf"
_UNTITLED = "document"


def shown(block: Shown, where: str) -> list[Part]:
    """One block; ``where`` is its place in the request.

    Raises:
        ApiError: It cannot be sent.
    """
    match block:
        case Text(text=text):
            return [items.input_text(text)] if text else []
        case Image():
            return [_image(block, f"{where}.source")]
        case Document():
            return _document(block, f"{where}.source")
        case SearchResult():
            return [items.input_text(_found(block))]
        case ToolReference(tool_name=name):
            return [items.input_text(f"Tool: {name}")]


def output(content: str | Sequence[Shown] | None, *, failed: bool, where: str) -> str | list[Part]:
    """A tool's result, as text where it is one text: the form that every model version takes.

    The upstream has no mark for a failure, so the text says that it is one.

    Raises:
        ApiError: A block of it cannot be sent.
    """
    if content is None or isinstance(content, str):
        parts = [items.input_text(content)] if content else []
    else:
        places = ((block, f"{where}[{at}]") for at, block in enumerate(content))
        parts = [part for block, place in places for part in shown(block, place)]
    if failed:
        parts = _failed(parts)
    match parts:
        case []:
            return ""
        case [{"type": "input_text", "text": str(text)}]:
            return text
        case _:
            return parts


def _failed(parts: list[Part]) -> list[Part]:
    if parts and parts[0].get("type") == "input_text":
        return [items.input_text(f"Error: {parts[0]['text']}"), *parts[1:]]
    return [items.input_text("Error: the tool failed."), *parts]


def _image(image: Image, where: str) -> Part:
    match image.source:
        case Base64Source(media_type=media, data=data):
            if not media.startswith("image/"):
                raise invalid(f"{where}.media_type", "expected the type of an image")
            check_base64(data, f"{where}.data")
            return items.input_image(f"data:{media};base64,{data}")
        case UrlSource(url=url):
            return items.input_image(check_image_url(url, f"{where}.url"))
        case FileSource():
            raise _uploaded(where)


def _document(document: Document, where: str) -> list[Part]:
    title = document.title or _UNTITLED
    about = f'The document "{title}"' + (f" ({document.context})" if document.context else "")
    match document.source:
        case Base64Source(media_type=media, data=data):
            check_base64(data, f"{where}.data")
            name = title if media != _PDF or title.lower().endswith(".pdf") else f"{title}.pdf"
            parts = [items.input_file(name, f"data:{media};base64,{data}")]
            return [items.input_text(about), *parts] if document.context else parts
        case UrlSource(url=url):
            if not url.lower().startswith(("http://", "https://")):
                raise invalid(f"{where}.url", "expected an http(s) address")
            return [{"type": "input_file", "file_url": url}]
        case TextSource(data=text):
            return [items.input_text(f"{about}:\n\n{text}")]
        case BlocksSource(content=content):
            blocks = [Text(content)] if isinstance(content, str) else content
            places = ((block, f"{where}.content[{at}]") for at, block in enumerate(blocks))
            inner = [part for block, place in places for part in shown(block, place)]
            return [items.input_text(f"{about}:"), *inner]
        case FileSource():
            raise _uploaded(where)


def _uploaded(where: str) -> ApiError:
    problem = "uploaded files cannot be named on this route; send the data itself"
    return invalid(f"{where}.file_id", problem, "unsupported_parameter")


def _found(result: SearchResult) -> str:
    text = "\n\n".join(block.text for block in result.content)
    return f"{result.title} ({result.source}):\n\n{text}"
