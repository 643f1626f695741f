"""What the law sets, as rows that people can add to."""

from __future__ import annotations

import json

import pghistory
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from hrm.payroll.choices import StatuteCode
from hrm.payroll.iit import brackets_of
from hrm.payroll.models.tracking import TRACKED
from hrm.payroll.parameters import Code, Statute, checked
from suite.core.errors import DomainError
from suite.core.models import Model
from suite.masters.periods import no_overlap, period

TABLES = (Code.IIT_WITHHOLDING, Code.IIT_ANNUAL, Code.IIT_MONTHLY)


@pghistory.track(**TRACKED)
class StatuteRow(Model):
    """
    The values of one statutory parameter 法定参数 from one day to another, with their source.

    Rows of one code never overlap; a day without a row has no such rule.
    """

    code = models.CharField(_("parameter"), max_length=30, choices=StatuteCode)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    values = models.JSONField(_("values"), default=dict, blank=True, help_text=_("Figures are written as text."))
    article = models.CharField(_("legal basis"), max_length=300)

    class Meta:
        verbose_name = _("statutory parameter")
        verbose_name_plural = _("statutory parameters")
        ordering = ("code", "-valid_from")
        constraints = (
            no_overlap("statuterow_no_overlap", ["code"], _("The parameter has another row in a part of this period.")),
            period("statuterow_period"),
        )

    def __str__(self) -> str:
        return f"{self.get_code_display()} {self.valid_from:%Y-%m-%d}"

    @property
    def in_words(self) -> str:
        """The values in one line."""
        return json.dumps(self.values, ensure_ascii=False)

    def as_statute(self) -> Statute:
        """The row as the engines read it."""
        return Statute(Code(self.code), self.valid_from, self.valid_to, self.values, self.article)

    def clean(self) -> None:
        """Refuse values that the engines could not read."""
        if not self.code or self.valid_from is None:
            return
        if not isinstance(self.values, dict):
            raise ValidationError({"values": _("Enter values by their names.")})
        try:
            (statute,) = checked([self.as_statute()])
            if statute.code in TABLES:
                brackets_of(statute)
        except DomainError as refusal:
            raise ValidationError({"values": str(refusal)}) from None
