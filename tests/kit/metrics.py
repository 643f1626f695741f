"""Helpers for tests of figures."""

from decimal import Decimal
from urllib.parse import urlsplit

from django.http import QueryDict

from suite.metrics.registry import Metric, MetricContext
from suite.pages.registry import pageset_of
from suite.pages.views.listing import ListQuery

PLACES = Decimal("0.000001")


def assert_drill_matches(metric: Metric, context: MetricContext) -> None:
    """
    Show that the rows behind a figure add up to it, and that the list page its link opens holds the same rows.

    A metric without drill-down has nothing to show.
    """
    value = metric(context)
    drill = value.drill
    if drill is None:
        return
    expected = {"value": value.value, "numerator": value.numerator, "denominator": value.denominator}[drill.of]
    assert drill.total().quantize(PLACES) == (expected or Decimal(0)).quantize(PLACES), f"{metric.code}: rows"

    url = drill.url(context.user)
    if not url:
        return
    pageset = pageset_of(drill.queryset.model)
    assert pageset is not None
    query = ListQuery(pageset, context.user, QueryDict(urlsplit(url).query))
    assert query.filterset.is_valid(), f"{metric.code}: {query.filterset.errors}"
    unknown = {name.removesuffix(end) for name, _value in drill.filters for end in ("_after", "_before", "_min", "_max")
               if name.endswith(end)} - query.filterset.filters.keys()  # fmt: skip
    assert not unknown, f"{metric.code}: the list has no filter {unknown}"
    listed = set(query.rows.values_list("pk", flat=True))
    assert listed == set(drill.queryset.values_list("pk", flat=True)), f"{metric.code}: the list shows other rows"


def assert_shows_nothing_unpermitted(metric: Metric, context: MetricContext) -> None:
    """Show that a user who may see no row gets no figure: the metric reads restricted query sets only."""
    value = metric(context)

    assert not value.value, f"{metric.code} shows {value.value} to a user without rows"
    assert not any(value.series), f"{metric.code} shows a line to a user without rows"
    assert not any(fact.value for fact in value.facts if isinstance(fact.value, Decimal)), f"{metric.code}: facts"
    assert value.drill is None or not value.drill.queryset.exists()
