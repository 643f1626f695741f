"""Related rows by what people call them: one query for each relation column."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from suite.core.reading import with_related
from suite.pages.exchange.parsing import fold
from suite.pages.registry import pageset_of

USUAL_KEYS = ("number", "code", "username", "employee_number", "name", "full_name", "short_name", "email", "uscc")
SEPARATORS = re.compile(r"[,，;；、|\n]+")


def natural_keys(model: type[models.Model]) -> list[str]:
    """Lookups by which people name rows of a model, the surest first."""
    pageset = pageset_of(model)
    key = pageset.import_key if pageset is not None else ""
    names = list(dict.fromkeys(name for name in (key, *USUAL_KEYS) if name and " " not in name))
    own = [name for name in names if _is_text(model, name)]
    extended = getattr(pageset.form, "extended", "") if pageset is not None else ""
    if extended:
        base: Any = model._meta.get_field(extended).related_model
        own += [f"{extended}__{name}" for name in names if _is_text(base, name)]
    return own


def _is_text(model: type[models.Model], name: str) -> bool:
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return isinstance(found, models.CharField | models.TextField)


class Resolver:
    """
    The rows that the texts of one column stand for.

    A text is a code, a name, or the row as it is shown (``M-01 Cable``); only rows of the given query set are found,
    so nobody reaches a row that they may not choose.
    """

    def __init__(self, queryset: models.QuerySet[Any], texts: Iterable[str]) -> None:
        self.model = queryset.model
        self.keys = natural_keys(self.model)
        self.found: list[dict[str, list[Any]]] = [defaultdict(list) for _key in (*self.keys, "")]
        wanted = set(texts)
        if not wanted or not self.keys:
            return
        spelled = wanted | {t.upper() for t in wanted} | {t.lower() for t in wanted}
        # "M-01 Cable" is found by its code and told from others by its full text.
        spelled |= {t.split(maxsplit=1)[0] for t in wanted if " " in t}
        condition = Q()
        for key in self.keys:
            condition |= Q(**{f"{key}__in": spelled})
        paths = {key.rpartition("__")[0] for key in self.keys if "__" in key}
        self._keep(with_related(queryset.filter(condition), paths))

    def _keep(self, rows: Iterable[Any]) -> None:
        seen: set[int] = set()
        for row in rows:
            if row.pk in seen:
                continue
            seen.add(row.pk)
            for index, key in zip(self.found, self.keys, strict=False):
                value = row
                for part in key.split("__"):
                    value = getattr(value, part, None)
                if value not in (None, ""):
                    index[fold(value)].append(row)
            self.found[-1][fold(row)].append(row)

    def find(self, text: str) -> tuple[Any, str]:
        """The row and "", or None and why there is none."""
        for index in self.found:
            rows = index.get(fold(text), [])
            if len(rows) == 1:
                return rows[0], ""
            if rows:
                return None, _("“%(value)s” stands for several entries; give the code.") % {"value": text}
        return None, _("There is no %(what)s “%(value)s” that you can choose.") % {
            "what": self.model._meta.verbose_name,
            "value": text,
        }


def split_texts(text: str) -> list[str]:
    """The entries of a cell that names several rows."""
    return [part.strip() for part in SEPARATORS.split(text) if part.strip()]
