"""Messages as upstream items."""

from codex2api.dialects.messages.content import output, shown
from codex2api.dialects.messages.schema import (
    Block,
    Document,
    Foreign,
    Image,
    Message,
    RedactedThinking,
    SearchResult,
    ServerToolUse,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    WebSearchResult,
)
from codex2api.dialects.messages.seal import unsealed
from codex2api.dialects.openai_refusals import invalid
from codex2api.protocol import items
from codex2api.protocol.items import Item, Part
from codex2api.protocol.json import encode

_SEARCH = "web_search"


class Conversation:
    """Gathers a caller's messages into items.

    Attributes:
        input: The items so far.
        dropped: What was left out, each kind named once.
    """

    def __init__(self) -> None:
        self.input: list[Item] = []
        self.dropped: dict[str, None] = {}
        self._waiting: dict[str, str] = {}
        self._answered: set[str] = set()

    def add(self, message: Message, where: str) -> None:
        """Take the next message in; ``where`` is its place in the request.

        Raises:
            ApiError: It holds something that cannot be sent.
        """
        content = message.content
        blocks: list[Block] = [Text(content)] if isinstance(content, str) else content
        match message.role:
            case "user":
                self._user(blocks, f"{where}.content")
            case "assistant":
                self._assistant(blocks, f"{where}.content")
            case "system":
                self._instruct(blocks, f"{where}.content")

    def close(self) -> None:
        """See that calls and results belong together, as the backend demands.

        Raises:
            ApiError: A call has no result.
        """
        if self._waiting:
            name, where = next(iter(self._waiting.items()))
            raise invalid(where, f"the call '{name[:80]}' has no tool_result in the next message")
        if self.input[-1].get("role") == "assistant":
            # The backend begins a message of its own, and does not go on with this one.
            self.dropped["prefill"] = None

    def _user(self, blocks: list[Block], where: str) -> None:
        said: list[Part] = []
        before = len(self.input)
        for at, block in enumerate(blocks):
            place = f"{where}[{at}]"
            match block:
                case ToolResult():
                    self._result(block, place)
                case Text() | Image():
                    said += shown(block, place)
                case Document(citations=wish) | SearchResult(citations=wish):
                    said += shown(block, place)
                    if wish is not None and wish.enabled:
                        self.dropped["messages.citations"] = None
                case Foreign():
                    self._leave_out(block)
                case _:
                    raise invalid(f"{place}.type", "only an assistant's message can hold it")
        if said or len(self.input) == before:
            # Results come first: the backend wants them right behind their calls.
            self.input.append(items.message("user", said or [items.input_text("")]))

    def _assistant(self, blocks: list[Block], where: str) -> None:
        said: list[Part] = []
        for at, block in enumerate(blocks):
            place = f"{where}[{at}]"
            if isinstance(block, Text):
                said += [items.output_text(block.text)] if block.text else []
                continue
            self._speak(said)
            said = []
            self._act(block, place)
        self._speak(said)

    def _speak(self, said: list[Part]) -> None:
        if said:
            self.input.append(items.message("assistant", said))

    def _act(self, block: Block, where: str) -> None:
        match block:
            case Thinking(thinking=thought, signature=signature):
                self._think(unsealed(signature), thought)
            case RedactedThinking(data=data):
                self._think(unsealed(data), "")
            case ToolUse():
                self._call(block, where)
            case ServerToolUse(name=name, input=given) if name == _SEARCH:
                action = {"type": "search", "query": str(given.get("query", ""))}
                self.input.append(
                    {"type": "web_search_call", "status": "completed", "action": action}
                )
            case WebSearchResult():
                pass
            case ServerToolUse() | Foreign():
                self._leave_out(block)
            case _:
                raise invalid(f"{where}.type", "only a user's message can hold it")

    def _think(self, encrypted: str | None, thought: str) -> None:
        if not encrypted:
            self.dropped["messages.thinking"] = None
            return
        summary = [{"type": "summary_text", "text": thought}] if thought else []
        self.input.append({"type": "reasoning", "summary": summary, "encrypted_content": encrypted})

    def _call(self, call: ToolUse, where: str) -> None:
        if call.id in self._waiting or call.id in self._answered:
            raise invalid(f"{where}.id", "tool_use ids must be unique")
        self._waiting[call.id] = f"{where}.id"
        arguments = encode(call.input).decode()
        self.input.append(items.function_call(call.id, call.name, arguments))

    def _result(self, result: ToolResult, where: str) -> None:
        name = result.tool_use_id
        if self._waiting.pop(name, None) is None:
            problem = "has its result" if name in self._answered else "is not in a message before"
            raise invalid(f"{where}.tool_use_id", f"the call '{name[:80]}' {problem}")
        self._answered.add(name)
        failed = result.is_error or False
        told = output(result.content, failed=failed, where=f"{where}.content")
        self.input.append(items.function_call_output(name, told))

    def _instruct(self, blocks: list[Block], where: str) -> None:
        said: list[Part] = []
        for at, block in enumerate(blocks):
            if not isinstance(block, Text):
                raise invalid(f"{where}[{at}].type", "only text is allowed in this role")
            said += [items.input_text(block.text)] if block.text else []
        if said:
            self.input.append(items.message("developer", said))

    def _leave_out(self, block: Block) -> None:
        kind = block.__struct_config__.tag
        self.dropped[f"messages.{kind}"] = None
