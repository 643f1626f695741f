"""Forms of the grid of targets."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.targets.choices import TargetFigure
from crm.targets.selectors import ALL, KINDS, MONTHS, usual_figure
from crm.targets.services import Entry
from suite.core.errors import InvalidInput
from suite.pages.forms import DecimalField


class GridForm(forms.Form):
    """Which targets are shown; what cannot be read counts as not given."""

    figure = forms.ChoiceField(label=_("Figure"), choices=TargetFigure.choices)
    year = forms.TypedChoiceField(label=_("Year"), coerce=int)

    def __init__(self, data: Any = None) -> None:
        today = timezone.localdate().year
        asked = {name: str((data or {}).get(name) or "") for name in ("figure", "year")}
        usual = asked["figure"] if asked["figure"] in TargetFigure.values else usual_figure()
        super().__init__({"figure": usual, "year": asked["year"] or str(today)})
        self.fields["year"].choices = [(year, str(year)) for year in range(today - 4, today + 3)]  # type: ignore[attr-defined]
        self.full_clean()
        self.wanted_figure: str = self.cleaned_data["figure"]
        self.wanted_year: int = self.cleaned_data.get("year") or today


class CopyForm(forms.Form):
    """How much more than last year."""

    percent = DecimalField(label=_("More than last year (%)"), max_digits=6, decimal_places=2, initial=Decimal(10))


class SpreadForm(forms.Form):
    """Whose target of a year is spread over its months."""

    subject = forms.ChoiceField(label=_("Of whom"))
    total = DecimalField(label=_("Target of the year"), max_digits=18, decimal_places=2, min_value=0)

    def __init__(self, rows: Any, data: Any = None) -> None:
        super().__init__(data)
        choices = [(row.key, str(row.subject or _t("Whole business"))) for row in rows if row.may_plan]
        self.fields["subject"].choices = choices  # type: ignore[attr-defined]

    @property
    def chosen(self) -> tuple[str, int | None]:
        """Kind and key of the subject."""
        return subject_of(self.cleaned_data["subject"])


def subject_of(text: str) -> tuple[str, int | None]:
    """
    Return kind and key out of ``person-7``.

    :raises InvalidInput: for anything else.
    """
    kind, _dash, key = text.partition("-")
    if kind not in KINDS or not key.isdecimal() or len(key) > 18:
        raise InvalidInput(_t("Choose a person, a department or a company."), field="subject")
    return kind, None if kind == ALL else int(key)


def entries_of(data: QueryDict) -> list[Entry]:
    """
    Return what was entered into the grid: fields ``person-7-3``, each empty or an amount.

    :raises InvalidInput: naming the first that is no amount.
    """
    found = []
    for name in data:
        subject, _dash, month = name.rpartition("-")
        if not month.isdecimal() or subject.count("-") != 1 or subject.split("-")[0] not in KINDS:
            continue
        kind, pk = subject_of(subject)
        if int(month) in MONTHS:
            found.append(Entry(kind, pk, int(month), amount_of(data.get(name, ""))))
    return found


def amount_of(text: str) -> Decimal | None:
    """
    Return an amount as people write it, None for an empty cell.

    :raises InvalidInput: when it is none.
    """
    plain = text.replace(",", "").replace("，", "").replace("\u00a0", "").strip()
    if not plain or plain in {"-", "—"}:
        return None
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise InvalidInput(_t("“%(text)s” is not an amount.") % {"text": text[:40]}, field="value") from None
    if not value.is_finite() or value != round(value, 2):
        raise InvalidInput(_t("“%(text)s” is not an amount with two decimals.") % {"text": text[:40]}, field="value")
    return value
