"""The reports of sales register themselves."""

from crm.reports import ageing, cycle, funnel, lost, process, sources

__all__ = ["ageing", "cycle", "funnel", "lost", "process", "sources"]
