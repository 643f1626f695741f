"""The matrix of RFM classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.insights.computing import computed_at
from crm.insights.models import CustomerInsight
from crm.insights.presenting import SegmentRow, matrix_rows, score_grid
from suite.access.audit import record
from suite.access.choices import AuditKind
from suite.access.restrict import restrict
from suite.masters.models import Company
from suite.pages.exchange.writing import FORMATS, write


@require_safe
@login_required
@permission_required("crm.view_customerinsight", raise_exception=True)
def rfm_matrix(request: HttpRequest) -> HttpResponseBase:
    """The eight classes with customers and amounts, as a page or as a file."""
    user: Any = request.user
    insights = restrict(CustomerInsight.objects.all(), user=user)
    # Amounts of companies with several currencies do not add up: one company is looked at.
    companies = list(Company.objects.filter(pk__in=insights.order_by().values("company")).order_by("code"))
    asked = request.GET.get("company", "")
    company = next((each for each in companies if str(each.pk) == asked), None)
    filters = {} if company is None else {"company": company.pk}
    insights = insights.filter(**filters)
    rows = matrix_rows(insights, **filters)
    if request.GET.get("format", "") in FORMATS:
        return _export(request, rows)
    context = {
        "page_title": _("RFM matrix"),
        "breadcrumbs": [(_("Customers"), None), (_("RFM matrix"), None)],
        "rows": rows,
        "grid": score_grid(insights, **filters),
        "companies": companies,
        "company_pk": company.pk if company is not None else None,
        "query": "" if company is None else f"company={company.pk}",
        "total": sum(row.customers for row in rows),
        "monetary": sum(row.monetary for row in rows),
        "year_amount": sum(row.year_amount for row in rows),
        "at_risk": sum(row.at_risk for row in rows),
        "computed_at": computed_at(),
    }
    answer: HttpResponse = render(request, "crm/insights/matrix.html", context)
    return answer


def _export(request: HttpRequest, rows: Sequence[SegmentRow]) -> FileResponse:
    """Return the matrix as a file, and record in the security audit who took it."""
    user: Any = request.user
    if not user.has_perm("crm.export_customerinsight"):
        raise PermissionDenied
    file_format = request.GET["format"]
    file = TemporaryFile()  # closed by the response
    count = write(file, _lines(rows), file_format=file_format, sheet=_("RFM matrix"))
    details = {"format": file_format, "rows": count}
    at = timezone.now()
    record(AuditKind.EXPORT, actor=user, at=at, subject="crm RFM matrix", request=request, details=details)
    file.seek(0)
    title = _("RFM matrix")
    name = f"{title} {timezone.localdate(at):%Y-%m-%d}.{file_format}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=FORMATS[file_format])


def _lines(rows: Sequence[SegmentRow]) -> Iterator[list[Any]]:
    yield [
        _("RFM class"),
        _("Customers"),
        "%",
        _("Bought in all"),
        _("Last 12 months"),
        _("At risk"),
    ]
    for row in rows:
        share = round(row.share, 1)
        yield [str(row.segment.label), row.customers, share, row.monetary, row.year_amount, row.at_risk]
