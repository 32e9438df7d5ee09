"""Numbers in the Prometheus text format. Loaded when somebody first asks for them: many bots are never asked.

Knows nothing of what they count.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, Metric, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from bot.measures import FAMILIES, Family, Measures, Timing


class _Families(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def counter(
    name: str, meaning: str, labels: tuple[str, ...], counts: Mapping[tuple[str, ...], tuple[int, float]]
) -> Metric:
    """`counts` are by the labels' values: how many, and since when (unix seconds)."""
    family = CounterMetricFamily(name, meaning, labels=labels)
    for values, (number, since) in counts.items():
        family.add_metric(values, number, created=since)
    return family


def gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value)


def gauges(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    """`values` are by the label's."""
    family = GaugeMetricFamily(name, meaning, labels=(label,))
    for labelled, value in values.items():
        family.add_metric((labelled,), value)
    return family


def info(name: str, meaning: str, facts: Mapping[str, str]) -> Metric:
    """A gauge that is 1 and has the facts as its labels."""
    family = GaugeMetricFamily(name, meaning, labels=tuple(facts))
    family.add_metric(tuple(facts.values()), 1)
    return family


def measured(measures: Measures) -> Iterator[Metric]:
    """Every family, those that nothing was counted of yet too."""
    for family in FAMILIES:
        if family.bounds:
            yield _histogram(family, measures.timings.get(family, {}))
        else:
            counts = CounterMetricFamily(family.name, family.meaning, labels=family.labels)
            for values, number in measures.counts.get(family, {}).items():
                counts.add_metric(values, number)
            yield counts


def _histogram(family: Family, timings: Mapping[tuple[str, ...], Timing]) -> Metric:
    """A bucket counts all that took no longer than its bound."""
    found = HistogramMetricFamily(family.name, family.meaning, labels=family.labels)
    bounds = [*(repr(bound) for bound in family.bounds), "+Inf"]
    for values, timing in timings.items():
        found.add_metric(values, list(zip(bounds, accumulate(timing.counts), strict=True)), timing.total)
    return found


def text_of(families: Iterable[Metric]) -> bytes:
    """With what the machine says of this process: memory, CPU, open files, start."""
    registry = CollectorRegistry()
    registry.register(_Families(list(families)))
    ProcessCollector(registry=registry)
    return generate_latest(registry)
