"""Finding by night what was entered twice all the same: set by set, never row by row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from crm.customers.models import Lead
from crm.duplicates.choices import MatchField, RecordKind
from crm.duplicates.lookalikes import preselect
from crm.duplicates.models import DuplicatePair
from crm.duplicates.rules import Rule
from crm.duplicates.selectors import current_rules
from suite.core.bulk import update_rows
from suite.masters.models import Party

# Of so many rows the look-alikes are sought by one statement.
BATCH = 5_000
# A value that more rows share than this (a switchboard, a test address) says nothing about any two of them.
CROWD = 5

_SAVE = """
    INSERT INTO crm_duplicatepair
        ({one}_id, other_{one}_id, field, similarity, status, reason, created_at, updated_at, version)
    SELECT first, second, %(field)s, max(similarity), 'OPEN', '', %(at)s, %(at)s, 1 FROM ({pairs}) AS pairs
    GROUP BY first, second
    ON CONFLICT ({one}_id, other_{one}_id) DO UPDATE
        SET similarity = excluded.similarity, field = excluded.field
        WHERE crm_duplicatepair.status = 'OPEN' AND crm_duplicatepair.similarity < excluded.similarity
"""
_SHARED = """
    WITH every AS MATERIALIZED ({values}),
         telling AS (SELECT value FROM every GROUP BY value HAVING count(DISTINCT id) BETWEEN 2 AND %(crowd)s)
    SELECT one.id AS first, other.id AS second, 100 AS similarity
    FROM telling JOIN every AS one USING (value) JOIN every AS other USING (value) WHERE one.id < other.id
"""
_ALIKE = """
    SELECT least(one.id, other.id) AS first, greatest(one.id, other.id) AS second, other.similarity
    FROM ({batch}) AS one
    CROSS JOIN LATERAL (
        SELECT t.id, 100 * (greatest(length(t.value), length(one.value)) - levenshtein(t.value, one.value))
                     / greatest(length(t.value), length(one.value)) AS similarity
        FROM ({lookup}) AS t WHERE t.id <> one.id
    ) AS other
    WHERE other.similarity >= %(threshold)s
"""
_LAST = "SELECT max(id), count(*) FROM ({batch}) AS batch"
# (key of the customer or lead, value that it has) for each field.
_CUSTOMER_VALUES = {
    MatchField.MOBILE: """
        SELECT c.id, p.phone_norm AS value FROM crm_customer c JOIN suite_party p ON p.id = c.party_id
        WHERE p.phone_norm ~ '^(1[3-9][0-9]{{9}}|\\+[0-9]{{7,}})$'
        UNION SELECT k.customer_id, p.mobile_norm FROM crm_contact k JOIN suite_partycontact p ON p.id = k.person_id
        WHERE p.mobile_norm ~ '^(1[3-9][0-9]{{9}}|\\+[0-9]{{7,}})$'
    """,
    MatchField.EMAIL: """
        SELECT c.id, p.email_norm AS value FROM crm_customer c JOIN suite_party p ON p.id = c.party_id
        WHERE p.email_norm <> ''
        UNION SELECT k.customer_id, p.email_norm FROM crm_contact k JOIN suite_partycontact p ON p.id = k.person_id
        WHERE p.email_norm <> ''
    """,
    MatchField.PHONE: """
        SELECT c.id, p.phone_norm AS value FROM crm_customer c JOIN suite_party p ON p.id = c.party_id
        WHERE p.phone_norm <> '' AND p.phone_norm !~ '^(1[3-9][0-9]{{9}}|\\+[0-9]{{7,}})$'
    """,
    MatchField.NAME: """
        SELECT c.id, p.name_core AS value FROM crm_customer c JOIN suite_party p ON p.id = c.party_id
        WHERE p.name_core <> ''
    """,
}
_LEAD_VALUES = {
    MatchField.MOBILE: """
        SELECT t.id, t.mobile_norm AS value FROM crm_lead t
        WHERE t.status IN ('NEW', 'CONTACTED', 'QUALIFIED') AND t.mobile_norm ~ '^(1[3-9][0-9]{{9}}|\\+[0-9]{{7,}})$'
    """,
    MatchField.EMAIL: """
        SELECT t.id, t.email_norm AS value FROM crm_lead t
        WHERE t.status IN ('NEW', 'CONTACTED', 'QUALIFIED') AND t.email_norm <> ''
    """,
    MatchField.NAME: """
        SELECT t.id, t.name_core AS value FROM crm_lead t
        WHERE t.status IN ('NEW', 'CONTACTED', 'QUALIFIED') AND t.name_core <> ''
    """,
}
_VALUES = {RecordKind.CUSTOMER: _CUSTOMER_VALUES, RecordKind.LEAD: _LEAD_VALUES}
# Rows whose name is compared with all others: those that changed since the time that is given.
_CHANGED = {
    RecordKind.CUSTOMER: """
        SELECT c.id, p.name_core AS value FROM crm_customer c JOIN suite_party p ON p.id = c.party_id
        WHERE p.name_core <> '' AND c.id > %(after)s AND greatest(p.updated_at, c.created_at) >= %(since)s
        ORDER BY c.id LIMIT %(batch)s
    """,
    RecordKind.LEAD: """
        SELECT t.id, t.name_core AS value FROM crm_lead t
        WHERE t.status IN ('NEW', 'CONTACTED', 'QUALIFIED') AND t.name_core <> ''
          AND t.id > %(after)s AND t.updated_at >= %(since)s
        ORDER BY t.id LIMIT %(batch)s
    """,
}
_LOOKUP = {
    RecordKind.CUSTOMER: """
        SELECT c.id, p.name_core AS value FROM suite_party p JOIN crm_customer c ON c.party_id = p.id
        WHERE p.name_core %% one.value
    """,
    RecordKind.LEAD: """
        SELECT t.id, t.name_core AS value FROM crm_lead t
        WHERE t.name_core %% one.value AND t.status IN ('NEW', 'CONTACTED', 'QUALIFIED')
    """,
}


def find_pairs(*, at: datetime, since: datetime | None = None) -> int:
    """
    Note pairs of customers, and of leads, that have something in common; return how many are new.

    Equal values are compared among all rows; similar names among those changed ``since`` and all others, because only
    a new or changed name can have got a new look-alike. What somebody decided stays decided.

    :param since: None: compare all names with all, as on the first night.
    """
    before = DuplicatePair.objects.count()
    rules = current_rules()
    for kind, by_field in _VALUES.items():
        for field, rule in rules.items():
            if kind not in rule.kinds and not (kind == RecordKind.CUSTOMER and RecordKind.CONTACT in rule.kinds):
                continue
            if field in by_field:
                _note_shared(kind, field, at)
            if field == MatchField.NAME:
                _note_alike(kind, rule, at, since)
    return DuplicatePair.objects.count() - before


def fill_missing_keys() -> int:
    """
    Compute what names and addresses are compared by for rows written before it was kept; return how many there were.

    Idempotent; in batches, so that nobody waits for a table.
    """
    parties = Party.objects.filter(name_core="") | Party.objects.filter(email_norm="").exclude(email="")
    leads = Lead.objects.filter(name_core="").exclude(company_name="")
    return _fill(parties.exclude(name=""), ("name_core", "email_norm")) + _fill(leads, ("name_core",))


def _fill(rows: QuerySet[Any], columns: tuple[str, ...]) -> int:
    filled, after = 0, 0
    while batch := list(rows.filter(pk__gt=after).order_by("pk")[:BATCH]):
        with transaction.atomic():
            filled += update_rows(batch, columns)
        after = batch[-1].pk
    return filled


@transaction.atomic
def _note_shared(kind: RecordKind, field: MatchField, at: datetime) -> None:
    pairs = _SHARED.format(values=_VALUES[kind][field].format())
    _save(kind, field, pairs, {"at": at, "crowd": CROWD})


def _note_alike(kind: RecordKind, rule: Rule, at: datetime, since: datetime | None) -> None:
    pairs = _ALIKE.format(batch=_CHANGED[kind], lookup=_LOOKUP[kind])
    values: dict[str, Any] = {
        "at": at,
        "since": since or datetime(1, 1, 1, tzinfo=UTC),
        "threshold": rule.threshold,
        "batch": BATCH,
    }
    after = 0
    while True:
        with transaction.atomic():
            preselect(rule.threshold)
            _save(kind, MatchField.NAME, pairs, {**values, "after": after})
            with connection.cursor() as cursor:
                cursor.execute(_LAST.format(batch=_CHANGED[kind]), {**values, "after": after})
                last, count = cursor.fetchone()
        if count < BATCH:
            return
        after = last


def _save(kind: RecordKind, field: MatchField, pairs: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SAVE.format(one=kind.value, pairs=pairs), {**values, "field": field})
