"""Looks through what the fault test has seen and says which promise was broken where: pure functions, no clock."""

from tests.faults.checker import answers, order, quiet, resources, rights, stored, words
from tests.faults.checker.reading import Reading, Violation, read
from tests.faults.history import Final, History

CHECKS = (
    order.contiguous,
    order.agreed,
    order.resumed,
    stored.numbered,
    stored.acknowledged,
    stored.once,
    stored.never_denied,
    answers.answered,
    words.removed,
    words.hidden,
    words.leaked,
    rights.delivered,
    rights.read,
    rights.written,
    rights.closed,
    quiet.delivered_in_time,
    quiet.converged,
    quiet.drained,
    resources.given_back,
)


def check(history: History, final: Final) -> list[Violation]:
    """Every violation, each with the shortest history that shows it."""
    reading = read(history, final)
    return [violation for look in CHECKS for violation in look(reading)]


def judged(reading: Reading) -> dict[str, tuple[int, int]]:
    """By promise, how many waits were within their bound, and how many were longer and excused by a fault."""
    return {"P9": quiet.judged(reading), "P18": rights.judged(reading)}
