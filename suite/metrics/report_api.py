"""Reports for other programs: the same figures and rows as the pages."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from suite.metrics.report_asking import ask_report
from suite.metrics.report_views import behind, listed
from suite.metrics.reports import VALUE, Asked, Line, Measure, Report, report_of, reports_for
from suite.modules.services import ModuleDisabled

ROWS_SENT = 200
ASKED = [
    OpenApiParameter("period", str, enum=["month", "quarter", "year", "90d", "custom"]),
    OpenApiParameter("on", str, description="A day within the period; by default today."),
    OpenApiParameter("from", str, description="First day of a custom period."),
    OpenApiParameter("to", str, description="Last day of a custom period."),
    OpenApiParameter("company", int, description="Only of this company."),
    OpenApiParameter("by", str, description="What the lines are, one of the report's ``by``."),
]
DECIMAL: dict[str, Any] = {"max_digits": 30, "decimal_places": 6, "allow_null": True, "read_only": True}


class ReportDefinitionSerializer(serializers.Serializer[Any]):
    """What a report tells."""

    code = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    module = serializers.CharField()
    filters = serializers.ListField(child=serializers.CharField(), help_text="Parameters with the key of a row.")
    by = serializers.ListField(child=serializers.CharField())
    has_period = serializers.BooleanField()


class ReportColumnSerializer(serializers.Serializer[Any]):
    """One column of figures."""

    code = serializers.CharField()
    title = serializers.CharField()
    unit = serializers.CharField()
    has_rows = serializers.BooleanField(help_text="Whether the rows behind its figures can be asked for.")


class ReportLineSerializer(serializers.Serializer[Any]):
    """One line."""

    key = serializers.CharField()
    title = serializers.CharField()
    values = serializers.DictField(child=serializers.DecimalField(**DECIMAL))


class ReportSerializer(serializers.Serializer[Any]):
    """A report of one period."""

    definition = ReportDefinitionSerializer()
    start = serializers.DateField()
    end = serializers.DateField()
    by = serializers.CharField()
    columns = ReportColumnSerializer(many=True)
    lines = ReportLineSerializer(many=True)
    totals = serializers.DictField(child=serializers.DecimalField(**DECIMAL))


class ReportRowSerializer(serializers.Serializer[Any]):
    """One row behind a figure."""

    id = serializers.IntegerField()
    model = serializers.CharField()
    title = serializers.CharField()
    value = serializers.DecimalField(**DECIMAL, help_text="What it contributes; nothing where rows are counted.")


class ReportRowsSerializer(serializers.Serializer[Any]):
    """The rows behind a figure, a page of them."""

    value = serializers.DecimalField(**DECIMAL)
    count = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = ReportRowSerializer(many=True)


class ReportListView(APIView):
    """The reports that exist for the user."""

    @extend_schema(responses=ReportDefinitionSerializer(many=True), operation_id="reports_list")
    def get(self, request: Request) -> Response:
        """List the reports the user may see."""
        found = [_definition(each) for each in reports_for(request.user)]
        return Response({"results": ReportDefinitionSerializer(found, many=True).data})


class ReportView(APIView):
    """One report."""

    @extend_schema(responses=ReportSerializer, operation_id="reports_read", parameters=ASKED)
    def get(self, request: Request, code: str) -> Response:
        """
        Compute one report.

        :raises Http404: when there is none.
        :raises ModuleDisabled: when its system is off.
        :raises PermissionDenied: when the user may not see it.
        """
        report, asked = _asked(request, code)
        answer = report.answer(asked)
        body = {
            "definition": _definition(report),
            "start": asked.context.period.start,
            "end": asked.context.period.end,
            "by": asked.by,
            "columns": [
                {
                    "code": each.code,
                    "title": str(each.title),
                    "unit": each.unit,
                    "has_rows": isinstance(each, Measure),
                }
                for each in answer.table.columns
            ],
            "lines": [
                {"key": line.code, "title": str(line.label), "values": _plain(answer.values[line.code])}
                for line in answer.lines
            ],
            "totals": _plain(answer.totals),
        }
        return Response(ReportSerializer(body).data)


class ReportRowsView(APIView):
    """The rows behind a figure."""

    @extend_schema(
        responses=ReportRowsSerializer,
        operation_id="reports_rows",
        parameters=[
            *ASKED,
            OpenApiParameter("column", str, required=True, description="Code of a column."),
            OpenApiParameter("line", str, description="Key of a line; without it all lines."),
            OpenApiParameter("page", int),
        ],
    )
    def get(self, request: Request, code: str) -> Response:
        """
        List the rows that one figure counts or sums up.

        :raises Http404: when there is no such report or figure.
        :raises ModuleDisabled: when its system is off.
        :raises PermissionDenied: when the user may not see it.
        """
        report, asked = _asked(request, code)
        params = request.query_params
        measure, line = behind(report.answer(asked), params.get("column", ""), params.get("line", ""))
        return Response(ReportRowsSerializer(_rows(measure, line, params.get("page"))).data)


def _asked(request: Request, code: str) -> tuple[Report, Asked]:
    report = report_of(code)
    if report is None:
        raise Http404
    if not report.exists():
        raise ModuleDisabled(_("%(module)s is not turned on.") % {"module": report.module})
    if not report.is_available(request.user):
        raise PermissionDenied
    return report, ask_report(report, request.user, request.query_params)


def _rows(measure: Measure, line: Line | None, number: Any) -> dict[str, Any]:
    drill = measure.drill(line)
    page = Paginator(listed(measure, drill, []), ROWS_SENT).get_page(number)
    name = measure.amount if isinstance(measure.amount, str) else VALUE
    return {
        "value": measure.figure_of(drill),
        "count": page.paginator.count,
        "pages": page.paginator.num_pages,
        "results": [
            {
                "id": row.pk,
                "model": row._meta.label,
                "title": str(row),
                "value": getattr(row, name) if measure.is_sum and measure.amount is not None else None,
            }
            for row in page
        ],
    }


def _plain(values: Any) -> dict[str, Any]:
    return dict(values)


def _definition(report: Report) -> dict[str, Any]:
    return {
        "code": report.code,
        "title": str(report.title),
        "description": str(report.description),
        "module": report.module.code,
        "filters": [each.name for each in report.filters],
        "by": [code for code, _title in report.by],
        "has_period": report.has_period,
    }
