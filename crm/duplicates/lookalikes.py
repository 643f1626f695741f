"""
Names that resemble each other, found by the database.

The definition is :func:`suite.masters.normalize.name_similarity`. The trigram index only preselects: names of n
characters that differ by d edits share at least n + 1 - 3d of their trigrams, so that with d ≤ n(1 - t) their trigram
similarity is at least (1 - 3(1 - t)) / (1 + 3(1 - t)). The edit distance then decides about what the index lets pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, models

_FIND = """
    SELECT wanted.name, found.{key}, found.similarity
    FROM unnest(%s::text[]) AS wanted(name)
    CROSS JOIN LATERAL (
        SELECT t.{key}, 100 * (greatest(length(t.name_core), length(wanted.name))
                              - levenshtein(t.name_core, wanted.name))
                        / greatest(length(t.name_core), length(wanted.name)) AS similarity
        FROM {table} t
        WHERE t.name_core %% wanted.name AND t.name_core <> '' AND {where}
          AND abs(length(t.name_core) - length(wanted.name)) * 100
              <= (100 - %s) * greatest(length(t.name_core), length(wanted.name))
    ) AS found
    WHERE found.similarity >= %s
    ORDER BY wanted.name, found.similarity DESC, found.{key}
"""


@dataclass(frozen=True)
class Lookalike:
    """One row whose name resembles a name that was asked for."""

    name: str
    pk: int
    similarity: int


def preselection(threshold: int) -> float:
    """Return the trigram similarity that names of at least ``threshold`` percent similarity have."""
    edits = 3 * (100 - threshold) / 100
    return max((1 - edits) / (1 + edits), 0.05)


def preselect(threshold: int) -> None:
    """Tell the trigram index, until the end of the transaction, how much to let pass."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [f"{preselection(threshold):.4f}"]
        )


def lookalikes(
    model: type[models.Model], names: Iterable[str], *, threshold: int, where: str = "true"
) -> list[Lookalike]:
    """
    Return the rows of a table with ``name_core`` whose names resemble one of the given ones, the most alike first.

    Needs a transaction. A single statement, however many names there are.

    :param names: core names.
    :param where: further condition on the table ``t``; never from outside.
    """
    wanted = sorted({name for name in names if name})
    if not wanted:
        return []
    preselect(threshold)
    statement = _FIND.format(table=model._meta.db_table, key=model._meta.pk.column, where=where)
    with connection.cursor() as cursor:
        cursor.execute(statement, [wanted, threshold, threshold])
        return [Lookalike(*row) for row in cursor.fetchall()]
