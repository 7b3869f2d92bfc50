"""Chat messages as upstream items."""

from codex2api.dialects.chat.content import answered, plain_text, spoken
from codex2api.dialects.chat.schema import (
    AssistantMessage,
    Content,
    FunctionCall,
    FunctionMessage,
    Message,
    SystemMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from codex2api.dialects.openai_refusals import invalid, missing
from codex2api.protocol import items
from codex2api.protocol.items import Item, Part


class Conversation:
    """Gathers a caller's messages into items.

    Attributes:
        input: The items so far.
        instructions: The system text with which the conversation begins; ``None`` if it never
            speaks with the system's voice, ``""`` if it does so only later.
    """

    def __init__(self) -> None:
        self.input: list[Item] = []
        self.instructions: str | None = None
        self._calls: dict[str, str] = {}
        self._answered: set[str] = set()
        self._waiting: dict[str, str] = {}
        self._orphans: list[str] = []
        self._nameless: list[tuple[str, str]] = []

    def add(self, message: Message, where: str) -> None:
        """Take the next message in; ``where`` is its place in the request.

        Raises:
            ApiError: It holds something that cannot be sent.
        """
        match message:
            case SystemMessage(content=content):  # and DeveloperMessage, which is one
                self._instruct(plain_text(content, f"{where}.content"))
            case UserMessage(content=content):
                parts = spoken(content, f"{where}.content") or [items.input_text("")]
                self.input.append(items.message("user", parts))
            case AssistantMessage():
                self._assistant(message, where)
            case ToolMessage():
                self._tool_result(message, where)
            case FunctionMessage():
                self._function_result(message, where)

    def close(self) -> None:
        """See that calls and results belong together, as the backend demands.

        Raises:
            ApiError: A result has no call before it, or a call has no result.
        """
        if self._orphans:
            where = f"{self._orphans[0]}.tool_call_id"
            raise invalid(where, "no call with this id comes before it")
        if self._waiting:
            where = f"{next(iter(self._waiting.values()))}.id"
            raise invalid(where, "the call has no result: send a message of role 'tool'")

    def _instruct(self, text: str) -> None:
        if self.input:
            self.instructions = self.instructions or ""
            self.input.append(items.message("developer", [items.input_text(text)]))
        elif self.instructions:
            self.instructions += f"\n\n{text}"
        else:
            self.instructions = text

    def _assistant(self, message: AssistantMessage, where: str) -> None:
        parts = answered(message.content, f"{where}.content")
        if message.refusal:
            parts.append(items.refusal(message.refusal))
        if parts:
            self.input.append(items.message("assistant", parts))
        for position, call in enumerate(message.tool_calls or ()):
            self._call(call, f"{where}.tool_calls[{position}]")
        if message.function_call is not None:
            self._legacy_call(message.function_call)

    def _call(self, call: ToolCall, where: str) -> None:
        body = call.custom if call.type == "custom" else call.function
        if body is None:
            raise missing(f"{where}.{call.type}")
        self._calls[call.id] = call.type
        self._answered.discard(call.id)
        self._waiting[call.id] = where
        if isinstance(body, FunctionCall):
            self.input.append(items.function_call(call.id, body.name, body.arguments))
        else:
            self.input.append(items.custom_tool_call(call.id, body.name, body.input))

    def _tool_result(self, message: ToolMessage, where: str) -> None:
        call_id = message.tool_call_id
        if call_id in self._answered:
            raise invalid(f"{where}.tool_call_id", f"the call '{call_id[:80]}' has its result")
        self._answered.add(call_id)
        if self._waiting.pop(call_id, None) is None:
            self._orphans.append(where)
        output = _output(message.content, f"{where}.content")
        if self._calls.get(call_id) == "custom":
            self.input.append(items.custom_tool_call_output(call_id, output))
        else:
            self.input.append(items.function_call_output(call_id, output))

    def _legacy_call(self, call: FunctionCall) -> None:
        # Calls had no ids then: position makes one that is the same on every turn.
        call_id = f"call_legacy_{len(self.input)}"
        self._nameless.append((call.name, call_id))
        self.input.append(items.function_call(call_id, call.name, call.arguments))

    def _function_result(self, message: FunctionMessage, where: str) -> None:
        for entry in self._nameless:
            if entry[0] == message.name:
                self._nameless.remove(entry)
                output = _output(message.content, f"{where}.content")
                self.input.append(items.function_call_output(entry[1], output))
                return
        raise invalid(f"{where}.name", f"no call of '{message.name[:80]}' waits for a result")


def _output(content: Content, where: str) -> str | list[Part]:
    """A result as text where it is one text: the form that every model version takes."""
    if content is None or isinstance(content, str):
        return content or ""
    match spoken(content, where):
        case []:
            return ""
        case [{"type": "input_text", "text": str(text)}]:
            return text
        case parts:
            return parts
