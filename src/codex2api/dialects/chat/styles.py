"""Chat messages that show the model's reasoning elsewhere than in ``reasoning_content``."""

from collections.abc import Iterable, Iterator, Sequence

from codex2api.dialects.chat.answer import Delta, Reasoning, ReasoningText
from codex2api.dialects.chat.growth import Growth, content_delta
from codex2api.dialects.chat.schema import ChatRequest, JsonObjectFormat, JsonSchemaFormat
from codex2api.dialects.openai_strand import Place, Strand
from codex2api.dialects.reasoning import ReasoningStyle


def shows(request: ChatRequest, style: ReasoningStyle) -> ReasoningStyle:
    """A JSON answer never gets tags: whoever asked for JSON wants to parse all of the content."""
    in_json = isinstance(request.response_format, JsonObjectFormat | JsonSchemaFormat)
    if in_json and style is ReasoningStyle.THINK_TAGS:
        return ReasoningStyle.REASONING_CONTENT
    return style


def growth_of(request: ChatRequest, style: ReasoningStyle) -> Growth:
    """What one choice of the answer grows in."""
    legacy = request.speaks_functions
    match style:
        case ReasoningStyle.THINK_TAGS:
            return _Tagged(legacy=legacy)
        case ReasoningStyle.O3:
            return _InObject(legacy=legacy)
        case ReasoningStyle.NONE:
            return _Hidden(legacy=legacy)
        case _:
            return Growth(legacy=legacy)


class _Hidden(Growth):
    """Reasoning is not shown."""

    def reasoned(self, _text: str) -> Sequence[Delta]:
        return ()


class _InObject(Growth):
    """Reasoning is shown in an object with a list of texts."""

    def reasoned(self, text: str) -> Sequence[Delta]:
        return (Delta(reasoning=Reasoning([ReasoningText(text)])),) if text else ()


class _Tagged(Growth):
    """Reasoning is shown in the content, between tags."""

    content: "_TaggedContent"

    def __init__(self, *, legacy: bool) -> None:
        super().__init__(legacy=legacy)
        self.content = _TaggedContent()
        self.reasoning = _Thoughts(self.content)

    def reasoned(self, text: str) -> Sequence[Delta]:
        return content_delta(self.content.think(text))

    def told(self, news: Iterable[Delta]) -> Iterator[Delta]:
        for delta in news:
            if not delta.content:
                yield from self.rest()
            yield delta

    def rest(self) -> Sequence[Delta]:
        return content_delta(self.content.close())


class _TaggedContent(Strand):
    """Content with thoughts in it: every run of them is a section of its own.

    Attributes:
        open: Whether a tag waits for its end.
    """

    def __init__(self) -> None:
        super().__init__()
        self._thoughts: Place = (("thoughts", 0), 0)
        self.open = False

    def think(self, text: str) -> str:
        """What to pass on for more reasoning."""
        if self.open or not text:
            return self.grow(self._thoughts, text)
        (section, number), part = self._thoughts
        self._thoughts = ((section, number + 1), part)
        begun = self.grow(self._thoughts, f"<think>{text}")
        self.open = True
        return begun

    def close(self) -> str:
        """What to pass on before anything that is neither reasoning nor content."""
        if not self.open:
            return ""
        self.open = False
        return self.grow(self._thoughts, "</think>")

    def _move(self, place: Place) -> str:
        # Content follows. To do it here costs nothing for each piece of it.
        return self.close() + super()._move(place)


class _Thoughts(Strand):
    """Reasoning that goes between tags: nothing parts the first of it from its tag."""

    def __init__(self, content: _TaggedContent) -> None:
        super().__init__()
        self._content = content

    def _move(self, place: Place) -> str:
        joint = super()._move(place)
        return joint if self._content.open else ""
