"""The tool calls of a chat answer, while they grow."""

from collections.abc import Iterator

from codex2api.dialects.chat.answer import Call, Custom, Delta, FinishReason, Function
from codex2api.protocol.items import Item


class Calls:
    """The tool calls of an answer, numbered in the order in which they appear.

    Args:
        legacy: Speak of the first call only, as ``function_call``.
    """

    def __init__(self, *, legacy: bool) -> None:
        self._legacy = legacy
        self._open: dict[int, _OpenCall] = {}
        self._early: dict[int, str] = {}

    @property
    def finish_reason(self) -> FinishReason:
        """Why an answer with (or without) these calls ends, if nothing cuts it short."""
        if not self._open:
            return "stop"
        return "function_call" if self._legacy else "tool_calls"

    def begin(self, output_index: int, item: Item, text: str = "") -> Iterator[Delta]:
        """A call appears; until its id and name are known it waits."""
        custom = item.get("type") == "custom_tool_call"
        call_id, name = item.get("call_id"), item.get("name")
        if output_index in self._open or not call_id or not name:
            return
        call = self._open[output_index] = _OpenCall(len(self._open), custom)
        text = self._early.pop(output_index, "") or text
        call.sent = len(text)
        if not self._legacy:
            yield Delta(tool_calls=[call.opening(call_id, name, text)])
        elif call.position == 0:
            yield Delta(function_call=Function(name=name, arguments=text))

    def grow(self, output_index: int, text: str) -> Iterator[Delta]:
        """More of a call's arguments or input."""
        call = self._open.get(output_index)
        if call is None:
            self._early[output_index] = self._early.get(output_index, "") + text
            return
        call.sent += len(text)
        if not self._legacy:
            yield Delta(tool_calls=[call.more(text)])
        elif call.position == 0:
            yield Delta(function_call=Function(arguments=text))

    def settle(self, output_index: int, whole: str) -> Iterator[Delta]:
        """The whole arguments or input of a call are known."""
        call = self._open.get(output_index)
        sent = len(self._early.get(output_index, "")) if call is None else call.sent
        if missing := whole[sent:]:
            yield from self.grow(output_index, missing)

    def settle_item(self, output_index: int, item: Item) -> Iterator[Delta]:
        """A call is done."""
        whole = item.get("input") if item["type"] == "custom_tool_call" else item.get("arguments")
        yield from self.begin(output_index, item, whole or "")
        yield from self.settle(output_index, whole or "")


class _OpenCall:
    """A call that the caller has heard of."""

    def __init__(self, position: int, custom: bool) -> None:
        self.position = position
        self.sent = 0
        self._custom = custom

    def opening(self, call_id: str, name: str, text: str) -> Call:
        if self._custom:
            body = Custom(name=name, input=text)
            return Call(index=self.position, id=call_id, type="custom", custom=body)
        function = Function(name=name, arguments=text)
        return Call(index=self.position, id=call_id, type="function", function=function)

    def more(self, text: str) -> Call:
        if self._custom:
            return Call(index=self.position, custom=Custom(input=text))
        return Call(index=self.position, function=Function(arguments=text))
