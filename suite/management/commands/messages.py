"""Keep the translation catalogues in locale/ in step with the code, without the gettext programs."""

from __future__ import annotations

import fcntl
import io
import json
import re
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import templatize

# "zh_Hans" holds a translation of every text; in "en" the source speaks for itself, so that it has a header only.
TRANSLATED, SOURCE = "zh_Hans", "en"
PLURAL_FORMS = {TRANSLATED: "nplurals=1; plural=0;", SOURCE: "nplurals=2; plural=(n != 1);"}
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(["_", "_t", "gettext", "gettext_lazy", "gettext_noop"]),
    **dict.fromkeys(["ngettext", "ngettext_lazy"], (1, 2)),
    **dict.fromkeys(["pgettext", "pgettext_lazy"], ((1, "c"), 2)),
    **dict.fromkeys(["npgettext", "npgettext_lazy"], ((1, "c"), 2, 3)),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")
# Between the context and the text in the keys of --merge files, as in compiled catalogues.
CONTEXT_MARK = "\x04"

Texts = dict[tuple[str, str | None], Message]


class Command(BaseCommand):
    help = "Update locale/*/LC_MESSAGES/django.po from the code; with an option, do that instead."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        group = parser.add_mutually_exclusive_group()
        group.add_argument(
            "--merge", nargs="+", type=Path, metavar="FILE", help='take translations {"English": "中文"}'
        )
        group.add_argument("--check", action="store_true", help="fail if a catalogue is behind, incomplete or wrong")
        group.add_argument("--compile", action="store_true", help="write the .mo files")
        group.add_argument("--untranslated", action="store_true", help="print the missing translations as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        with _locked():
            if options["check"]:
                self._check()
            elif options["compile"]:
                for locale in PLURAL_FORMS:
                    with _path(locale).with_suffix(".mo").open("wb") as file:
                        write_mo(file, _read(locale))
            elif options["untranslated"]:
                missing = {
                    _key(message): message.string for message in _messages(_read(TRANSLATED)) if _is_empty(message)
                }
                self.stdout.write(json.dumps(missing, ensure_ascii=False, indent=1))
            else:
                self._update(options["merge"] or [])

    def _update(self, merged_files: list[Path]) -> None:
        translations: dict[str, Any] = {}
        for path in merged_files:
            translations.update(json.loads(path.read_text(encoding="utf-8")))
        catalogue = updated_catalogue(translations)
        for locale, content in ((TRANSLATED, _rendered(catalogue)), (SOURCE, _rendered(Catalog(SOURCE)))):
            _path(locale).parent.mkdir(parents=True, exist_ok=True)
            _path(locale).write_bytes(content)
        unknown = sorted(set(translations) - {_key(message) for message in _messages(catalogue)})
        for key in unknown:
            self.stderr.write(f"Not a text of the code: {key}")
        missing = sum(_is_empty(message) for message in _messages(catalogue))
        self.stdout.write(f"{len(catalogue)} texts, {missing} not translated, {len(unknown)} translations not used")

    def _check(self) -> None:
        faults = []
        if not _path(TRANSLATED).exists() or _rendered(updated_catalogue({})) != _path(TRANSLATED).read_bytes():
            faults.append("The catalogues are behind the code: run make messages.")
        faults += [
            f"{_key(message)!r}: {fault}" for message in _messages(_read(TRANSLATED)) for fault in faults_of(message)
        ]
        if faults:
            raise CommandError("\n".join(faults))


def updated_catalogue(translations: dict[str, Any]) -> Catalog:
    """Return the texts of the code with their given translations, or else those that the catalogue has."""
    known = {_identity(message): message for message in _messages(_read(TRANSLATED))}
    catalogue = Catalog(TRANSLATED)
    for message in sorted(extracted().values(), key=_key):
        plural = isinstance(message.id, tuple)
        before = known.get(_identity(message))
        given = translations.get(_key(message))
        if given is not None:
            message.string = _as_string(given, plural=plural)
        elif before is not None and isinstance(before.id, tuple) == plural:
            message.string = before.string
        catalogue.add(message.id, message.string, message.locations, message.flags, context=message.context)
    return catalogue


def extracted() -> Texts:
    """Return every text of our Python code and templates with the files that it stands in."""
    found: Texts = {}
    for path in _sources():
        name = path.relative_to(settings.BASE_DIR).as_posix()
        method: Any = extract_python if path.suffix == ".py" else _extract_template
        with path.open("rb") as file:
            for _line, id, _comments, context in extract(method, file, KEYWORDS, options={"encoding": "utf-8"}):
                message = Message(id, context=context)
                known = found.setdefault(_identity(message), message)
                if isinstance(id, tuple):
                    known.id = id
                if (name, 0) not in known.locations:
                    known.locations.append((name, 0))
    return found


def faults_of(message: Message) -> list[str]:
    """Return what is wrong with a translation: nothing there, unsure, or other placeholders than the source."""
    if _is_empty(message):
        return ["not translated"]
    faults = ["fuzzy"] if message.fuzzy else []
    wanted = set(PLACEHOLDER.findall(_forms(message.id)[-1]))
    for string in _forms(message.string):
        found = set(PLACEHOLDER.findall(string))
        if wanted != found:
            faults.append(f"placeholders {sorted(found)} instead of {sorted(wanted)}")
    return faults


def _sources() -> Iterator[Path]:
    roots = [Path(config.path) for config in apps.get_app_configs()]
    ours = [root for root in roots if root.parent == settings.BASE_DIR]
    for root in sorted([*ours, settings.BASE_DIR / "templates"]):
        for path in sorted(root.rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
                yield path


def _extract_template(file: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterable[Any]:
    # templatize() leaves the calls and blanks the rest, whose indentation would trouble Python's tokenizer.
    calls = templatize(file.read().decode(), origin=getattr(file, "name", None))
    code = "\n".join(line.strip() for line in calls.splitlines())
    return extract_python(io.BytesIO(code.encode()), keywords, comment_tags, options)


def _read(locale: str) -> Catalog:
    path = _path(locale)
    if not path.exists():
        return Catalog(locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale, ignore_obsolete=True)


def _messages(catalogue: Catalog) -> Iterator[Message]:
    """Yield the texts without the header, which Babel takes for one."""
    return (message for message in catalogue if message.id)


def _rendered(catalogue: Catalog) -> bytes:
    # Babel's own header holds the time and its version: no two runs would write the same file.
    header = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {catalogue.locale}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {PLURAL_FORMS[str(catalogue.locale)]}\\n"\n\n'
    )
    body = io.BytesIO()
    write_po(body, catalogue, width=120, sort_output=True, omit_header=True, include_lineno=False)
    return header.encode() + body.getvalue()


@contextmanager
def _locked() -> Iterator[None]:
    settings.VAR_DIR.mkdir(exist_ok=True)
    with (settings.VAR_DIR / "messages.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _path(locale: str) -> Path:
    return Path(settings.LOCALE_PATHS[0], locale, "LC_MESSAGES", "django.po")


def _identity(message: Message) -> tuple[str, str | None]:
    return _forms(message.id)[0], message.context


def _key(message: Message) -> str:
    singular, context = _identity(message)
    return f"{context}{CONTEXT_MARK}{singular}" if context else singular


def _as_string(given: Any, *, plural: bool) -> Any:
    return _forms(given) if plural else _forms(given)[0]


def _is_empty(message: Message) -> bool:
    return not all(_forms(message.string))


def _forms(text: Any) -> tuple[str, ...]:
    """Return the plural forms of a text, which Babel gives as a plain one where it has none."""
    return tuple(text) if isinstance(text, list | tuple) else (text or "",)
