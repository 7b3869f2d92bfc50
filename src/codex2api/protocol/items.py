"""Input and output items of a Responses body, as the JSON objects they are on the wire.

An item stays a dict: the backend adds fields without notice, and what we do not know must survive
a round trip. These builders are the only places that spell the fields out. Field list: protocol
sheet, section 2.8.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

Item: TypeAlias = dict[str, Any]
Part: TypeAlias = dict[str, Any]
Tool: TypeAlias = dict[str, Any]


def message(role: str, parts: Iterable[Part]) -> Item:
    """A message; ``role`` is ``user``, ``assistant`` or ``developer`` (never ``system``)."""
    return {"type": "message", "role": role, "content": list(parts)}


def input_text(text: str) -> Part:
    """Text that a user, developer or tool wrote."""
    return {"type": "input_text", "text": text}


def output_text(text: str) -> Part:
    """Text that the assistant wrote."""
    return {"type": "output_text", "text": text, "annotations": []}


def refusal(text: str) -> Part:
    """An assistant's refusal."""
    return {"type": "refusal", "refusal": text}


def input_image(url: str, detail: str | None = None) -> Part:
    """An image by https or data URL; ``detail`` is ``auto``, ``low``, ``high`` or ``original``."""
    part: Part = {"type": "input_image", "image_url": url}
    if detail is not None:
        part["detail"] = detail
    return part


def input_file(filename: str, data_url: str) -> Part:
    """A file carried in the request itself."""
    return {"type": "input_file", "filename": filename, "file_data": data_url}


def function_call(call_id: str, name: str, arguments: str) -> Item:
    """The assistant's call of a function; ``arguments`` is JSON text."""
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}


def function_call_output(call_id: str, output: str | list[Part]) -> Item:
    """What the caller's function returned."""
    return {"type": "function_call_output", "call_id": call_id, "output": output}


def custom_tool_call(call_id: str, name: str, text: str) -> Item:
    """The assistant's call of a custom (free-form) tool."""
    return {"type": "custom_tool_call", "call_id": call_id, "name": name, "input": text}


def custom_tool_call_output(call_id: str, output: str | list[Part]) -> Item:
    """What the caller's custom tool returned."""
    return {"type": "custom_tool_call_output", "call_id": call_id, "output": output}
