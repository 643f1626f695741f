"""Forms of the document centre."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_lazy as _

from oa.flows.forms import SubjectField, subjects
from oa.library.models import ArchiveRule, Document, Folder
from oa.people_form import PeopleForm
from suite.access.restrict import restrict
from suite.pages.forms import ActionForm, ModelForm


class FolderForm(PeopleForm):
    """A folder with its readers and writers."""

    class Meta:
        model = Folder
        fields = ()


class DocumentForm(ModelForm):
    """A document; its file is asked for once, later ones are versions."""

    file = forms.FileField(label=_("File"))

    class Meta:
        model = Document
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["file"]
        else:
            self.fields["title"].required = False
            self.fields["title"].help_text = _("Empty: the name of the file.")
        folder = self.fields["folder"]
        if self.user is not None and isinstance(folder, forms.ModelChoiceField):
            folder.queryset = restrict(Folder.objects.all(), user=self.user, action="upload")


class ArchiveRuleForm(ModelForm):
    """Where approved documents of an object type go."""

    subject = SubjectField(queryset=ContentType.objects.none(), label=_("Object type"))

    class Meta:
        model = ArchiveRule
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "subject" in self.fields:
            self.fields["subject"].queryset = subjects()  # type: ignore[attr-defined]


class VersionForm(ActionForm):
    """A new version of a document."""

    file = forms.FileField(label=_("File"))
    note = forms.CharField(label=_("What is new"), max_length=200, required=False)
