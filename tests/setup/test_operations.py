"""What operators ask: is it alive, is it ready, how does it fare."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

FIGURES = "/health/metrics/"


def figure(text: str, name: str, view: str) -> float:
    """Over all methods and answers."""
    return sum(map(float, re.findall(rf'^{name}{{[^}}]*view="{view}"[^}}]*}} (\S+)$', text, re.MULTILINE)))


def figures(token: str = "geheim") -> str:  # noqa: S107 a token of this test
    answer = Client().get(FIGURES, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_health_is_told_to_everybody() -> None:
    assert Client().get("/health/live/").json() == {"status": "ok"}


def test_figures_are_closed_without_the_token(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    unset = Client().get(FIGURES, headers={"Authorization": "Bearer "}).status_code
    settings.METRICS_TOKEN = "geheim"

    assert (unset, Client().get(FIGURES).status_code) == (403, 403)
    assert Client().get(FIGURES, headers={"Authorization": "Bearer falsch"}).status_code == 403


def test_requests_are_counted_by_their_page_and_answer(settings: Any) -> None:
    settings.METRICS_TOKEN = "geheim"
    names = ("suite_request_seconds_count", "suite_request_seconds_sum", "suite_responses_total")
    before = [figure(figures(), name, "health-live") for name in names]

    Client().get("/health/live/")
    Client().get("/health/live/")

    text = figures()
    gained = [figure(text, name, "health-live") - old for name, old in zip(names, before, strict=True)]
    assert (gained[0], gained[2]) == (2, 2)
    assert 0 < gained[1] < 60


def test_unknown_addresses_and_methods_make_no_figures_of_their_own(settings: Any) -> None:
    settings.METRICS_TOKEN = "geheim"
    Client().get("/nowhere-at-all/")
    Client().generic("BREW", "/health/live/")

    text = figures()

    assert "nowhere-at-all" not in text
    assert "BREW" not in text
    assert re.search(r'suite_responses_total{method="GET",status="404",view=""}', text)
    assert re.search(r'suite_responses_total{method="other",status="200",view="health-live"}', text)


def test_figures_of_all_processes_come_from_their_folder(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    settings.METRICS_TOKEN = "geheim"
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))

    assert "health-live" not in figures()
