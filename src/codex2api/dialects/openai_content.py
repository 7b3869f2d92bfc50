"""Images and files as OpenAI clients attach them: by address or carried in the request itself.

Nothing is ever fetched here or elsewhere in this server: an address goes to the backend as it is.
"""

import re
import string

from codex2api.dialects.openai_refusals import invalid

_DATA_URL = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w.+-]+=[^;,]*)*;base64,", re.IGNORECASE)
_BASE64 = f"{string.ascii_letters}{string.digits}+/".encode()
_WEB_URL = re.compile(r"https?://[^\s]", re.IGNORECASE)


def check_data_url(url: str, param: str) -> None:
    """Refuse what is neither a web address nor a well-formed base64 data URL.

    Args:
        url: What the caller wrote.
        param: Its place, in OpenAI's spelling (``messages[0].content[1].image_url.url``).

    Raises:
        ApiError: The scheme is another one, or what a data URL carries is not base64.
    """
    if _WEB_URL.match(url):
        return
    head = _DATA_URL.match(url)
    if head is None:
        raise invalid(param, "Expected an http(s) address or a base64 data URL")
    check_base64(url[head.end() :], param)


def check_image_url(url: str, param: str) -> str:
    """The same for an address of an image; gives it back.

    Raises:
        ApiError: As ``check_data_url``, or the data URL carries something else.
    """
    check_data_url(url, param)
    if url[:5].lower() == "data:" and url[5:11].lower() != "image/":
        raise invalid(param, "Expected the data URL of an image")
    return url


def check_base64(text: str, param: str) -> None:
    """Refuse text that is empty or not strict base64.

    Raises:
        ApiError: With code ``invalid_base64``.
    """
    if not (text and len(text) % 4 == 0 and text.isascii() and _is_base64(text)):
        raise invalid(param, "Expected base64-encoded data", "invalid_base64")


def _is_base64(text: str) -> bool:
    """Whether a text of whole groups is; decoding a picture would take three times as long."""
    padding = text.encode().translate(None, _BASE64)
    return padding in (b"", b"=", b"==") and text.endswith(padding.decode())
