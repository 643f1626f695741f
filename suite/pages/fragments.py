"""
Parts of pages that are drawn once and shown many times: menu, bars, the frame of a list.

``{% kept "name" key a=expression … %} … {% endkept %}`` draws its body once for each language and key. Whatever the
body shows must follow from the key; what differs from request to request (CSRF token, address, counts) is named
behind the key and filled in anew each time: the body shows a mark in its place. The key is the state itself (the
permissions of the user, the modules that are on, the texts to be shown), never a time, so what is kept cannot be out
of date or somebody else's. A key of None draws the body afresh. Nothing is kept with DEBUG, where templates change.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from secrets import token_hex
from threading import Lock
from typing import Any, Generic, TypeVar

from django.template.base import FilterExpression, Node, NodeList, Parser, Token, render_value_in_context
from django.template.context import Context
from django.template.exceptions import TemplateSyntaxError
from django.utils.safestring import SafeString
from django.utils.translation import get_language

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Of each kind of part; the frame of a list, the largest, is about 20 kB.
LIMIT = 300
# The names that the part which is being drawn to be kept fills in.
RECORDING = "_kept_names"
# Nobody can write it into a text that is shown, since nobody knows it.
SECRET = token_hex(12)
MARK = re.compile(f"{SECRET}-([a-z_]+)-{SECRET}")


class Bounded(Generic[K, V]):
    """What was made for a key; when it is full, everything gives way."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._kept: dict[K, V] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> V | None:
        """What was kept, None when it was not made yet."""
        return self._kept.get(key)

    def put(self, key: K, value: V) -> V:
        """Keep a value and return it."""
        with self._lock:
            if len(self._kept) >= self.limit:
                self._kept.clear()
            self._kept[key] = value
        return value


class Fragments:
    """What is kept of each kind of part, texts and names of values in turn; one kind does not push out another."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._by_name: dict[str, Bounded[Hashable, list[str]]] = {}

    def of(self, name: str) -> Bounded[Hashable, list[str]]:
        """What is kept of one kind."""
        return self._by_name.setdefault(name, Bounded(self.limit))

    def __len__(self) -> int:
        return sum(len(kept) for kept in self._by_name.values())

    def clear(self) -> None:
        """Forget everything."""
        self._by_name.clear()


fragments = Fragments(LIMIT)


class KeptNode(Node):
    """The body of ``{% kept %}``."""

    def __init__(
        self, name: str, key: FilterExpression, values: dict[str, FilterExpression], nodelist: NodeList
    ) -> None:
        self.name, self.key, self.values, self.nodelist = name, key, values, nodelist

    def render(self, context: Context) -> SafeString:
        recording = context.get(RECORDING)
        if recording is not None:
            # Part of a part that is being kept: what differs must be a mark of that one, or it would be kept with it.
            if unnamed := sorted(self.values.keys() - recording):
                raise ValueError(f"{self.name}: the part around it must fill in {', '.join(unnamed)} too")
            return self.nodelist.render(context)
        # A key that cannot be told is None: what does not follow from one must not be kept.
        key = self.key.resolve(context, ignore_failures=True)
        if key is None or context.template is None or context.template.engine.debug:
            with context.push(**{name: value.resolve(context) for name, value in self.values.items()}):
                return self.nodelist.render(context)
        known, whole = fragments.of(self.name), (get_language(), key)
        parts = known.get(whole)
        if parts is None:
            marks = {name: SafeString(f"{SECRET}-{name}-{SECRET}") for name in self.values}
            with context.push(**{RECORDING: frozenset(marks)}, **marks):
                parts = known.put(whole, MARK.split(self.nodelist.render(context)))
        filled = list(parts)
        for place in range(1, len(filled), 2):
            filled[place] = self._text(filled[place], context)
        return SafeString("".join(filled))

    def _text(self, name: str, context: Context) -> str:
        return str(render_value_in_context(self.values[name].resolve(context), context))


def kept(parser: Parser, token: Token) -> KeptNode:
    """
    Compile ``{% kept "name" key a=expression … %}``.

    :raises TemplateSyntaxError: without a name and a key.
    """
    words: list[Any] = token.split_contents()[1:]
    if len(words) < 2 or words[0][0] not in "\"'":
        raise TemplateSyntaxError("kept needs a name in quotes and a key")
    values = dict(word.split("=", 1) for word in words[2:])
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    compiled = {name: parser.compile_filter(value) for name, value in values.items()}
    return KeptNode(words[0][1:-1], parser.compile_filter(words[1]), compiled, nodelist)
