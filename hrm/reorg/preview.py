"""
Whose data scope a reorganisation changes, before it is in force: a pure function over the tree.

People reach what belongs to the departments they work in or head; with a scope of *department and below* also what
belongs to all below them. Moving a department takes its part of the tree out of the reach of those above its old place
and puts it into the reach of those above the new one; a new head reaches what the old one no longer does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """
    A department: key of the one above it, None at the top, and of who heads it.

    :param head: key of a person.
    """

    parent: int | None
    head: int | None = None


@dataclass(frozen=True)
class Change:
    """
    One change of the tree.

    :param parent: key of the new parent, where the department moves.
    :param head: key of the new head, where it gets one.
    """

    department: int
    moves: bool = False
    parent: int | None = None
    changes_head: bool = False
    head: int | None = None


@dataclass(frozen=True)
class Reader:
    """
    Somebody whose reach depends on the tree.

    :param works_in: key of their department.
    :param reaches_below: whether their scope covers the departments below theirs.
    """

    person: int
    works_in: int | None
    reaches_below: bool


@dataclass(frozen=True)
class ReachChange:
    """Departments that somebody will reach and does not now, and the other way round."""

    person: int
    gained: frozenset[int]
    lost: frozenset[int]


class TreeCycleError(ValueError):
    """A department would stand above itself."""

    def __init__(self, department: int) -> None:
        super().__init__(f"department {department} would stand above itself")
        self.department = department


def apply(tree: Mapping[int, Node], changes: Sequence[Change]) -> dict[int, Node]:
    """
    Return the tree after changes, taken in their order.

    :raises TreeCycleError: when a department would stand above itself.
    """
    after = dict(tree)
    for change in changes:
        node = after[change.department]
        if change.moves:
            if change.parent is not None and change.department in above(after, change.parent):
                raise TreeCycleError(change.department)
            node = Node(change.parent, node.head)
        if change.changes_head:
            node = Node(node.parent, change.head)
        after[change.department] = node
    return after


def above(tree: Mapping[int, Node], department: int) -> list[int]:
    """Return a department and those above it, from it to the top."""
    found = [department]
    while (parent := tree[found[-1]].parent) is not None:
        found.append(parent)
    return found


def reach_changes(
    before: Mapping[int, Node], after: Mapping[int, Node], readers: Collection[Reader]
) -> list[ReachChange]:
    """Return who reaches something else after than before, in the order of the readers."""
    changes = []
    was, will = _reaches(before, readers), _reaches(after, readers)
    for reader in readers:
        gained, lost = will[reader] - was[reader], was[reader] - will[reader]
        if gained or lost:
            changes.append(ReachChange(reader.person, frozenset(gained), frozenset(lost)))
    return changes


def _reaches(tree: Mapping[int, Node], readers: Collection[Reader]) -> dict[Reader, set[int]]:
    headed: dict[int, set[int]] = {}
    below: dict[int, set[int]] = {}
    for key, node in tree.items():
        if node.head is not None:
            headed.setdefault(node.head, set()).add(key)
        for ancestor in above(tree, key):
            below.setdefault(ancestor, set()).add(key)
    found = {}
    for reader in readers:
        own = set(headed.get(reader.person, ()))
        if reader.works_in is not None and reader.works_in in tree:
            own.add(reader.works_in)
        found[reader] = {key for each in own for key in below[each]} if reader.reaches_below else own
    return found
