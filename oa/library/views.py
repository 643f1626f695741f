"""Files of documents: many uploaded at once, and one sent."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from hrm.calendar.people import signed_in
from oa.library.archiving import PAPER
from oa.library.choices import DocumentStatus
from oa.library.models import Document, DocumentVersion, Folder
from oa.library.services import add_document
from suite.access.restrict import restrict
from suite.activity.downloads import file_response
from suite.activity.sniff import INLINE
from suite.core.errors import DomainError


@login_required
@permission_required("oa.upload_folder", raise_exception=True)
@require_POST
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Store several files in a folder; those that are refused are named, the others are kept."""
    user = signed_in(request)
    folder = restrict(Folder.objects.all(), user=user, action="upload").filter(pk=pk).first()
    if folder is None:
        raise Http404
    stored = 0
    for file in request.FILES.getlist("files"):
        try:
            add_document(folder=folder, file=file, actor=user, at=timezone.now())
        except DomainError as error:
            messages.error(request, str(error))
        else:
            stored += 1
    if stored:
        text = ngettext("%(number)d document was stored.", "%(number)d documents were stored.", stored)
        messages.success(request, text % {"number": stored})
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = folder.get_absolute_url()
        return response
    return redirect(folder.get_absolute_url())


@login_required
@permission_required("oa.view_document", raise_exception=True)
@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The bytes of one version, for whoever may see its document."""
    seen = restrict(Document.objects.filter(status=DocumentStatus.KEPT), user=signed_in(request))
    version = DocumentVersion.objects.filter(pk=pk, document__in=seen.order_by().values("pk")).first()
    if version is None:
        raise Http404
    # What this program archived holds nothing active, and is shown in a sandbox all the same.
    is_inline = version.media_type in {*INLINE, PAPER.media_type} and "download" not in request.GET
    return file_response(version.file, name=version.name, media_type=version.media_type, inline=is_inline)
