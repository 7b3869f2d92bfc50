"""What each piece of upstream news adds to the one message of a chat answer.

The whole reply is the sum of the same deltas, hence equal to its stream by construction.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from codex2api.dialects.chat.answer import Annotation, Citation, Delta, FinishReason
from codex2api.dialects.chat.calls import Calls
from codex2api.dialects.openai_strand import Place, Strand
from codex2api.protocol.events import Response
from codex2api.protocol.items import Item, Part


class Growth:
    """A chat message while it grows; reasoning is shown in a field of its own.

    Args:
        legacy: Whether calls are told as ``function_call``.
    """

    def __init__(self, *, legacy: bool) -> None:
        self.content = Strand()
        self.refusal = Strand()
        self.reasoning = Strand()
        self.calls = Calls(legacy=legacy)
        self._annotations: dict[Place, list[Any]] = {}

    def reasoned(self, text: str) -> Sequence[Delta]:
        """More reasoning, if there is any."""
        return (Delta(reasoning_content=text),) if text else ()

    def told(self, news: Iterable[Delta]) -> Iterable[Delta]:
        """The news, with what has to be said before them."""
        return news

    def rest(self) -> Sequence[Delta]:
        """What has to be said before the answer ends."""
        return ()

    def annotate(self, place: Place, annotation: dict[str, Any]) -> None:
        """A citation in a part of the content."""
        self._annotations.setdefault(place, []).append(annotation)

    def settle_part(self, place: Place, part: Part) -> Iterable[Delta]:
        """A content part is done."""
        match part:
            case {"type": "output_text"}:
                self._annotations[place] = part.get("annotations") or []
                return content_delta(self.content.settle(place, part.get("text") or ""))
            case {"type": "refusal"}:
                return refusal_delta(self.refusal.settle(place, part.get("refusal") or ""))
            case {"type": "reasoning_text" | "text"}:
                text = self.reasoning.settle(thought_place(*place), part.get("text") or "")
                return self.reasoned(text)
            case _:
                return ()

    def settle_item(self, output_index: int, item: Item) -> Iterable[Delta]:
        """An item is done; hosted tools leave no trace in a chat message."""
        match item.get("type"):
            case "message":
                return self._settle_content(output_index, item)
            case "reasoning":
                return self._settle_reasoning(output_index, item)
            case "function_call" | "custom_tool_call":
                return self.calls.settle_item(output_index, item)
            case _:
                return ()

    def _settle_reasoning(self, output_index: int, item: Item) -> list[Delta]:
        news: list[Delta] = []
        for position, part in enumerate(item.get("summary") or ()):
            place = summary_place(output_index, position)
            news += self.reasoned(self.reasoning.settle(place, part.get("text") or ""))
        return news + self._settle_content(output_index, item)

    def _settle_content(self, output_index: int, item: Item) -> list[Delta]:
        news: list[Delta] = []
        for position, part in enumerate(item.get("content") or ()):
            news += self.settle_part((output_index, position), part)
        return news

    def citations(self) -> list[Annotation]:
        """All citations, their indexes counted from the beginning of the content."""
        return [
            Annotation(url_citation=_citation(annotation, self.content.start_of(place)))
            for place, annotations in self._annotations.items()
            for annotation in annotations
            if annotation.get("type") == "url_citation" and annotation.get("url")
        ]

    def finish_reason(self, ending: Response) -> FinishReason:
        """Why the answer ends here."""
        if ending.status == "incomplete":
            reason = (ending.incomplete_details or {}).get("reason")
            return "content_filter" if reason == "content_filter" else "length"
        return self.calls.finish_reason


def summary_place(output_index: int, summary_index: int) -> Place:
    """A part of a reasoning summary: a section of its own."""
    return (("summary", output_index, summary_index), 0)


def thought_place(output_index: int, content_index: int) -> Place:
    """A part of a raw chain of thought: a section of its own."""
    return (("thought", output_index, content_index), 0)


def content_delta(text: str) -> Sequence[Delta]:
    """More content, if there is any."""
    return (Delta(content=text),) if text else ()


def refusal_delta(text: str) -> Sequence[Delta]:
    """More of a refusal, if there is any."""
    return (Delta(refusal=text),) if text else ()


def _citation(annotation: dict[str, Any], offset: int) -> Citation:
    return Citation(
        start_index=offset + (annotation.get("start_index") or 0),
        end_index=offset + (annotation.get("end_index") or 0),
        url=annotation["url"],
        title=annotation.get("title") or "",
    )
