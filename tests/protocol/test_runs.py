"""Batches cut into runs."""

from hypothesis import given, strategies as st

from codex2api.protocol.events import TextDelta, UpstreamEvent
from codex2api.protocol.fold import Fold, fold
from codex2api.protocol.runs import TextRun, runs
from tests.dialects.responses.samples import wild
from tests.events import created, in_progress

DELTAS = st.builds(
    TextDelta,
    delta=st.text(max_size=3),
    output_index=st.integers(0, 1),
    content_index=st.integers(0, 1),
)


@given(st.lists(DELTAS | st.sampled_from([created(), in_progress()])))
def test_runs_are_the_same_events_in_the_same_order(events: list[UpstreamEvent]) -> None:
    told: list[UpstreamEvent] = []
    for heard in runs(events):
        if isinstance(heard, TextRun):
            places = {(event.output_index, event.content_index) for event in heard.events}
            assert places == {(heard.output_index, heard.content_index)}
            assert heard.texts == [event.delta for event in heard.events if event.delta]
            told += heard.events
        else:
            told.append(heard)
    assert told == events


@given(wild(), st.data())
def test_a_fold_hears_what_it_is_fed(events: list[UpstreamEvent], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(events)))
    gathered = Fold()
    gathered.hear(events[:cut])
    gathered.hear(events[cut:])
    assert gathered.close() == fold(events)
