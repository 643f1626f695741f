"""Forms of notices."""

from __future__ import annotations

from typing import Any

from django import forms

from oa.notices.models import Notice
from oa.people_form import PeopleForm


class NoticeForm(PeopleForm):
    """A notice with its audience."""

    class Meta:
        model = Notice
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "body" in self.fields:
            self.fields["body"].widget = forms.Textarea(attrs={"rows": 12})
