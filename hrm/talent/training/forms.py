"""Forms of training."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hrm.org.selectors import active_employees
from hrm.talent.training.choices import EnrolmentStatus
from hrm.talent.training.services import Result
from suite.pages.forms import ActionForm, AsyncSelectMultiple, DateInput, DecimalField

RESULTS = (EnrolmentStatus.PASSED, EnrolmentStatus.FAILED, EnrolmentStatus.ABSENT)


class EnrolForm(ActionForm):
    """Who takes part."""

    employees = forms.ModelMultipleChoiceField(active_employees(), label=_("People"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget = self.fields["employees"].widget
        if self.row is not None and isinstance(widget, AsyncSelectMultiple):
            widget.query = {"company": str(self.row.company_id)}


class ResultsForm(ActionForm):
    """How it ended for each of the people."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names: dict[int, tuple[str, str]] = {}
        if self.row is None:
            return
        enrolments = self.row.enrolments.filter(status=EnrolmentStatus.ENROLLED).select_related("employee")
        for each in enrolments.order_by("pk"):
            result, score = f"result_{each.employee_id}", f"score_{each.employee_id}"
            self.names[each.employee_id] = result, score
            self.fields[result] = forms.ChoiceField(
                label=str(each.employee),
                choices=[(code.value, code.label) for code in RESULTS],
                initial=EnrolmentStatus.PASSED,
            )
            self.fields[score] = DecimalField(
                label=_("Points"), required=False, max_digits=5, decimal_places=2, min_value=0
            )

    def clean(self) -> dict[str, Any]:
        """Gather the results by person."""
        cleaned = super().clean() or {}
        cleaned["results"] = {
            pk: Result(cleaned.pop(result, ""), cleaned.pop(score, None)) for pk, (result, score) in self.names.items()
        }
        return cleaned


class EndForm(ActionForm):
    """The last day of a held skill."""

    last_on = forms.DateField(label=_("Valid through"), widget=DateInput(), initial=timezone.localdate)
