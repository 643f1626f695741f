"""
What a flow is: a sequence of nodes, some of which branch into arms that are sequences again.

A pure module; :data:`FLOW` reads and writes it as JSON and refuses what is not a flow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass as plain_dataclass
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from oa.flows.choices import (
    EmptyPolicy,
    Gateway,
    Mode,
    Refusal,
    RejectRule,
    RepeatPolicy,
    ResolverKind,
    SelfPolicy,
    TimeoutAction,
)
from oa.flows.conditions import Condition

# The node at which who asks changes a request that came back.
START = "start"
STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Resolver:
    """
    Where people come from.

    ``values`` are keys of users, roles, positions or departments; ``level`` counts managers from 1, who is next above;
    ``field`` names a field of the form that holds a person or department.
    """

    kind: ResolverKind
    values: tuple[str, ...] = ()
    level: int = Field(default=1, ge=1, le=20)
    field: str = ""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Timeout:
    """What happens when nobody decided after so many working hours; reminders are repeated as often as ``times``."""

    hours: Decimal = Field(gt=0, le=2000)
    action: TimeoutAction = TimeoutAction.REMIND
    times: int = Field(default=1, ge=1, le=10)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Step:
    """A node at which people decide (``approve``) or do something (``handle``, which cannot be refused)."""

    kind: Literal["approve", "handle"] = "approve"
    key: str = Field(min_length=1, max_length=40)
    title: str = Field(max_length=100)
    resolvers: tuple[Resolver, ...]
    mode: Mode = Mode.ALL
    ratio: Decimal = Field(default=Decimal(1), gt=0, le=1)
    reject_rule: RejectRule = RejectRule.FIRST
    refusal: Refusal = Refusal.END
    on_empty: EmptyPolicy = EmptyPolicy.ADMIN
    stand_in: str = ""
    on_self: SelfPolicy = SelfPolicy.SELF
    timeout: Timeout | None = None
    # Fields of the form that may be changed here, those of them that must be filled in, and those that are not shown.
    editable: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    may_transfer: bool = True
    may_add: bool = True
    may_return: bool = True


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Copy:
    """People are told."""

    kind: Literal["copy"] = "copy"
    key: str = Field(min_length=1, max_length=40)
    title: str = Field(max_length=100)
    resolvers: tuple[Resolver, ...]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Subflow:
    """Another flow runs over the same request; this one goes on when that one ended well."""

    kind: Literal["subflow"] = "subflow"
    key: str = Field(min_length=1, max_length=40)
    title: str = Field(max_length=100)
    flow: str


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Arm:
    """One way of a branch; the one without condition is gone when no other is."""

    key: str = Field(min_length=1, max_length=40)
    title: str = Field(default="", max_length=100)
    condition: Condition | None = None
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Branch:
    """Several ways that meet again."""

    kind: Literal["branch"] = "branch"
    key: str = Field(min_length=1, max_length=40)
    title: str = Field(default="", max_length=100)
    gateway: Gateway = Gateway.EXCLUSIVE
    arms: tuple[Arm, ...]


Node = Annotated[Step | Copy | Subflow | Branch, Field(discriminator="kind")]


@plain_dataclass(frozen=True, kw_only=True)
class Place:
    """Where a node stands: after what, and in which arm of which branch; the outermost sequence is in no arm."""

    node: Node
    sequence: tuple[Node, ...]
    index: int
    branch: Branch | None = None
    arm: Arm | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Flow:
    """
    A flow.

    :ivar own_limit: from this amount on whoever asks never is the only one who decides.
    """

    nodes: tuple[Node, ...] = ()
    repeat: RepeatPolicy = RepeatPolicy.CONSECUTIVE
    may_withdraw: bool = True
    may_take_back: bool = True
    own_limit: Decimal | None = None

    @cached_property
    def places(self) -> dict[str, Place]:
        """Every node by its key, with where it stands."""
        return {place.node.key: place for place in _places(self.nodes, None, None)}

    def steps(self) -> Iterator[Step]:
        """Yield every node at which somebody decides."""
        return (place.node for place in self.places.values() if isinstance(place.node, Step))

    def around(self, key: str) -> list[Place]:
        """Return where a node stands and where each branch around it does, innermost first."""
        found = [self.places[key]]
        while found[-1].branch is not None:
            found.append(self.places[found[-1].branch.key])
        return found


def _places(sequence: tuple[Node, ...], branch: Branch | None, arm: Arm | None) -> Iterator[Place]:
    for index, node in enumerate(sequence):
        yield Place(node=node, sequence=sequence, index=index, branch=branch, arm=arm)
        if isinstance(node, Branch):
            for each in node.arms:
                yield from _places(each.nodes, node, each)


def inside(node: Node) -> Iterator[Node]:
    """Yield a node and all nodes in its arms."""
    yield node
    if isinstance(node, Branch):
        for arm in node.arms:
            for each in arm.nodes:
                yield from inside(each)


FLOW: TypeAdapter[Flow] = TypeAdapter(Flow)
