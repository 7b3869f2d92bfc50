"""What each item of an answer adds to a message: blocks that begin, grow and end, one at a time.

A stream tells everything twice: in deltas, and once more whole when a part or item is done. Each
item keeps how much of it was passed on, so that nothing is doubled or missing.
"""

from typing import Any, Protocol, TypeAlias

from codex2api.dialects.messages.answer import (
    Block,
    Citation,
    CitationsDelta,
    Delta,
    InputDelta,
    RedactedBlock,
    SearchBlock,
    SearchResult,
    SearchResultBlock,
    SignatureDelta,
    TextBlock,
    TextDelta,
    ThinkingBlock,
    ThinkingDelta,
    ToolUseBlock,
)
from codex2api.dialects.messages.seal import sealed
from codex2api.dialects.openai_strand import Strand
from codex2api.protocol.items import Item, Part
from codex2api.protocol.json import encode

Step: TypeAlias = Block | Delta | None
"""A block begins, the open one grows, or (``None``) ends."""


class Told(Protocol):
    """An item while it is told.

    Attributes:
        steps: What is new of it; whoever passes them on takes them out.
        whole: Whether nothing more will come.
    """

    steps: list[Step]
    whole: bool

    def settle(self, item: Item) -> None:
        """The item as it finally is."""

    def end(self) -> None:
        """Nothing more will come, be the item finished or not."""


class ToldMessage:
    """A message: a text block for each of its parts that says something.

    Attributes:
        open: The part that is growing, if any is.
        refuses: Whether a part is a refusal.
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.whole = False
        self.open: int | None = None
        self.refuses = False
        self._texts: dict[int, list[str]] = {}
        self._sent: dict[int, int] = {}
        self._cited: dict[int, list[Any]] = {}

    def grow(self, part: int, text: str) -> None:
        """More of a part."""
        if not text:
            return
        if part != self.open:
            self._close()
            self.open = part
            self.steps.append(TextBlock())
        self.note(part, text)
        self.steps.append(TextDelta(text))

    def note(self, part: int, text: str) -> None:
        """More of the open part was passed on."""
        self._texts.setdefault(part, []).append(text)
        self._sent[part] = self._sent.get(part, 0) + len(text)

    def refuse(self, part: int, text: str) -> None:
        """More of a refusal."""
        self.refuses = True
        self.grow(part, text)

    def cite(self, part: int, annotation: dict[str, Any]) -> None:
        """A citation in a part; it is told when the part is whole."""
        self._cited.setdefault(part, []).append(annotation)

    def settle_text(self, part: int, text: str) -> None:
        """The whole text of a part is known."""
        self.grow(part, text[self._sent.get(part, 0) :])

    def settle_part(self, part: int, said: Part) -> None:
        """A part is done."""
        match said:
            case {"type": "output_text"}:
                self._cited[part] = said.get("annotations") or []
                self.settle_text(part, said.get("text") or "")
            case {"type": "refusal"}:
                self.refuses = True
                self.settle_text(part, said.get("refusal") or "")

    def settle(self, item: Item) -> None:
        """The message is done."""
        for position, part in enumerate(item.get("content") or ()):
            self.settle_part(position, part)
        self.end()

    def end(self) -> None:
        """The open part ends."""
        self._close()
        self.whole = True

    def _close(self) -> None:
        if self.open is None:
            return
        text = "".join(self._texts.pop(self.open, ()))
        for annotation in self._cited.get(self.open, ()):
            if annotation.get("type") == "url_citation" and annotation.get("url"):
                self.steps.append(CitationsDelta(_citation(annotation, text)))
        self.steps.append(None)
        self.open = None


class ToldReasoning:
    """Reasoning: one thinking block.

    Args:
        hidden: The summary was not asked for; the block has the signature alone.
    """

    def __init__(self, *, hidden: bool) -> None:
        self.steps: list[Step] = []
        self.whole = False
        self._hidden = hidden
        self._thoughts = Strand()
        self._begun = False

    def grow(self, kind: str, part: int, text: str) -> None:
        """More of a part of the summary, or of the raw thoughts."""
        self._tell(self._thoughts.grow(((kind, part), 0), text))

    def settle_text(self, kind: str, part: int, text: str) -> None:
        """The whole text of a part is known."""
        self._tell(self._thoughts.settle(((kind, part), 0), text))

    def settle(self, item: Item) -> None:
        """The reasoning is done; only then is what it holds final, and of use."""
        for kind in ("summary", "content"):
            for position, part in enumerate(item.get(kind) or ()):
                self.settle_text(kind, position, part.get("text") or "")
        encrypted = item.get("encrypted_content")
        if encrypted and item.get("status") != "incomplete":
            self._seal(sealed(encrypted))
        self.end()

    def end(self) -> None:
        """The block ends, if there is one."""
        if self._begun:
            self._begun = False
            self.steps.append(None)
        self.whole = True

    def _tell(self, text: str) -> None:
        if not text or self._hidden:
            return
        if not self._begun:
            self._begun = True
            self.steps.append(ThinkingBlock())
        self.steps.append(ThinkingDelta(text))

    def _seal(self, signature: str) -> None:
        if self._begun:
            self.steps.append(SignatureDelta(signature))
        elif self._hidden:
            self.steps += [ThinkingBlock(), SignatureDelta(signature), None]
        else:
            self.steps += [RedactedBlock(data=signature), None]


class ToldCall:
    """A call of a tool: one block, as soon as its id and name are known.

    Attributes:
        begun: Whether the caller has heard, or will hear, of it.
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.whole = False
        self.begun = False
        self._early = ""
        self._sent = 0

    def begin(self, item: Item) -> None:
        """The call appears."""
        call_id, name = item.get("call_id"), item.get("name")
        if self.begun or not call_id or not name:
            return
        self.begun = True
        self.steps.append(ToolUseBlock(id=call_id, name=name))
        early, self._early = self._early, ""
        self.grow(early)

    def grow(self, text: str) -> None:
        """More of its input."""
        if not self.begun:
            self._early += text
        elif text:
            self._sent += len(text)
            self.steps.append(InputDelta(text))

    def settle_input(self, whole: str) -> None:
        """The whole input is known."""
        self.grow(whole[self._sent + len(self._early) :])

    def settle(self, item: Item) -> None:
        """The call is done."""
        self.begin(item)
        self.settle_input(item.get("arguments") or "")
        self.end()

    def end(self) -> None:
        """The block ends, if there is one."""
        if self.begun and not self.whole:
            self.steps.append(None)
        self.whole = True


class ToldSearch:
    """A search of the backend's own: a call and its result, when it is done.

    Args:
        number: Of the item, which names it if it has no id.

    Attributes:
        told: Whether there was anything to tell.
    """

    def __init__(self, number: int) -> None:
        self.steps: list[Step] = []
        self.whole = False
        self.told = False
        self._name = str(number)

    def settle(self, item: Item) -> None:
        """The search is done; that a page was opened, or looked through, is not told."""
        action = item.get("action")
        self._name = str(item.get("id") or self._name)
        if isinstance(action, dict) and item.get("status") != "incomplete":
            query = action.get("query")
            if isinstance(query, str):
                self._tell(query, action.get("sources"))
        self.whole = True

    def end(self) -> None:
        """It was not finished."""
        self.whole = True

    def _tell(self, query: str, sources: Any) -> None:
        self.told = True
        name = f"srvtoolu_{self._name}"
        given = encode({"query": query}).decode()
        self.steps += [SearchBlock(id=name), InputDelta(given), None]
        found = [
            SearchResult(url=source["url"], title=source.get("title") or source["url"])
            for source in (sources if isinstance(sources, list) else ())
            if isinstance(source, dict) and isinstance(source.get("url"), str)
        ]
        self.steps += [SearchResultBlock(tool_use_id=name, content=found), None]


def _citation(annotation: dict[str, Any], text: str) -> Citation:
    cited = text[annotation.get("start_index") or 0 : annotation.get("end_index") or 0]
    return Citation(url=annotation["url"], title=annotation.get("title"), cited_text=cited)
