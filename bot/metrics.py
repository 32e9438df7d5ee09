"""Numbers in the Prometheus text format. Loaded when somebody first asks for them: many bots are never asked.

Knows nothing of what they count.
"""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector


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


def text_of(families: Iterable[Metric]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Families(list(families)))
    return generate_latest(registry)
