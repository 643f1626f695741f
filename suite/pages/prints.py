"""
Papers and labels that rows are printed on.

A PageSet declares them in ``prints``; the detail page offers them under the printer, the list for selected rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from suite.core.barcodes import bars_fit, bars_svg, qr_svg

Text = str | Promise

MOST_LABELS = 2000
MOST_COPIES = 500


@dataclass(frozen=True)
class Label:
    """
    What stands on one label.

    :param title: what it names, e.g. the item.
    :param code: the text of the bar code, printed below it too.
    :param facts: (what, value) pairs; those without a value are left out. The small label shows the first two.
    :param scan: what the QR code says; empty: the code.
    :param small: a line above the title.
    """

    title: Text
    code: str
    facts: Sequence[tuple[Text, Any]] = ()
    scan: str = ""
    small: Text = ""


@dataclass(frozen=True)
class LabelSize:
    """One format of labels, in millimetres; ``room`` is what its margins leave in width."""

    title: str
    room: float
    bars: float
    qr: float
    facts: int


LABEL_SIZES = {
    "100x60": LabelSize("100 × 60 mm", room=94, bars=13, qr=24, facts=6),
    "40x30": LabelSize("40 × 30 mm", room=37, bars=6, qr=13, facts=2),
}


@dataclass(frozen=True)
class Print:
    """
    One printed form of a row.

    :param title: what it is called in the menu.
    :param template: extends ``print_base.html``; gets ``object`` and what ``context`` gives.
    :param context: what the template needs besides, of the row; a fixed number of statements.
    :param labels: for labels instead of a paper: those of the rows, in their order.
    :param bulk: offered for the selected rows of the list too; labels only.
    """

    title: Text
    template: str = "generic/labels.html"
    context: Callable[[Any], dict[str, Any]] | None = None
    labels: Callable[[Sequence[Any]], Sequence[Label]] | None = None
    bulk: bool = False


class LabelForm(forms.Form):
    """On which labels, and how many of each."""

    size = forms.ChoiceField(label=_("Label"), choices=[(code, size.title) for code, size in LABEL_SIZES.items()])
    copies = forms.IntegerField(label=_("Copies"), min_value=1, max_value=MOST_COPIES)

    def __init__(self, data: Any, labels: int) -> None:
        self.labels = labels
        super().__init__({"size": data.get("size") or "100x60", "copies": data.get("copies") or 1})

    def clean_copies(self) -> int:
        """Refuse more than a browser prints at once."""
        copies = int(self.cleaned_data["copies"])
        if copies * self.labels > MOST_LABELS:
            raise forms.ValidationError(
                _("At most %(most)d labels are printed at once; choose fewer rows or copies.") % {"most": MOST_LABELS}
            )
        return copies


def drawn_labels(labels: Sequence[Label], form: LabelForm) -> dict[str, Any]:
    """Return what the template of labels shows: each label as often as asked, none when too many are asked for."""
    is_valid = form.is_valid()
    code = form.cleaned_data.get("size", "100x60")
    size = LABEL_SIZES[code]
    copies = range(form.cleaned_data["copies"] if is_valid else 0)
    drawn = [_drawn(label, size) for label in labels] if is_valid else []
    return {"size": code, "form": form, "labels": [each for each in drawn for _copy in copies]}


def _drawn(label: Label, size: LabelSize) -> dict[str, Any]:
    has_bars = bars_fit(label.code, size.room)
    return {
        "label": label,
        "facts": [(what, value) for what, value in label.facts if value][: size.facts],
        "bars": bars_svg(label.code, height=size.bars, width=size.room) if has_bars else "",
        "qr": qr_svg(label.scan or label.code, size=size.qr),
    }
