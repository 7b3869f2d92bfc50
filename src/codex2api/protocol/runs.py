"""Batches cut into runs: nearly all events are more text of the part that the last one was of.

What a run needs is done once for all of its events, or for each of them by C code (``map``,
``join``): a step in Python for every delta would be most of what a long answer costs.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import TypeAlias, cast

import msgspec

from codex2api.protocol.events import Batch, TextDelta, UpstreamEvent

_PLACE = attrgetter("output_index", "content_index")


class TextRun(msgspec.Struct):
    """Some events, at least one, in each of which there is more text of one part."""

    output_index: int
    content_index: int
    events: list[TextDelta]

    @property
    def texts(self) -> list[str]:
        """What they say, but for what is empty."""
        return [event.delta for event in self.events if event.delta]


Heard: TypeAlias = TextRun | UpstreamEvent


def runs(batch: Batch) -> Iterator[Heard]:
    """The same events in the same order, text deltas of a part together."""
    for kind, some in groupby(batch, type):
        if kind is not TextDelta:
            yield from some
            continue
        deltas = cast("list[TextDelta]", list(some))
        places = {(event.output_index, event.content_index) for event in deltas}
        if len(places) == 1:
            yield TextRun(*places.pop(), deltas)
        else:
            for place, run in groupby(deltas, _PLACE):
                yield TextRun(*place, list(run))
