"""What Prometheus reads: text, or OpenMetrics where it asks for that."""

import platform
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric as Family,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from codex2api import __version__
from codex2api.metrics.catalogue import METRICS, PREFIX, Metric
from codex2api.metrics.reading import Snapshot
from codex2api.metrics.tally import FIRST_BOUNDS, SILENCE_BOUNDS, SPEED_BOUNDS, TOTAL_BOUNDS
from codex2api.metrics.values import Labels, Spreads, Values, spreads_of, values_of

_BOUNDS = {
    f"{PREFIX}first_token_seconds": FIRST_BOUNDS,
    f"{PREFIX}request_seconds": TOTAL_BOUNDS,
    f"{PREFIX}output_tokens_per_second": SPEED_BOUNDS,
    f"{PREFIX}longest_silence_seconds": SILENCE_BOUNDS,
}


def exposition(registry: CollectorRegistry, snapshot: Snapshot, accept: str) -> tuple[bytes, str]:
    """The body of a scrape, and its content type.

    Args:
        registry: Whose metrics are told besides.
        snapshot: Of all processes.
        accept: The header of the request.
    """
    own = _Ours(snapshot)
    registry.register(own)
    try:
        encode, kind = choose_encoder(accept)
        return encode(registry), kind
    finally:
        registry.unregister(own)


def registry() -> CollectorRegistry:
    """A registry of our own, with what is to be told of Python; the global one is not used."""
    made = CollectorRegistry()
    PlatformCollector(registry=made)
    return made


class _Ours(Collector):
    """Tells a snapshot once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Family]:
        """Every metric, also those without a value: their help tells that they exist."""
        values, spreads = values_of(self._snapshot), spreads_of(self._snapshot)
        python = platform.python_version()
        values[f"{PREFIX}build_info"] = {(__version__, python): 1.0}
        for metric in METRICS:
            yield _family(metric, values, spreads)
        yield from _processes(self._snapshot.pids)


def _family(metric: Metric, values: Values, spreads: Spreads) -> Family:
    if metric.kind == "histogram":
        return _histogram(metric, spreads)
    make = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = make(metric.name, metric.help, labels=metric.labels)
    series = values.get(metric.name, {} if metric.labels else {(): 0.0})
    for labels in sorted(series):
        family.add_metric(labels, series[labels])
    return family


def _histogram(metric: Metric, spreads: Spreads) -> Family:
    family = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    bounds = [*map(str, _BOUNDS[metric.name]), "+Inf"]
    for labels, spread in sorted(spreads.get(metric.name, {}).items(), key=_labels):
        buckets = list(zip(bounds, map(float, accumulate(spread.counts)), strict=True))
        family.add_metric(labels, buckets, spread.total)
    return family


def _labels(item: tuple[Labels, object]) -> Labels:
    return item[0]


_LEAST = frozenset({"process_start_time_seconds", "process_max_fds"})
"""Of these the least of all processes is told, of the others the sum."""


def _processes(pids: Sequence[int]) -> Iterable[Family]:
    """CPU, memory and descriptors of all our processes, as far as the system tells."""
    told: dict[str, Family] = {}
    for pid in pids:
        for family in ProcessCollector(pid=partial(int, pid), registry=None).collect():
            known = told.setdefault(family.name, family)
            if known is family:
                continue
            one, other = known.samples[0], family.samples[0]
            join = min if one.name in _LEAST else _sum
            known.samples[0] = one._replace(value=join(one.value, other.value))
    return told.values()


def _sum(one: float, other: float) -> float:
    return one + other
