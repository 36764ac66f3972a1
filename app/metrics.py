"""Metrics on prometheus_client, created on first use so that names live where the thing is counted."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class PrometheusMetrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._lock = threading.Lock()
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}

    def count(self, name: str, amount: float = 1.0, **labels: str) -> None:
        with self._lock:
            if name not in self._counters:
                self._counters[name] = Counter(name, name, sorted(labels), registry=self.registry)
        counter = self._counters[name]
        (counter.labels(**labels) if labels else counter).inc(amount)

    def gauge(self, name: str, value: float, **labels: str) -> None:
        with self._lock:
            if name not in self._gauges:
                self._gauges[name] = Gauge(name, name, sorted(labels), registry=self.registry)
        gauge = self._gauges[name]
        (gauge.labels(**labels) if labels else gauge).set(value)

    def observe(self, name: str, value: float, **labels: str) -> None:
        with self._lock:
            if name not in self._histograms:
                self._histograms[name] = Histogram(name, name, sorted(labels), registry=self.registry, buckets=BUCKETS)
        histogram = self._histograms[name]
        (histogram.labels(**labels) if labels else histogram).observe(value)

    def snapshot(self) -> Mapping[str, float]:
        """Plain sums by sample name, for the scorecard and health."""
        found: dict[str, float] = {}
        for family in self.registry.collect():
            for sample in family.samples:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
        return found
