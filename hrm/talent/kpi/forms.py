"""Forms of performance."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hrm.org.selectors import active_employees
from hrm.talent.kpi.choices import Direction
from hrm.talent.kpi.models import GradeRule, KpiIndicator, KpiSheetLine
from suite.metrics.registry import all_metrics, metric_of
from suite.pages.columns import quantity
from suite.pages.forms import ActionForm, AsyncSelectMultiple, DecimalField, ModelForm, ReasonForm


def metric_choices() -> list[tuple[str, Any]]:
    """Return the figures that an indicator can come from: those of a past period that the systems still tell."""
    known = sorted(
        (each for each in all_metrics() if not each.is_point_in_time and each.exists()), key=lambda m: m.code
    )
    return [("", "—"), *((each.code, each.title) for each in known)]


class KpiIndicatorForm(ModelForm):
    """An indicator; a figure of a system that is off now stays chosen."""

    class Meta:
        model = KpiIndicator
        fields = ("code", "name", "unit", "direction", "target", "target_to", "weight", "metric", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = metric_choices()
        kept = self.instance.metric
        if kept and metric_of(kept) is None:
            choices.append((kept, kept))
        plain = self.fields["metric"]
        self.fields["metric"] = forms.ChoiceField(
            label=plain.label, help_text=plain.help_text, required=False, choices=choices
        )


class LinesForm(ActionForm):
    """What is entered for each line of a sheet: the actual figure and a score."""

    # The column of the score, and what the person says.
    score = ""
    said = ""
    score_label: Any = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names: dict[int, tuple[str, str]] = {}
        if self.row is None:
            return
        for line in self.row.lines.select_related("indicator").order_by("position"):
            self._add(line)
        self.fields["comment"] = forms.CharField(
            label=_("Remarks"),
            required=False,
            max_length=1000,
            initial=getattr(self.row, self.said),
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    def _add(self, line: KpiSheetLine) -> None:
        actual, score = f"actual_{line.pk}", f"score_{line.pk}"
        self.names[line.pk] = actual, score
        self.fields[actual] = DecimalField(
            label=" · ".join((str(line.indicator), _t("actual"))),
            required=False,
            max_digits=18,
            decimal_places=6,
            initial=line.actual,
            help_text=goal_text(line),
        )
        self.fields[score] = DecimalField(
            label=f"{line.indicator} · {self.score_label}",
            required=False,
            max_digits=6,
            decimal_places=2,
            initial=getattr(line, self.score),
            help_text=self._help(line),
        )

    def _help(self, line: KpiSheetLine) -> str:
        return ""

    def clean(self) -> dict[str, Any]:
        """Gather what was entered by line; what a request does not mention stays as it is."""
        cleaned = super().clean() or {}
        cleaned["entries"] = {
            pk: {
                key: value
                for key, name in (("actual", actual), ("score", score))
                if (value := cleaned.pop(name, None)) is not None or name in self.data
            }
            for pk, (actual, score) in self.names.items()
        }
        return cleaned


class AssessForm(LinesForm):
    """What a person says of themselves."""

    score = "own_score"
    said = "own_comment"
    score_label = _("own score")


class ScoreForm(LinesForm):
    """What the manager says."""

    score = "manager_score"
    said = "manager_comment"
    score_label = _("score")

    def _help(self, line: KpiSheetLine) -> str:
        if line.own_score is None:
            return _t("Empty: as far as the actual figure reached the goal.")
        return _t("Own score: %(score)s. Empty: as far as the actual figure reached the goal.") % {
            "score": f"{line.own_score:f}"
        }


class CalibrateForm(ReasonForm):
    """Another grade, and why."""

    grade = forms.ChoiceField(label=_("Grade"))
    field_order = ("grade", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["grade"]
        if self.row is not None and isinstance(field, forms.ChoiceField):
            rules = GradeRule.objects.filter(company=self.row.plan.company_id).order_by("grade")
            field.choices = [(rule.grade, rule.get_grade_display()) for rule in rules]
            field.initial = self.row.grade


class PeopleForm(ActionForm):
    """Who else is appraised."""

    employees = forms.ModelMultipleChoiceField(active_employees(), label=_("People"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["employees"]
        if self.row is not None and isinstance(field.widget, AsyncSelectMultiple):
            field.widget.query = {"company": str(self.row.company_id)}


def goal_text(row: Any) -> str:
    """What was agreed in a line, or is usual for an indicator, in words: “≥ 100 件”."""
    indicator: KpiIndicator = row if isinstance(row, KpiIndicator) else row.indicator
    if indicator.direction == Direction.BAND:
        text = f"{quantity(row.target)} – {quantity(row.target_to)}"
    else:
        sign = "≥" if indicator.direction == Direction.HIGHER else "≤"
        text = f"{sign} {quantity(row.target)}"
    return f"{text} {indicator.unit}".strip()
