"""The pages of jobs; a job of somebody else does not exist."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from suite.activity.downloads import file_response
from suite.core.errors import DomainError
from suite.jobs.choices import FilePurpose
from suite.jobs.models import Job, JobFile
from suite.jobs.selectors import files_of, find_job, jobs_of
from suite.jobs.services import cancel_job

PAGE = 50
# So many refused rows are shown; the file has all of them.
ERRORS_SHOWN = 100


def _job(request: Any, uuid: UUID) -> Job:
    found = find_job(uuid, user=request.user)
    if found is None:
        raise Http404
    return found


@require_GET
@login_required
def index(request: Any) -> HttpResponse:
    """The jobs of the user, newest first."""
    page = Paginator(jobs_of(request.user), PAGE).get_page(request.GET.get("page"))
    context = {"jobs": page, "breadcrumbs": [(_("Jobs"), None)]}
    return render(request, "jobs/index.html", context)


@require_GET
@login_required
def detail(request: Any, uuid: UUID) -> HttpResponse:
    """One job; htmx asks for its state every second while it is under way."""
    job = _job(request, uuid)
    context = {
        "job": job,
        "files": files_of(job),
        "errors": job.errors[:ERRORS_SHOWN],
        "breadcrumbs": [(_("Jobs"), "/jobs/"), (job.title, None)],
    }
    return render(request, "jobs/_job.html" if request.htmx else "jobs/detail.html", context)


@require_POST
@login_required
def cancel(request: Any, uuid: UUID) -> HttpResponse:
    """Ask a job to end."""
    job = _job(request, uuid)
    try:
        cancel_job(job=job, actor=request.user, at=timezone.now())
    except DomainError as error:
        messages.warning(request, str(error))
    return redirect(job)


@require_GET
@login_required
def download(request: Any, uuid: UUID, pk: int) -> HttpResponseBase:
    """A file that a job made."""
    found = JobFile.objects.filter(job=_job(request, uuid), pk=pk).exclude(purpose=FilePurpose.INPUT).first()
    if found is None:
        raise Http404
    return file_response(found.file, name=found.name, media_type=found.media_type)
