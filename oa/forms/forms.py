"""Forms of templates and requests."""

from __future__ import annotations

from typing import Any

from oa.forms.models import FormRequest
from suite.pages.forms import ModelForm


class RequestForm(ModelForm):
    """A request as the API takes it: ``data`` is judged by the form it is made with, which cannot be changed later."""

    class Meta:
        model = FormRequest
        fields = ("template", "title", "data")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        if self.instance.pk:
            del self.fields["template"]
