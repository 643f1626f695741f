"""
Patterns of document numbers, such as ``QT-{yyyy}-{seq:04}``: pure functions.

Places: ``{yyyy}``, ``{yy}``, ``{mm}``, ``{dd}`` of the document's date, ``{company}`` code of the company, and
exactly once ``{seq}`` or ``{seq:06}``, the running number with leading zeros.
"""

from __future__ import annotations

import re
from datetime import date

from suite.documents.choices import Reset

_PLACE = re.compile(r"\{(yyyy|yy|mm|dd|company|seq)(?::0?(\d{1,2}))?\}")
_NEEDED = {
    Reset.NEVER: (),
    Reset.YEAR: (("yyyy", "yy"),),
    Reset.MONTH: (("yyyy", "yy"), ("mm",)),
    Reset.DAY: (("yyyy", "yy"), ("mm",), ("dd",)),
}
_PERIOD = {Reset.NEVER: "", Reset.YEAR: "%Y", Reset.MONTH: "%Y-%m", Reset.DAY: "%Y-%m-%d"}


def is_sound(pattern: str, reset: str) -> bool:
    """Return whether a pattern gives every number once, although its series begins anew as ``reset`` says."""
    places = [match[1] for match in _PLACE.finditer(pattern)]
    is_clean = not re.search(r"[{}\s]", _PLACE.sub("", pattern))
    tells_periods = all(any(place in places for place in group) for group in _NEEDED[Reset(reset)])
    return is_clean and tells_periods and places.count("seq") == 1


def period_of(reset: str, on: date) -> str:
    """Return the name of the series that a day belongs to: ``2026``, ``2026-11``, ``2026-11-20`` or empty."""
    return on.strftime(_PERIOD[Reset(reset)])


def render(pattern: str, *, on: date, sequence: int, company: str = "") -> str:
    """Return the number."""
    values = {"yyyy": f"{on:%Y}", "yy": f"{on:%y}", "mm": f"{on:%m}", "dd": f"{on:%d}", "company": company}

    def fill(match: re.Match[str]) -> str:
        if match[1] == "seq":
            return str(sequence).zfill(int(match[2] or 1))
        return values[match[1]]

    return _PLACE.sub(fill, pattern)
