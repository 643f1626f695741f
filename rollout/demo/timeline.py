"""Many stories at once, each told step by step in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from itertools import count

from django.utils import timezone

from rollout.demo.dice import Dice

# A story does what happens at one moment and yields the next one.
Story = Generator[datetime, None, None]
# How busy the months are: quiet around the Spring Festival, busy before the autumn sales.
SEASON = (0.85, 0.5, 1.1, 1.0, 0.95, 1.0, 0.9, 1.0, 1.2, 1.25, 1.3, 1.05)
GROWTH_A_YEAR = 0.45


class Timeline:
    """
    Tells stories until now; what would come later is not told, so that every story stands where it is today.

    :param progress: called with the number of days told.
    """

    def __init__(self, start: datetime, now: datetime, progress: Callable[[int], object] | None = None) -> None:
        self.start, self.now, self.progress = start, now, progress
        self._waiting: list[tuple[datetime, int, Story]] = []
        self._order = count()

    def begin(self, at: datetime, story: Story) -> None:
        """Let a story begin at a moment."""
        if at <= self.now:
            heapq.heappush(self._waiting, (at, next(self._order), story))

    def run(self) -> None:
        """Tell all stories."""
        told = 0
        while self._waiting:
            at, _order, story = heapq.heappop(self._waiting)
            following = next(story, None)
            if following is not None:
                self.begin(max(following, at + timedelta(minutes=1)), story)
            days = (at - self.start).days
            if self.progress is not None and days > told:
                self.progress(days - told)
                told = days

    def busyness(self, at: datetime) -> float:
        """How much business a day brings compared with an ordinary one at the start."""
        years = (at - self.start).days / 365
        return SEASON[timezone.localtime(at).month - 1] * (1 + GROWTH_A_YEAR * years)

    def some_day(self, dice: Dice) -> datetime:
        """A working moment of the story, more likely where business is busy."""
        days = (self.now - self.start).days
        while True:
            at = working(self.start + timedelta(days=dice.number(1, days)), dice)
            if at < self.now and dice.happens(self.busyness(at) / 2):
                return at


def working(at: datetime, dice: Dice) -> datetime:
    """A moment within the working hours of that day, or of the Monday after a weekend."""
    day = timezone.localtime(at)
    day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)
    return day.replace(hour=dice.number(9, 17), minute=dice.number(0, 59), second=0, microsecond=0)


def later(at: datetime, dice: Dice, low: int, high: int) -> datetime:
    """A working moment some days later."""
    following = working(at + timedelta(days=dice.number(low, high)), dice)
    return following if following > at else at + timedelta(minutes=dice.number(5, 50))
