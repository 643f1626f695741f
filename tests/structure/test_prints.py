"""Every paper and label of every PageSet: the door, the scope, the languages."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from suite.access.choices import ScopeLevel
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.pageset import PageSet
from suite.pages.registry import pagesets
from tests.factories.hrm import UserFactory
from tests.kit.objects import give, make
from tests.structure.test_pages import SWITCHED, label, signed_in

ALL = sorted((p for p in pagesets(enabled_only=False) if p.all_prints()), key=lambda p: p.model._meta.label)
every = pytest.mark.parametrize("pageset", ALL, ids=label)
pytestmark = pytest.mark.usefixtures("all_on")


def addresses(pageset: PageSet, pk: int) -> list[str]:
    return [pageset.url("print", pk, *([slug] if slug else [])) for slug in pageset.all_prints()]


@every
def test_a_print_needs_permission_and_a_signed_in_person(pageset: PageSet, client: Client) -> None:
    (row,) = make(pageset.model)
    stranger = signed_in(UserFactory())

    urls = addresses(pageset, row.pk)
    assert {client.get(url).status_code for url in urls} == {302}
    assert {stranger.get(url).status_code for url in urls} == {403}


@every
def test_a_print_opens_in_both_languages_without_styles_in_it(pageset: PageSet) -> None:
    (row,) = make(pageset.model)
    person = signed_in(give(UserFactory(), pageset, ["view"]))

    for url in addresses(pageset, row.pk):
        for language in ("zh-hans", "en"):
            answer = person.get(f"{url}?language={language}")
            html = answer.content.decode()
            assert (answer.status_code, f'<html lang="{language}">' in html) == (200, True)
            assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", html)
    assert person.get(pageset.url("print", row.pk, "no-such-paper")).status_code == 404


@every
def test_a_row_out_of_scope_is_not_printed(pageset: PageSet) -> None:
    scope = getattr(pageset.model, "scope", None)
    if scope is None or not scope.owner:
        pytest.skip("seen by all who may see any")
    (row,) = make(pageset.model)
    person = signed_in(give(UserFactory(), pageset, ["view"], ScopeLevel.OWN))

    assert {person.get(url).status_code for url in addresses(pageset, row.pk)} == {404}
    for slug, each in pageset.all_prints().items():
        if each.bulk:
            assert person.post(pageset.url("print-selected", slug), {"pk": row.pk}).status_code == 404


@every
def test_selected_rows_are_labelled_at_once(pageset: PageSet) -> None:
    rows = make(pageset.model, 2)
    person = signed_in(give(UserFactory(), pageset, ["view"]))

    for slug, each in pageset.all_prints().items():
        url = pageset.url("print-selected", slug or "main")
        answer = person.post(url, {"pk": [row.pk for row in rows], "copies": 2, "size": "40x30"})
        assert answer.status_code == (200 if each.bulk else 404)
        assert person.get(url).status_code == 405
        if each.bulk:
            assert "paper-label-40x30" in answer.content.decode()
            assert person.post(url, {}).status_code == 302


@pytest.mark.parametrize("pageset", [p for p in ALL if p in SWITCHED], ids=label)
def test_nothing_is_printed_while_the_module_is_off(pageset: PageSet) -> None:
    (row,) = make(pageset.model)
    person = signed_in(UserFactory(is_superuser=True))

    ModuleState.objects.filter(code=pageset.module.code).update(is_enabled=False)
    state.forget()

    assert {person.get(url).status_code for url in addresses(pageset, row.pk)} == {404}
