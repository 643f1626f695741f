"""
What is wrong with a flow, before anybody has to live with it.

A pure module. An error keeps a version from being published; a warning is something to look at. Every fault names the
node or the arm it was found at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext

from oa.flows.choices import (
    EmptyPolicy,
    Gateway,
    Mode,
    RejectRule,
    ResolverKind,
    SelfPolicy,
    TimeoutAction,
)
from oa.flows.conditions import OTHER, SAMPLES, Compare, Condition, Facts, Operator, comparisons, number, samples
from oa.flows.definition import START, Arm, Branch, Copy, Flow, Node, Resolver, Step, Subflow, inside
from oa.flows.walk import arms_of

# What a request is about in money, as facts call it.
AMOUNT = "amount"

# Which comparisons make sense for a field, by its kind; everything that is not named is compared as a choice is.
_PLAIN = (Operator.EQ, Operator.NE, Operator.EMPTY, Operator.FILLED)
_CHOSEN = (Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN, Operator.EMPTY, Operator.FILLED)
_ORDERED = (Operator.EQ, Operator.NE, Operator.LT, Operator.LE, Operator.GT, Operator.GE)
OPERATORS: dict[str, tuple[Operator, ...]] = {
    "number": (*_ORDERED, Operator.EMPTY, Operator.FILLED),
    "date": (*_ORDERED, Operator.EMPTY, Operator.FILLED),
    "yes": _PLAIN,
    "text": _CHOSEN,
}
# Fields of these kinds may hold several values: the departments above a department, all roles of somebody.
_SEVERAL = frozenset({"department", "object"})
_PEOPLE = frozenset({"person", "department"})
_NAMED = frozenset({ResolverKind.PERSON, ResolverKind.ROLE, ResolverKind.POSITION, ResolverKind.HEAD_OF})
# Managers are never the person whose managers they are.
_ABOVE = frozenset({ResolverKind.MANAGER, ResolverKind.MANAGERS})


class Field(Protocol):
    """What can be asked of a request; see :class:`~oa.flows.facts.FactField`."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def choices(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def is_required(self) -> bool: ...


class Key(Protocol):
    """A field of a form as steps name it; see :class:`~oa.flows.fields.FormKey`."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def may_change(self) -> bool: ...
    @property
    def changes(self) -> frozenset[str]: ...


class Severity(TextChoices):
    """How bad a fault is."""

    ERROR = "ERROR", _l("Error")
    WARNING = "WARNING", _l("Warning")


@dataclass(frozen=True)
class Fault:
    """
    One thing that is wrong, or may be.

    :ivar node: key of the node or arm, ``""`` for the flow as a whole.
    """

    severity: Severity
    node: str
    message: str


def operators_of(kind: str) -> tuple[Operator, ...]:
    """Return the comparisons that make sense for fields of a kind."""
    return OPERATORS.get(kind, _CHOSEN)


def lint(
    flow: Flow,
    fields: Sequence[Field],
    *,
    others: Mapping[str, Flow] | None = None,
    code: str = "",
    is_money: bool = False,
    keys: Sequence[Key] = (),
) -> list[Fault]:
    """
    Return what is wrong with a flow, errors first.

    :param fields: what can be asked of a request.
    :param others: the published flows by their code; left out, other flows are not looked at.
    :param code: the code of this flow.
    :param is_money: whether requests are about money.
    :param keys: the fields of the forms that requests are made with.
    """
    known = {field.name: field for field in fields}
    rights = {key.name: key for key in keys}
    found = [*_whole(flow), *_keys(flow)]
    for node in every_node(flow):
        if isinstance(node, Step):
            found += [*_resolvers(node, known), *_step(node), *_step_risks(flow, node, is_money)]
            found += _rights(flow, node, known, rights)
        elif isinstance(node, Copy):
            found += _resolvers(node, known)
        elif isinstance(node, Subflow):
            found += _subflow(node, others, code)
        else:
            found += _branch(flow, node, known, rights)
    return sorted(found, key=lambda fault: fault.severity != Severity.ERROR)


def every_node(flow: Flow) -> Iterator[Node]:
    """Yield every node in the order of the flow, also those with the same key."""
    for node in flow.nodes:
        yield from inside(node)


def check_condition(condition: Condition, fields: Sequence[Field], node: str = "") -> list[Fault]:
    """Return what is wrong with the comparisons of a condition."""
    known = {field.name: field for field in fields}
    return [fault for compare in comparisons(condition) for fault in _compare(compare, known, node)]


def _error(node: str, message: str) -> Fault:
    return Fault(Severity.ERROR, node, message)


def _warning(node: str, message: str) -> Fault:
    return Fault(Severity.WARNING, node, message)


def _whole(flow: Flow) -> Iterator[Fault]:
    if not any(isinstance(node, Step | Subflow) for node in every_node(flow)):
        yield _error("", _("Nobody is asked in this flow; add a step at which somebody decides."))


def _keys(flow: Flow) -> Iterator[Fault]:
    keys = Counter(node.key for node in every_node(flow))
    keys.update(arm.key for node in every_node(flow) if isinstance(node, Branch) for arm in node.arms)
    for key, count in keys.items():
        if count > 1 or key == START:
            yield _error(
                key, _("The key %(key)s is used more than once; delete the step and add it again.") % {"key": key}
            )


# -- who is asked ---------------------------------------------------------------------------------


def _resolvers(node: Step | Copy, known: Mapping[str, Field]) -> Iterator[Fault]:
    title = {"title": node.title or node.key}
    if not node.title.strip():
        yield _warning(node.key, _("This step has no name."))
    if not node.resolvers:
        yield _error(node.key, _("“%(title)s” says nobody who is asked.") % title)
    for each in node.resolvers:
        if each.kind in _NAMED and not each.values:
            kind = {**title, "kind": ResolverKind(each.kind).label}
            yield _error(node.key, _("“%(title)s”: choose whom “%(kind)s” means.") % kind)
        if each.kind == ResolverKind.FIELD:
            yield from _named(node, each, known)


def _named(node: Step | Copy, resolver: Resolver, known: Mapping[str, Field]) -> Iterator[Fault]:
    title = {"title": node.title or node.key, "field": resolver.field}
    if not resolver.field:
        yield _error(node.key, _("“%(title)s”: choose the field that names who is asked.") % title)
    elif resolver.field not in known:
        yield _error(node.key, _("“%(title)s”: there is no field “%(field)s”.") % title)
    elif known[resolver.field].kind not in _PEOPLE:
        title["field"] = known[resolver.field].label
        yield _error(node.key, _("“%(title)s”: “%(field)s” names no person and no department.") % title)


def _step(node: Step) -> Iterator[Fault]:
    title = {"title": node.title or node.key}
    if node.on_empty == EmptyPolicy.PERSON and not node.stand_in.isdecimal():
        yield _error(node.key, _("“%(title)s”: choose who decides where nobody is found.") % title)
    if node.kind == "handle" and node.timeout and node.timeout.action == TimeoutAction.REJECT:
        yield _error(node.key, _("“%(title)s”: what is to be done cannot be refused when it is overdue.") % title)
    if node.mode != Mode.RATIO and node.ratio != 1:
        yield _warning(node.key, _("“%(title)s”: the share means nothing here.") % title)
    if node.mode == Mode.RATIO and node.ratio == 1:
        yield _warning(node.key, _("“%(title)s”: the share is the whole; let everybody agree instead.") % title)
    if node.mode != Mode.ANY and node.reject_rule == RejectRule.ALL:
        yield _warning(node.key, _("“%(title)s”: “all must refuse” means nothing where not one decides.") % title)


def _rights(flow: Flow, node: Step, known: Mapping[str, Field], keys: Mapping[str, Key]) -> Iterator[Fault]:
    title = {"title": node.title or node.key}
    labels = {**{name: field.label for name, field in known.items()}, **{name: key.label for name, key in keys.items()}}
    for name in sorted({*node.editable, *node.required, *node.hidden} - labels.keys()):
        yield _warning(node.key, _("“%(title)s”: there is no field “%(field)s”.") % {**title, "field": name})
    for name in sorted({*node.editable} & {*node.hidden} & labels.keys()):
        values = {**title, "field": labels[name]}
        yield _warning(node.key, _("“%(title)s”: “%(field)s” may be changed but is not shown.") % values)
    for name in sorted({*node.required} & labels.keys()):
        values = {**title, "field": labels[name]}
        if name not in node.editable or name in node.hidden or (name in keys and not keys[name].may_change):
            yield _error(node.key, _("“%(title)s”: “%(field)s” must be filled in but cannot be changed here.") % values)
    if node.required and node.timeout and node.timeout.action == TimeoutAction.APPROVE:
        yield _error(node.key, _("“%(title)s”: what must be filled in is not filled in by a rule.") % title)
    yield from _changed_amounts(flow, node, keys)


def _changed_amounts(flow: Flow, node: Step, keys: Mapping[str, Key]) -> Iterator[Fault]:
    """Who agreed before agreed to another amount: they are not asked again by themselves."""
    nodes = list(every_node(flow))
    before = [each for each in nodes[: nodes.index(node)] if isinstance(each, Step) and each.kind == "approve"]
    for name in node.editable:
        if before and name in keys and AMOUNT in keys[name].changes:
            values = {"title": node.title or node.key, "field": keys[name].label}
            yield _warning(
                node.key,
                _(
                    "“%(title)s”: with “%(field)s” the amount changes, and who agreed before is not asked again; "
                    "let it be returned instead, or let them be asked after this step."
                )
                % values,
            )


def _step_risks(flow: Flow, node: Step, is_money: bool) -> Iterator[Fault]:
    title = {"title": node.title or node.key}
    if is_money and node.on_empty == EmptyPolicy.APPROVE:
        yield _warning(
            node.key,
            _("“%(title)s”: money never passes because nobody is found; the administrator is asked instead.") % title,
        )
    if is_money and node.timeout and node.timeout.action == TimeoutAction.APPROVE:
        yield _warning(node.key, _("“%(title)s”: money passes here because nobody decided in time.") % title)
    is_own = any(each.kind not in _ABOVE for each in node.resolvers)
    if node.kind == "approve" and node.on_self == SelfPolicy.SELF and is_own and flow.own_limit is None:
        yield _warning(
            node.key,
            _("“%(title)s”: whoever asks may have to approve their own request; let somebody else decide then.")
            % title,
        )


# -- other flows ----------------------------------------------------------------------------------


def _subflow(node: Subflow, others: Mapping[str, Flow] | None, code: str) -> Iterator[Fault]:
    title = {"title": node.title or node.key}
    if not node.flow:
        yield _error(node.key, _("“%(title)s”: choose the flow that runs here.") % title)
    elif node.flow == code or (others is not None and code and code in _called(node.flow, others)):
        yield _error(node.key, _("“%(title)s”: this flow would run itself again and never end.") % title)
    elif others is not None and node.flow not in others:
        yield _error(node.key, _("“%(title)s”: the flow that runs here is not published.") % title)


def _called(code: str, others: Mapping[str, Flow]) -> set[str]:
    """The flows that a flow runs, and those that these run."""
    found: set[str] = set()
    ahead = [code]
    while ahead:
        flow = others.get(ahead.pop())
        calls = {node.flow for node in every_node(flow) if isinstance(node, Subflow)} if flow else set()
        ahead += calls - found
        found |= calls
    return found


# -- branches -------------------------------------------------------------------------------------


def _branch(flow: Flow, branch: Branch, known: Mapping[str, Field], keys: Mapping[str, Key]) -> Iterator[Fault]:
    title = {"title": branch.title or pgettext("of a flow", "Branch")}
    if len(branch.arms) < 2:
        yield _error(branch.key, _("“%(title)s” needs two ways at least.") % title)
    if branch.gateway == Gateway.PARALLEL:
        for arm in branch.arms:
            if arm.condition is not None:
                yield _warning(arm.key, _("All ways are gone at once here; the condition means nothing."))
        return
    faults = [*_arms(branch), *_conditions(branch, known)]
    yield from faults
    # Where a condition is wrong, what it covers says nothing.
    if not any(fault.severity == Severity.ERROR for fault in faults):
        yield from _Coverage(flow, branch, known, keys).faults()


def _arms(branch: Branch) -> Iterator[Fault]:
    plain = [n for n, arm in enumerate(branch.arms) if arm.condition is None]
    for position in plain[1:]:
        yield _error(
            branch.arms[position].key, _("Only one way may be without a condition; this one would never be gone.")
        )
    if len(plain) == 1 and plain[0] != len(branch.arms) - 1:
        yield _warning(branch.arms[plain[0]].key, _("The way without a condition is gone last; move it to the end."))


def _conditions(branch: Branch, known: Mapping[str, Field]) -> Iterator[Fault]:
    for arm in branch.arms:
        if arm.condition is None:
            continue
        found = list(comparisons(arm.condition))
        if not found:
            yield _error(arm.key, _("“%(title)s” has no condition yet.") % {"title": arm.title or _("Way")})
        for compare in found:
            yield from _compare(compare, known, arm.key)


def _compare(compare: Compare, known: Mapping[str, Field], node: str) -> Iterator[Fault]:
    field = known.get(compare.field)
    if field is None:
        yield _error(node, _("There is no field “%(field)s”.") % {"field": compare.field})
        return
    label = {"field": field.label, "operator": Operator(compare.operator).label}
    if compare.operator not in operators_of(field.kind):
        yield _error(node, _("“%(field)s” cannot be compared by “%(operator)s”.") % label)
        return
    if compare.operator in (Operator.EMPTY, Operator.FILLED):
        return
    values = compare.value if isinstance(compare.value, list) else [compare.value]
    is_list = compare.operator in (Operator.IN, Operator.NOT_IN)
    if is_list != isinstance(compare.value, list) or not values or any(value in (None, "") for value in values):
        yield _error(node, _("Choose a value for “%(field)s”.") % label)
    elif not all(_is_value(field, value) for value in values):
        yield _error(node, _("“%(field)s” cannot have this value.") % label)


def _is_value(field: Field, value: str | bool | None) -> bool:
    if field.kind == "number":
        return number(value) is not None
    if field.kind == "date":
        return _is_day(str(value))
    if field.kind == "yes":
        return str(value).lower() in ("true", "false")
    return field.kind != "choice" or not field.choices or str(value) in dict(field.choices)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class _Coverage:
    """Which requests go which way at a branch."""

    def __init__(self, flow: Flow, branch: Branch, known: Mapping[str, Field], keys: Mapping[str, Key]) -> None:
        self.branch, self.known = branch, known
        self.ways = _leading_here(flow, branch, keys)
        conditions = [arm.condition for arm in branch.arms if arm.condition is not None]
        around = [arm.condition for outer, _arm in self.ways for arm in outer.arms if arm.condition is not None]
        self.facts, self.is_whole = _facts([*conditions, *around], known)

    def faults(self) -> Iterator[Fault]:
        """Yield ways that nobody goes, requests that go nowhere, and ways that are gone both."""
        chosen: set[str] = set()
        gap: Facts | None = None
        shared: dict[tuple[str, str], Facts] = {}
        for facts in self.facts:
            if not all(arm in arms_of(outer, dict(facts)) for outer, arm in self.ways):
                continue
            gone = arms_of(self.branch, dict(facts))
            chosen |= {arm.key for arm in gone}
            gap = facts if gap is None and not gone else gap
            for pair in self._overlap(facts):
                shared.setdefault(pair, facts)
        if self.is_whole:
            yield from self._unreachable(chosen, shared)
        yield from self._gap(gap)
        yield from self._shared(shared, chosen)

    def _overlap(self, facts: Facts) -> Iterable[tuple[str, str]]:
        if self.branch.gateway != Gateway.EXCLUSIVE:
            return []
        fitting = [arm.key for arm in self.branch.arms if arm.condition is not None and arm.condition.fits(facts)]
        return [(first, second) for n, first in enumerate(fitting) for second in fitting[n + 1 :]]

    def _unreachable(self, chosen: set[str], shared: Mapping[tuple[str, str], Facts]) -> Iterator[Fault]:
        for arm in self.branch.arms:
            if arm.condition is None or arm.key in chosen:
                continue
            before = any(second == arm.key for _first, second in shared)
            yield _error(
                arm.key,
                _("Nothing goes “%(title)s”: every request that fits goes a way before it.") % {"title": _name(arm)}
                if before
                else _("Nothing goes “%(title)s”: no request can fit it.") % {"title": _name(arm)},
            )

    def _gap(self, gap: Facts | None) -> Iterator[Fault]:
        if any(arm.condition is None for arm in self.branch.arms):
            return
        if gap is not None:
            values = {"title": self.branch.title or pgettext("of a flow", "Branch"), "example": self._words(gap)}
            yield _error(
                self.branch.key,
                _("“%(title)s”: no way fits where %(example)s. Add a way without a condition.") % values,
            )
        elif not self.is_whole:
            yield _error(
                self.branch.key, _("These conditions are too many to look through. Add a way without a condition.")
            )

    def _shared(self, shared: Mapping[tuple[str, str], Facts], chosen: set[str]) -> Iterator[Fault]:
        arms = {arm.key: arm for arm in self.branch.arms}
        for (first, second), facts in shared.items():
            # One that nothing goes was reported already.
            if {first, second} <= chosen:
                values = {"first": _name(arms[first]), "second": _name(arms[second]), "example": self._words(facts)}
                yield _warning(
                    second,
                    _("“%(first)s” and “%(second)s” both fit where %(example)s; the first one is gone.") % values,
                )

    def _words(self, facts: Facts) -> str:
        """An example as a person reads it."""
        return _(", ").join(self._word(self.known[name], value) for name, value in facts.items())

    def _word(self, field: Field, value: object) -> str:
        values = value if isinstance(value, list) else [value]
        labels = {**dict(field.choices), "true": _("yes"), "false": _("no")}
        # Keys of rows say nothing to a person.
        is_key = field.kind in ("department", "object", "person")
        words = {"field": field.label, "value": " + ".join(labels.get(str(each), str(each)) for each in values)}
        if value in (None, "", []):
            return _("“%(field)s” is empty") % words
        if OTHER in str(value) or "\u0001" in str(value):
            return _("“%(field)s” is something else") % words
        return _("“%(field)s” is one of those named") % words if is_key else _("“%(field)s” is %(value)s") % words


def _name(arm: Arm) -> str:
    return arm.title or arm.key


def _leading_here(flow: Flow, branch: Branch, keys: Mapping[str, Key]) -> list[tuple[Branch, Arm]]:
    """The arms by which a request comes to a branch, but those whose fields may have changed on the way."""
    opened = {name for node in every_node(flow) if isinstance(node, Step) for name in node.editable}
    editable = opened.union(*(keys[name].changes for name in opened & keys.keys()))
    found = []
    for place in flow.around(branch.key):
        outer, arm = place.branch, place.arm
        if outer is None or arm is None or outer.gateway == Gateway.PARALLEL:
            continue
        asked = {
            each.field for other in outer.arms if other.condition is not None for each in comparisons(other.condition)
        }
        if not asked & editable:
            found.append((outer, arm))
    return found


def _facts(conditions: list[Condition], known: Mapping[str, Field]) -> tuple[list[Facts], bool]:
    """Facts that stand for all, and whether they do: there may be too many."""
    compared: dict[str, list[str]] = {}
    for compare in (each for condition in conditions for each in comparisons(condition)):
        values = compare.value if isinstance(compare.value, list) else [compare.value]
        compared.setdefault(compare.field, []).extend(str(value) for value in values if value is not None)
    spread = {name: _values(known[name], values) for name, values in compared.items() if name in known}
    found = list(samples(conditions, {name: values for name, values in spread.items() if values is not None}))
    needed = {name for name in compared if name in known and known[name].is_required}
    return [each for each in found if not any(each[name] is None for name in needed)], len(found) < SAMPLES


def _values(field: Field, compared: list[str]) -> list[str] | None:
    """All values that tell anything about a field, None where they lie in an order."""
    nothing = [] if field.is_required else [""]
    if field.kind == "choice" and field.choices:
        return [*(value for value, _label in field.choices), *nothing]
    if field.kind == "yes":
        return ["true", "false", *nothing]
    if field.kind in _SEVERAL:
        every = sorted(set(compared))
        several = [every[: n + 1] for n in range(1, len(every))]
        return [*every, *several, OTHER, *nothing]  # type: ignore[list-item]
    return None
