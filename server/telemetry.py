"""What the server tells its operators: the names of all log fields, and every number it counts.

Nobody's words are in here, nor can they come in: a field that is not declared is left out of the log.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

# What a log line may carry: ids, codes, numbers and names of things of ours. Text that people wrote has no field.
FIELDS = frozenset(
    {
        # where it happened
        "node",
        "stream",
        "room",
        "community",
        "person",
        "session",
        "tab",
        "message",
        "invitation",
        "erasure",
        "address",
        "origin",
        # what was asked and how it ended
        "command",
        "ref",
        "seq",
        "head",
        "epoch",
        "acl",
        "code",
        "reference",
        "route",
        "method",
        "status",
        "path",
        "reason",
        # how much, how long
        "count",
        "batch",
        "events",
        "sockets",
        "followers",
        "streams",
        "bytes",
        "took_ms",
        "wait_ms",
        "retry_ms",
        "late_ms",
        # the server itself
        "version",
        "url",
        "port",
        "job",
        "setting",
        "check",
        "file",
        "rows",
        "database",
        "signal",
        "drain_s",
        "revision",
        "logger",
        # what broke: the kind of error and the places it passed, never what it said
        "error",
        "where",
    }
)

# From a fraction of a millisecond (memory) to the five seconds in which every command ends.
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_POWERS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
# Due work may take long: a checkpoint, a thousand erasures.
_LONG_SECONDS = (0.01, 0.1, 0.5, 1, 5, 15, 60, 300)


class Metrics:
    """Every counter, gauge and histogram of one process, on a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._talk()
        self._delivery()
        self._door()
        self._house()

    def _talk(self) -> None:
        self.commands = self._counter("commands", "Commands answered, by kind and answer.", "kind", "answer")
        self.refusals = self._counter("refusals", "Refusals, by code.", "code")
        self.events = self._counter("events", "Events stored, by kind of stream.", "kind")
        self.commit_seconds = self._histogram("commit_seconds", "From asking the database to its commit.", _SECONDS)
        self.batch_commands = self._histogram("batch_commands", "Commands in one transaction.", _POWERS)
        self.retries = self._counter("commit_retries", "Transactions tried again, by why.", "reason")

    def _delivery(self) -> None:
        self.sockets = self._gauge("sockets", "Open live connections.")
        self.followers = self._gauge("followers", "Streams followed, summed over connections.")
        self.people_here = self._gauge("people_here", "People with at least one open tab on this node.")
        self.passes = self._counter("passes", "Passes over the followers of a stream.")
        self.deliveries = self._counter(
            "deliveries", "Frames of events and signals written to followers; in a rush a frame has many."
        )
        self.sent_bytes = self._counter("sent_bytes", "Bytes of events and signals written to followers.")
        self.resumes = self._counter("resumes", "Streams followed, by how: resumed or snapshot.", "how")
        self.catch_ups = self._counter("catch_ups", "Pages read from the database for followers behind the ring.")
        self.not_admitted = self._counter("not_admitted", "Live connections told to come later, as many came at once.")
        self.stalled = self._counter("stalled", "Connections cut because they made no progress.")
        self.closed = self._counter("closed", "Live connections ended, by close code.", "code")
        self.ring_bytes = self._gauge("ring_bytes", "Memory taken by the newest events of all streams.")
        self.active_streams = self._gauge("active_streams", "Streams held in memory.")
        self.sweep_seconds = self._histogram("sweep_seconds", "One look at the heads of all active streams.", _SECONDS)
        self.sweep_found = self._counter("sweep_found", "Streams that a sweep found further on than was known.")
        self.bus_words = self._counter("bus_words", "Words between nodes: told, heard, lost, forged, foreign.", "fate")
        self.bus_troubled = self._gauge("bus_troubled", "1 while beats between nodes are missing.")
        self.peers = self._gauge("peers", "Other nodes that hold a lease.")

    def _door(self) -> None:
        self.requests = self._counter("requests", "Requests, by route and status.", "route", "status")
        self.request_seconds = self._histogram("request_seconds", "From headers to answer.", _SECONDS, "route")
        self.limits_shared = self._gauge("limits_shared", "1 while limits are counted together with other nodes.")
        self.sessions = self._gauge("sessions", "Signed-in devices, counted when asked.")

    def _house(self) -> None:
        self.jobs = self._counter("jobs", "Runs of due work, by duty and outcome.", "job", "outcome")
        self.job_seconds = self._histogram("job_seconds", "One run of due work.", _LONG_SECONDS, "job")
        self.mails = self._counter("mails", "Mails by matter, and what became of each.", "matter", "outcome")
        self.backup_age_seconds = self._gauge("backup_age_seconds", "Since the last backup; -1 when there is none.")
        self.rooms_unknown = self._gauge("rooms_unknown", "Rooms whose people on other nodes are not known.")
        self.tasks = self._gauge("tasks", "Tasks of this process that are not done.")
        self.database_in_hand = self._gauge("database_in_hand", "Works that the database does, or that wait for it.")
        self.draining = self._gauge("draining", "1 while this node sends people elsewhere.")

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(name, says, labels, namespace="hearth", registry=self.registry)

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(name, says, labels, namespace="hearth", registry=self.registry)

    def _histogram(self, name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, says, labels, namespace="hearth", registry=self.registry, buckets=buckets)

    def page(self) -> bytes:
        """All numbers as Prometheus reads them."""
        return generate_latest(self.registry)
