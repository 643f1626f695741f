"""The kernel of the suite."""

from suite.celery import app as celery_app

__all__ = ["celery_app"]
