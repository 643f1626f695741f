"""Static files out of npm packages: only what pages use, not the megabytes that a package ships beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage


class PackageFinder(BaseFinder):
    """
    Find the files named by the setting NODE_PACKAGES.

    The setting maps the prefix of the static address to the folder below NODE_MODULES and the patterns of the wanted
    files in it: ``{"echarts": ("echarts/dist", ["echarts.min.js"])}``.
    """

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Report patterns without a file: the packages are not installed, or a new version moved it."""
        return [
            Error(f"No file {folder}/{pattern} in node_modules.", hint="Run npm ci (make up does).", id="suite.E001")
            for folder, patterns in settings.NODE_PACKAGES.values()
            for pattern in patterns
            if not any(Path(settings.NODE_MODULES, folder).glob(pattern))
        ]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the file behind a static address, or an empty list; with `find_all`, a list of it."""
        prefix, _, name = path.partition("/")
        folder, patterns = settings.NODE_PACKAGES.get(prefix, ("", ()))
        for file in self._files(folder, patterns):
            if file == name:
                found = str(Path(settings.NODE_MODULES, folder, name))
                return [found] if find_all else found
        return []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """Yield every wanted file with the storage of its package, as collectstatic asks for it."""
        for prefix, (folder, patterns) in settings.NODE_PACKAGES.items():
            storage = FileSystemStorage(location=Path(settings.NODE_MODULES, folder))
            storage.prefix = prefix  # type: ignore[attr-defined]
            for name in self._files(folder, patterns):
                yield name, storage

    @staticmethod
    def _files(folder: str, patterns: Iterable[str]) -> Iterator[str]:
        root = Path(settings.NODE_MODULES, folder)
        for pattern in patterns:
            for file in sorted(root.glob(pattern)):
                yield file.relative_to(root).as_posix()
