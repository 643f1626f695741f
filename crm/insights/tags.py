"""Operations on tags: on all customers that carry one, or on chosen customers, by one statement each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from crm.customers.models import Customer
from crm.insights.models import Tag
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState

# Customers are locked in the order of their keys, as everywhere; a tag stands on a customer once, in its order.
REPLACE = """
    WITH held AS (SELECT id FROM crm_customer WHERE tags @> ARRAY[%(old)s]::varchar[] ORDER BY id FOR UPDATE)
    UPDATE crm_customer c SET version = c.version + 1, updated_at = %(at)s, tags = (
        SELECT coalesce(array_agg(name ORDER BY place), '{}') FROM (
            SELECT CASE WHEN name = %(old)s THEN %(new)s ELSE name END AS name, min(place) AS place
            FROM unnest(c.tags) WITH ORDINALITY AS t (name, place)
            WHERE %(new)s::varchar IS NOT NULL OR name <> %(old)s
            GROUP BY 1
        ) AS kept
    ) FROM held WHERE c.id = held.id
"""
ADD = """
    UPDATE crm_customer SET version = version + 1, updated_at = %(at)s, tags = tags || ARRAY(
        SELECT name FROM unnest(%(names)s::varchar[]) WITH ORDINALITY AS n (name, place)
        WHERE name <> ALL (tags) ORDER BY place
    ) WHERE id = ANY(%(pks)s) AND NOT tags @> %(names)s::varchar[]
"""
REMOVE = """
    UPDATE crm_customer SET version = version + 1, updated_at = %(at)s, tags = ARRAY(
        SELECT name FROM unnest(tags) WITH ORDINALITY AS t (name, place)
        WHERE name <> ALL (%(names)s::varchar[]) ORDER BY place
    ) WHERE id = ANY(%(pks)s) AND tags && %(names)s::varchar[]
"""
ADOPT = """
    INSERT INTO crm_tag (name, color, note, is_active)
    SELECT DISTINCT name, '', '', true FROM crm_customer, unnest(tags) AS name ORDER BY name
    ON CONFLICT (name) DO NOTHING
"""


def with_customers(tags: QuerySet[Tag], customers: QuerySet[Customer]) -> QuerySet[Tag]:
    """Return tags with ``customers``: how many of the customers carry each."""
    carrying = customers.filter(tags__contains=[OuterRef("name")]).order_by()
    number = Func(F("pk"), function="count", output_field=IntegerField())
    return tags.annotate(customers=Subquery(carrying.annotate(number=number).values("number")))


@transaction.atomic
def update_tag(*, tag: Tag, actor: User, at: datetime, **changes: Any) -> Tag:
    """
    Change a tag; a new name is written on all customers that carry it.

    :raises ValidationError: when a value is wrong or the name is taken; tags are put together by merging.
    """
    tag = Tag.objects.lock(tag)
    before = tag.name
    for name, value in changes.items():
        setattr(tag, name, value)
    tag.full_clean()
    tag.save()
    if tag.name != before:
        _replace(before, tag.name, at)
    return tag


@transaction.atomic
def merge_tag(*, tag: Tag, into: Tag, actor: User, at: datetime) -> Tag:
    """
    Put another tag in the place of this one, on all customers that carry it; this one is gone.

    :raises InvalidInput: when both are the same.
    """
    if tag.pk == into.pk:
        raise InvalidInput(_("Choose another tag."), field="into")
    locked = {each.pk: each for each in Tag.objects.lock_many([tag.pk, into.pk])}
    if len(locked) < 2:
        raise WrongState(_("One of the tags is gone already."))
    _replace(locked[tag.pk].name, locked[into.pk].name, at)
    locked[tag.pk].delete()
    return locked[into.pk]


@transaction.atomic
def delete_tag(*, tag: Tag, actor: User, at: datetime) -> None:
    """Remove a tag from the list and from all customers that carry it."""
    tag = Tag.objects.lock(tag)
    _replace(tag.name, None, at)
    tag.delete()


@transaction.atomic
def add_tags(*, customers: Sequence[Customer], tags: Iterable[Tag], actor: User, at: datetime) -> int:
    """Put tags on customers; return how many got one that they did not carry."""
    return _write(ADD, customers, tags, at)


@transaction.atomic
def remove_tags(*, customers: Sequence[Customer], tags: Iterable[Tag], actor: User, at: datetime) -> int:
    """Take tags off customers; return how many carried one."""
    return _write(REMOVE, customers, tags, at)


def add_tags_to_customer(*, customer: Customer, tags: Iterable[Tag], actor: User, at: datetime) -> Customer:
    """Put tags on one customer; see :func:`add_tags`."""
    add_tags(customers=[customer], tags=tags, actor=actor, at=at)
    return Customer.objects.get(pk=customer.pk)


def remove_tags_from_customer(*, customer: Customer, tags: Iterable[Tag], actor: User, at: datetime) -> Customer:
    """Take tags off one customer; see :func:`remove_tags`."""
    remove_tags(customers=[customer], tags=tags, actor=actor, at=at)
    return Customer.objects.get(pk=customer.pk)


@transaction.atomic
def adopt_tags() -> int:
    """Make the tags known that customers carry and the list does not have; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(ADOPT)
        return int(cursor.rowcount)


def _replace(old: str, new: str | None, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(REPLACE, {"old": old, "new": new, "at": at})


def _write(statement: str, customers: Sequence[Customer], tags: Iterable[Tag], at: datetime) -> int:
    """Write under the locks of the tags, so that none of them is renamed meanwhile, and of the customers."""
    names = [tag.name for tag in Tag.objects.lock_many([tag.pk for tag in tags])]
    pks = [customer.pk for customer in Customer.objects.lock_many([customer.pk for customer in customers])]
    if not names or not pks:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(statement, {"names": names, "pks": pks, "at": at})
        return int(cursor.rowcount)
