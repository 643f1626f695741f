"""The text in a file, where it is cheap to get: plain text, PDF, pages, and the XML inside office documents."""

from __future__ import annotations

import re
import zipfile
from html import unescape
from typing import IO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from suite.activity.sniff import DOCX, PDF, PPTX, TEXT, XLSX

# As much of a text as is looked into, in characters, and of one part of an archive, in bytes.
LIMIT = 200_000
PART_LIMIT = 20 * 1024 * 1024
# Pages of a PDF that are read: a large scan must not keep whoever stores it waiting.
MOST_PAGES = 200
HTML = "text/html"
PARTS = {
    DOCX.media_type: re.compile(r"word/(document|header\d*|footer\d*)\.xml"),
    XLSX.media_type: re.compile(r"xl/(sharedStrings|worksheets/sheet\d+)\.xml"),
    PPTX.media_type: re.compile(r"ppt/slides/slide\d+\.xml"),
}
_BREAK = re.compile(r"</(?:w:p|a:p|si|row)>|<w:(?:tab|br)\s*/>")
_UNREAD = re.compile(r"<!doctype[^>]*>|<(style|script|title)\b.*?</\1>|<span class=\"avatar\b[^>]*>[^<]*</span>", re.S)
_TAG = re.compile(r"<(/?\w+)[^>]*>")
# Ends of these begin a new line.
_BLOCKS = frozenset({"/p", "/h1", "/h2", "/h3", "/div", "/dt", "/tr", "/li", "br"})
_TEXT = re.compile(r"<(?:[wa]:)?t(?:\s[^>]*)?>([^<]*)</(?:[wa]:)?t>|(\n)")


def extract_text(file: IO[bytes], media_type: str) -> str:
    """Return the text of a file, at most so much; empty for a type whose text is not read. The file is rewound."""
    file.seek(0)
    try:
        if media_type == TEXT.media_type:
            return _clean(_decoded(file.read(4 * LIMIT)))
        if media_type == PDF.media_type:
            return _clean(_pdf_text(file))
        if media_type == HTML:
            return _clean(unescape(_TAG.sub(_apart, _UNREAD.sub(" ", _decoded(file.read())))))
        wanted = PARTS.get(media_type)
        return _clean(_office_text(file, wanted)) if wanted is not None else ""
    finally:
        file.seek(0)


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    # The last character may have been cut off.
    return raw.decode("utf-8", "ignore")


def _office_text(file: IO[bytes], wanted: re.Pattern[str]) -> str:
    found: list[str] = []
    try:
        with zipfile.ZipFile(file) as archive:
            for name in sorted(archive.namelist()):
                if wanted.fullmatch(name) and sum(map(len, found)) < LIMIT:
                    with archive.open(name) as part:
                        found.append(_texts(part.read(PART_LIMIT).decode("utf-8", "ignore")))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError):
        # Damaged or locked with a password: the document is kept, only its text is not found.
        return "\n".join(found)
    return "\n".join(found)


def _pdf_text(file: IO[bytes]) -> str:
    found: list[str] = []
    size = 0
    try:
        for page in PdfReader(file).pages[:MOST_PAGES]:
            found.append(page.extract_text())
            size += len(found[-1])
            if size >= LIMIT:
                break
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError, NotImplementedError):
        # Damaged, locked with a password, or of a kind it does not know: the document is kept without its text.
        return "\n".join(found)
    return "\n".join(found)


def _apart(tag: re.Match[str]) -> str:
    return "\n" if tag[1] in _BLOCKS else " "


def _texts(xml: str) -> str:
    marked = _BREAK.sub("\n", xml.replace("\n", " "))
    return "".join(unescape(match[1]) if match[1] is not None else "\n" for match in _TEXT.finditer(marked))


def _clean(text: str) -> str:
    lines = (" ".join(line.replace("\0", "").split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)[:LIMIT]
