"""Making, changing and moving folders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from oa.audiences import PARTS, set_audience
from oa.library.models import WRITERS, Folder
from suite.access.models import User
from suite.access.restrict import can_reach
from suite.core.errors import InvalidInput, NotAllowed, WrongState

RELATIONS = (*PARTS, *WRITERS)
REBUILD = """
    WITH RECURSIVE tree AS (
        SELECT id, ARRAY[id] AS path, ARRAY[id] AS reach FROM oa_folder WHERE parent_id IS NULL
        UNION ALL
        SELECT f.id, t.path || f.id, CASE WHEN f.inherits THEN t.reach || f.id ELSE ARRAY[f.id] END
        FROM oa_folder f JOIN tree t ON f.parent_id = t.id
    )
    UPDATE oa_folder f SET path = tree.path, reach = tree.reach FROM tree
    WHERE f.id = tree.id AND (f.path, f.reach) IS DISTINCT FROM (tree.path, tree.reach)
"""


@transaction.atomic
def create_folder(
    *, code: str, name: str, owner: User, actor: User, at: datetime, parent: Folder | None = None, **details: Any
) -> Folder:
    """
    Make a folder.

    :param details: inherits, keep_months, company, for_everybody, and who reads and writes.
    :raises NotAllowed: when the actor may not write in the folder it stands in.
    """
    _check_parent(parent, actor)
    relations = {each: details.pop(each) for each in RELATIONS if each in details}
    folder = Folder.objects.create(code=code, name=name, owner=owner, parent=parent, **details)
    set_audience(folder, relations)
    rebuild_paths()
    folder.refresh_from_db()
    return folder


@transaction.atomic
def update_folder(
    *, folder: Folder, actor: User, at: datetime, expected_version: int | None = None, **changes: Any
) -> Folder:
    """
    Change a folder, or move it with all that is in it.

    :raises InvalidInput: when it would stand in itself.
    :raises NotAllowed: when the actor may not write in the folder it moves to.
    """
    # All of them, so that two who move folders at once cannot put each into the other.
    for each in Folder.objects.select_for_update().order_by("pk"):
        if each.pk == folder.pk:
            folder = each
    folder.check_version(expected_version)
    parent = changes.get("parent", folder.parent)
    if parent is not None and parent.pk != folder.parent_id:
        if folder.pk in Folder.objects.get(pk=parent.pk).path:
            raise InvalidInput(_("A folder cannot stand in itself."), field="parent")
        _check_parent(parent, actor)
    relations = {each: changes.pop(each) for each in RELATIONS if each in changes}
    for name, value in changes.items():
        setattr(folder, name, value)
    folder.save()
    set_audience(folder, relations)
    rebuild_paths()
    folder.refresh_from_db()
    return folder


@transaction.atomic
def delete_folder(*, folder: Folder, actor: User, at: datetime) -> None:
    """
    Remove an empty folder.

    :raises WrongState: when something is in it.
    """
    locked = Folder.objects.lock(folder)
    if locked.children.exists() or locked.documents.exists():
        raise WrongState(_("Something is in this folder. Move it first."))
    locked.delete()


def rebuild_paths() -> None:
    """Bring the paths of all folders in line with their parents, by one statement."""
    with connection.cursor() as cursor:
        cursor.execute(REBUILD)


def _check_parent(parent: Folder | None, actor: User) -> None:
    if parent is not None and not can_reach(parent, user=actor, action="upload"):
        raise NotAllowed(_("You may not write in the folder “%(folder)s”.") % {"folder": parent})
