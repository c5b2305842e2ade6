"""What the endpoint tells of itself, in the form of Prometheus."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from receiving.receiver import Receiver

_WAITS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Bounds in seconds: a disk takes some milliseconds, a sender gives up after some seconds."""


class Metrics:
    """Counts since the process began, and what waits now.

    Attributes:
        wait: seconds from reading a request to its answer.
    """

    def __init__(self, receiver: Receiver) -> None:
        """Count for one receiver.

        Args:
            receiver: asked for what waits whenever somebody looks.
        """
        self._registry = CollectorRegistry()
        self._events = Counter(
            "plenish_events",
            "Events by landing source and what became of them: taken, repeated or refused.",
            ["source", "outcome"],
            registry=self._registry,
        )
        self._requests = Counter(
            "plenish_event_requests",
            "Requests with events by the status of their answer.",
            ["status"],
            registry=self._registry,
        )
        self._newest = Gauge(
            "plenish_event_taken_timestamp_seconds",
            "When an event of the source was taken last.",
            ["source"],
            registry=self._registry,
        )
        self.wait = Histogram(
            "plenish_event_answer_seconds",
            "Seconds from reading a request to its answer, the wait for the disk among them.",
            buckets=_WAITS,
            registry=self._registry,
        )
        waiting = Gauge(
            "plenish_events_waiting", "Events that wait for the disk.", registry=self._registry
        )
        waiting.set_function(receiver.count_waiting)
        unlanded = Gauge(
            "plenish_event_segments_unlanded",
            "Closed segments of the journal that are not landed yet.",
            registry=self._registry,
        )
        unlanded.set_function(receiver.count_unlanded)

    def count_request(self, status: int) -> None:
        """Count an answer."""
        self._requests.labels(str(status)).inc()

    def count_taken(self, source: str, *, new: bool) -> None:
        """Count an event that is on disk, now or before."""
        self._events.labels(source, "taken" if new else "repeated").inc()
        if new:
            self._newest.labels(source).set_to_current_time()

    def count_refused(self, number: int) -> None:
        """Count events that were refused, whose source need not be one."""
        self._events.labels("", "refused").inc(number)

    def write_text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)
