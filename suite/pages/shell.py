"""What every page shows around its content: menu, search, notifications, user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils import translation
from django.utils.translation import gettext as _

from suite.access.grants import grants_of
from suite.core.bounded import Bounded
from suite.core.text import listed
from suite.hooks import Hook
from suite.modules import state
from suite.modules.registry import MenuItem, Module, registry
from suite.pages.columns import avatar
from suite.pages.registry import pageset_of

if TYPE_CHECKING:
    from suite.pages.selectors import Surroundings


@Hook
def approvals_statement() -> str | None:
    """SQL that counts the approvals that wait for the user ``%(user)s``; None while nobody manages approvals."""
    return None


@Hook
def approvals_url() -> str:
    """Where the approvals of a user stand."""
    return ""


@Hook
def stage_notes() -> Mapping[str, str]:
    """Short notes beside the systems that are off, by code, e.g. how many conditions hold."""
    return {}


@dataclass
class Entry:
    """One link of the menu."""

    title: str
    url: str
    icon: str = ""
    count: int | None = None
    hot: bool = False
    is_current: bool = False
    group: str = ""


@dataclass
class EntryGroup:
    """Entries of a menu under one heading; without a heading they always show."""

    title: str
    entries: list[Entry]

    @property
    def is_open(self) -> bool:
        """Whether the page that is shown belongs to it."""
        return any(entry.is_current for entry in self.entries)


@dataclass
class System:
    """One system in the menu, threaded in adoption order."""

    code: str
    title: str
    short: str
    icon: str
    url: str
    state: str
    is_current: bool = False
    note: str = ""
    items: list[Entry] = field(default_factory=list)

    @property
    def groups(self) -> list[EntryGroup]:
        """Its entries by heading, in their order."""
        return [EntryGroup(title, list(entries)) for title, entries in groupby(self.items, key=lambda e: e.group)]


# Pages that the bar at the foot of a phone marks.
TAB_PATHS = frozenset({"/", "/search/", "/me/"})
# The addresses in a menu, by all that its entries depend on.
_addresses = Bounded[tuple[Any, ...], tuple[str, ...]](limit=200)


class Shell:
    """Computed on first use by the template; a partial that never asks pays nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user: Any = getattr(request, "user", None)

    @property
    def is_signed_in(self) -> bool:
        return bool(self.user and self.user.is_authenticated)

    @cached_property
    def product_name(self) -> str:
        return settings.PRODUCT_NAME or _("Xunxu")

    @cached_property
    def _surroundings(self) -> Surroundings:
        from suite.pages.selectors import surroundings

        known: Surroundings | None = getattr(self.request, "surroundings", None)
        return known or surroundings(self.user, approvals_statement())

    @property
    def company_name(self) -> str:
        return self._surroundings.company

    @property
    def unread(self) -> int:
        return self._surroundings.unread

    @property
    def approvals(self) -> int | None:
        """How many approvals wait for the user, None while nobody manages approvals."""
        return self._surroundings.approvals

    @property
    def viewing_as(self) -> Any:
        return getattr(self.request, "viewing_as", None)

    @cached_property
    def initial(self) -> str:
        name = self.user.get_full_name() if self.is_signed_in else ""
        return name[-1:] if name and ord(name[-1]) > 0x2E80 else name[:1].upper()

    @cached_property
    def avatar(self) -> str:
        return avatar(self.user.get_full_name(), "sm")

    @cached_property
    def approvals_url(self) -> str:
        return approvals_url()

    @property
    def scan_url(self) -> str:
        return ""

    @cached_property
    def languages(self) -> list[tuple[str, str, bool]]:
        current = translation.get_language()
        names = {"zh-hans": "简体中文", "en": "English"}
        return [(code, names.get(code, code), code == current) for code, _name in settings.LANGUAGES]

    @cached_property
    def top(self) -> list[Entry]:
        return [self._entry(_("Dashboard"), "metrics:home", "layout-dashboard")]

    @cached_property
    def systems(self) -> list[System]:
        return [s for m in registry.staged() if (s := self._system(m)) is not None]

    @property
    def stages(self) -> list[dict[str, Any]]:
        """The path of adoption: every staged system and whether it is on."""
        return [
            {"title": module.title, "short": module.short, "is_on": state.is_enabled(module)}
            for module in registry.staged()
        ]

    @property
    def stage_titles(self) -> str:
        """Names of the staged systems, first to last."""
        return listed(stage["title"] for stage in self.stages)

    @cached_property
    def general(self) -> list[Entry | System]:
        entries: list[Entry | System] = []
        beside = sorted((m for m in registry.modules.values() if not m.stage), key=lambda m: (m.is_always_on, m.code))
        for module in beside:
            system = self._system(module)
            if system is not None and system.state == "on" and (system.items or module.home or module.menu):
                entries.append(system)
        entries.append(self._entry(_("Jobs"), "jobs:index", "progress"))
        return entries

    @cached_property
    def notes(self) -> Mapping[str, str]:
        """Notes beside the systems that are off, for those who may turn them on."""
        staged = registry.staged() if self.user.is_authenticated and self.user.is_superuser else []
        return stage_notes() if any(not state.is_enabled(module) for module in staged) else {}

    @cached_property
    def menu_key(self) -> tuple[Any, ...]:
        """All that the menu shows follows from: who asks, what is on, which texts, and where the page stands."""
        look = (self.product_name, self.company_name, self.unread)
        if not self.is_signed_in:
            return look
        basis = (
            translation.get_language(),
            get_script_prefix(),
            state.enabled_codes(),
            self._allowed(),
            tuple(sorted(self.notes.items())),
        )
        addresses = _addresses.get(basis)
        if addresses is None:
            addresses = _addresses.put(basis, tuple(self._menu_addresses()))
        path = self.request.path
        here = tuple(address for address in addresses if path.startswith(address))
        return (*look, *basis, here, path in here)

    @cached_property
    def tools_key(self) -> tuple[Any, ...]:
        """All that the tools in the bar follow from."""
        if not self.is_signed_in:
            return ()
        return (self.user.get_full_name(), self.approvals, self.unread)

    @cached_property
    def tabs_key(self) -> tuple[Any, ...]:
        """All that the bar at the foot of a phone follows from."""
        if not self.is_signed_in:
            return ()
        return (self.approvals, self.scan_url, self.request.path if self.request.path in TAB_PATHS else "")

    def _allowed(self) -> bool | frozenset[str]:
        """The permissions, which decide on entries; True for a superuser."""
        return True if self.user.is_superuser and self.user.is_active else grants_of(self.user).names

    def _menu_addresses(self) -> Iterator[str]:
        for entry in (*self.top, *self.systems, *self.general):
            yield entry.url
            yield from (item.url for item in getattr(entry, "items", ()))

    def _system(self, module: Module) -> System | None:
        if state.is_enabled(module):
            items = [e for item in module.menu if (e := self._item(item)) is not None]
            if not items and not module.home:
                return None
            url = reverse(module.home) if module.home else items[0].url
            current = any(i.is_current for i in items) or self.request.path == url
            if [item.url for item in items] == [url]:
                # A menu of one entry is the system itself.
                items = []
            return System(module.code, str(module.title), module.short, module.icon, url, "on", current, "", items)
        if not (self.user.is_authenticated and self.user.is_superuser) or not module.stage:
            return None
        url = f"{reverse('rollout:index')}#{module.code}"
        return System(
            module.code, str(module.title), module.short, module.icon, url, "off", note=self.notes.get(module.code, "")
        )

    def _item(self, item: MenuItem) -> Entry | None:
        if ":" not in item.target:
            pageset = pageset_of(item.target)
            if pageset is None or not pageset.is_available(self.user):
                return None
            if item.permission and not self.user.has_perm(item.permission):
                return None
            url = pageset.url("list")
            title = str(item.title or pageset.title_plural)
            is_current = self.request.path.startswith(url)
            return Entry(title, url, item.icon or pageset.icon, is_current=is_current, group=str(item.group))
        if item.permission and not self.user.has_perm(item.permission):
            return None
        entry = self._entry(str(item.title), item.target, item.icon)
        entry.group = str(item.group)
        return entry if entry.url else None

    def _entry(self, title: str, url_name: str, icon: str) -> Entry:
        try:
            url = reverse(url_name)
        except NoReverseMatch:
            return Entry(title, "", icon)
        is_current = self.request.path == url if url == "/" else self.request.path.startswith(url)
        return Entry(title, url, icon, is_current=is_current)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"shell": Shell(request)}
