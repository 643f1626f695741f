"""Spans of minutes, from the first up to but without the last: sorted, apart from each other, never empty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Interval = tuple[int, int]


def merge(spans: Iterable[Interval]) -> tuple[Interval, ...]:
    """
    Return the spans sorted, those that touch or overlap as one.

    :raises ValueError: for a span that ends before or when it starts.
    """
    result: list[Interval] = []
    for start, end in sorted(spans):
        if end <= start:
            raise ValueError(f"A span from {start} to {end} is empty")
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)


def subtract(spans: Sequence[Interval], holes: Sequence[Interval]) -> tuple[Interval, ...]:
    """Return what is left of the spans without the holes; both as :func:`merge` gives them."""
    if not holes:
        return tuple(spans)
    result: list[Interval] = []
    for start, end in spans:
        for hole_start, hole_end in holes:
            if hole_end <= start or hole_start >= end:
                continue
            if hole_start > start:
                result.append((start, hole_start))
            start = hole_end
            if start >= end:
                break
        if start < end:
            result.append((start, end))
    return tuple(result)


def intersect(spans: Sequence[Interval], others: Sequence[Interval]) -> tuple[Interval, ...]:
    """Return what both have; each as :func:`merge` gives it."""
    if not spans or not others:
        return ()
    return tuple(
        (max(start, other_start), min(end, other_end))
        for start, end in spans
        for other_start, other_end in others
        if start < other_end and other_start < end
    )


def length(spans: Iterable[Interval]) -> int:
    """Return the minutes of the spans."""
    minutes = 0
    for start, end in spans:
        minutes += end - start
    return minutes


def before(spans: Iterable[Interval], moment: int) -> int:
    """Return the minutes of the spans that come before the moment."""
    minutes = 0
    for start, end in spans:
        if start < moment:
            minutes += (end if end < moment else moment) - start
    return minutes
