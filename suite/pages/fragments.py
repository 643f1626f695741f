"""
Parts of pages that are drawn once and shown many times: menu, bars, the frame of a list.

``{% kept "name" key … a=expression … %} … {% endkept %}`` draws its body once for each language and set of keys.
Whatever the body shows must follow from the keys; what differs from request to request (CSRF token, address, counts) is
named behind them and filled in anew each time: the body shows a mark in its place. So is what stands between
``{% fresh %}`` and ``{% endfresh %}``, which is drawn where the kept part itself stands: it knows nothing of loops and
``with`` around it. The keys are the state itself (the permissions of the user, the modules that are on, the texts to be
shown), never a time, so what is kept cannot be out of date or somebody else's. A key of None draws the body afresh.
Nothing is kept with DEBUG, where templates change.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from secrets import token_hex

from django.template.base import FilterExpression, Node, NodeList, Parser, Token, render_value_in_context
from django.template.context import Context
from django.template.exceptions import TemplateSyntaxError
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from suite.core.bounded import Bounded

# Of each kind of part; the frame of a list, the largest, is about 20 kB.
LIMIT = 300
# The part that is being drawn to be kept.
RECORDING = "_kept_recording"
# Nobody can write it into a text that is shown, since nobody knows it.
SECRET = token_hex(12)
NAMED = re.compile(r"[a-z_]+=")
MARK = re.compile(f"{SECRET}-([a-z_]+|[0-9]+)-{SECRET}")


@dataclass(frozen=True)
class Part:
    """
    What is kept of one part.

    :ivar texts: its text, in turn with what is filled in: the name of a value, or the place of a fresh node.
    :ivar fresh: the nodes that are drawn anew each time.
    """

    texts: list[str]
    fresh: list[NodeList]


class Recording:
    """A part that is being drawn to be kept."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)
        self.fresh: list[NodeList] = []

    def mark(self, nodelist: NodeList) -> SafeString:
        """Return what stands for a node that is drawn anew each time."""
        self.fresh.append(nodelist)
        return _mark(str(len(self.fresh) - 1))


class Fragments:
    """What is kept of each kind of part; one kind does not push out another."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._by_name: dict[str, Bounded[Hashable, Part]] = {}

    def of(self, name: str) -> Bounded[Hashable, Part]:
        """What is kept of one kind."""
        return self._by_name.setdefault(name, Bounded(self.limit))

    def __len__(self) -> int:
        return sum(len(kept) for kept in self._by_name.values())

    def clear(self) -> None:
        """Forget everything."""
        self._by_name.clear()


fragments = Fragments(LIMIT)


def _mark(name: str) -> SafeString:
    return SafeString(f"{SECRET}-{name}-{SECRET}")


class KeptNode(Node):
    """The body of ``{% kept %}``."""

    def __init__(
        self, name: str, keys: list[FilterExpression], values: dict[str, FilterExpression], nodelist: NodeList
    ) -> None:
        self.name, self.keys, self.values, self.nodelist = name, keys, values, nodelist
        self._by_type: dict[type[Node], list[Node]] = {}

    def get_nodes_by_type(self, nodetype: type[Node]) -> list[Node]:
        """Return this node and those within it; a template that extends another asks for its blocks each time."""
        found = self._by_type.get(nodetype)
        if found is None:
            found = self._by_type[nodetype] = super().get_nodes_by_type(nodetype)
        return list(found)

    def render(self, context: Context) -> SafeString:
        recording = context.get(RECORDING)
        if recording is not None:
            # Part of a part that is being kept: what differs must be a mark of that one, or it would be kept with it.
            if unnamed := sorted(self.values.keys() - recording.names):
                raise ValueError(f"{self.name}: the part around it must fill in {', '.join(unnamed)} too")
            return self.nodelist.render(context)
        # A key that cannot be told is None: what does not follow from one must not be kept.
        keys = tuple([key.resolve(context, ignore_failures=True) for key in self.keys])
        if None in keys or context.template is None or context.template.engine.debug:
            with context.push(**{name: value.resolve(context) for name, value in self.values.items()}):
                return self.nodelist.render(context)
        known, whole = fragments.of(self.name), (get_language(), keys)
        part = known.get(whole)
        if part is None:
            recording = Recording(self.values)
            with context.push(**{RECORDING: recording}, **{name: _mark(name) for name in self.values}):
                texts = MARK.split(self.nodelist.render(context))
            part = known.put(whole, Part(texts, recording.fresh))
        filled, values = list(part.texts), dict[str, str]()
        for place in range(1, len(filled), 2):
            mark = filled[place]
            if mark not in values:
                values[mark] = self._fill(mark, part, context)
            filled[place] = values[mark]
        return SafeString("".join(filled))

    def _fill(self, mark: str, part: Part, context: Context) -> str:
        if mark.isdecimal():
            return part.fresh[int(mark)].render(context)
        return str(render_value_in_context(self.values[mark].resolve(context), context))


class FreshNode(Node):
    """The body of ``{% fresh %}``."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        recording: Recording | None = context.get(RECORDING)
        return self.nodelist.render(context) if recording is None else recording.mark(self.nodelist)


def kept(parser: Parser, token: Token) -> KeptNode:
    """
    Compile ``{% kept "name" key … a=expression … %}``.

    :raises TemplateSyntaxError: without a name and a key.
    """
    words: list[str] = token.split_contents()[1:]
    values = dict(word.split("=", 1) for word in words if NAMED.match(word))
    keys = [word for word in words[1:] if not NAMED.match(word)]
    if not keys or words[0][0] not in "\"'":
        raise TemplateSyntaxError("kept needs a name in quotes and a key")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    compiled = {name: parser.compile_filter(value) for name, value in values.items()}
    return KeptNode(words[0][1:-1], [parser.compile_filter(key) for key in keys], compiled, nodelist)


def fresh(parser: Parser, token: Token) -> FreshNode:
    """Compile ``{% fresh %}``."""
    nodelist = parser.parse(("endfresh",))
    parser.delete_first_token()
    return FreshNode(nodelist)
