"""
What a file is, told from its bytes.

Only the types listed here are accepted. The name of a file decides nothing but which of the spellings of one type is
meant (``.jpg`` or ``.png`` for a picture): a name that belongs to another type is refused, so that nothing arrives on
a colleague's computer that opens as something else than it is.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO

from django.utils.translation import gettext as _

from suite.core.errors import InvalidInput

HEAD_BYTES = 4096
CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class FileType:
    """
    A type of file.

    :param suffixes: endings that a name may have; the first is given to a name that has another one of its family.
    :param family: types that people mix up when naming a file, so that the ending is corrected, not refused.
    """

    media_type: str
    suffixes: tuple[str, ...]
    family: str = ""


PDF = FileType("application/pdf", ("pdf",))
PNG = FileType("image/png", ("png",), "picture")
JPEG = FileType("image/jpeg", ("jpg", "jpeg"), "picture")
GIF = FileType("image/gif", ("gif",), "picture")
WEBP = FileType("image/webp", ("webp",), "picture")
BMP = FileType("image/bmp", ("bmp",), "picture")
TIFF = FileType("image/tiff", ("tif", "tiff"), "picture")
HEIC = FileType("image/heic", ("heic", "heif"), "picture")
MP4 = FileType("video/mp4", ("mp4", "m4v"), "video")
MOV = FileType("video/quicktime", ("mov",), "video")
DOCX = FileType(
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx", "dotx", "wps"), "word"
)
XLSX = FileType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx", "xltx", "et"), "sheet")
PPTX = FileType(
    "application/vnd.openxmlformats-officedocument.presentationml.presentation", ("pptx", "ppsx", "dps"), "slides"
)
ODT = FileType("application/vnd.oasis.opendocument.text", ("odt",), "word")
ODS = FileType("application/vnd.oasis.opendocument.spreadsheet", ("ods",), "sheet")
ODP = FileType("application/vnd.oasis.opendocument.presentation", ("odp",), "slides")
OFD = FileType("application/ofd", ("ofd",))
DOC = FileType("application/msword", ("doc", "dot", "wps"), "word")
XLS = FileType("application/vnd.ms-excel", ("xls", "xlt", "et"), "sheet")
PPT = FileType("application/vnd.ms-powerpoint", ("ppt", "pps", "dps"), "slides")
MSG = FileType("application/vnd.ms-outlook", ("msg",))
ZIP = FileType("application/zip", ("zip",))
RAR = FileType("application/vnd.rar", ("rar",))
SEVEN_ZIP = FileType("application/x-7z-compressed", ("7z",))
GZIP = FileType("application/gzip", ("gz", "tgz"))
DWG = FileType("image/vnd.dwg", ("dwg",))
STEP = FileType("model/step", ("step", "stp"))
MAIL = FileType("message/rfc822", ("eml",))
XML = FileType("application/xml", ("xml",))
TEXT = FileType("text/plain", ("txt", "csv", "tsv", "log", "md", "json", "dxf", "igs", "iges", "ics", "vcf"))

_FAMILIES = (PNG, JPEG, GIF, WEBP, BMP, TIFF, HEIC, MP4, MOV, DOCX, ODT, DOC, XLSX, ODS, XLS, PPTX, ODP, PPT)
_SUFFIXES_OF_FAMILY: dict[str, set[str]] = {
    family: {suffix for kind in _FAMILIES if kind.family == family for suffix in kind.suffixes}
    for family in {kind.family for kind in _FAMILIES}
}

# Shown in the browser instead of being downloaded.
INLINE = frozenset(t.media_type for t in (PDF, PNG, JPEG, GIF, WEBP))

_SIGNATURES: tuple[tuple[bytes, FileType], ...] = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"Rar!\x1a\x07", RAR),
    (b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (b"\x1f\x8b\x08", GZIP),
    (b"ISO-10303-21;", STEP),
)
_BRANDS: dict[bytes, FileType] = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"), HEIC),
    **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V "), MP4),
    b"qt  ": MOV,
}
# Streams inside an OLE2 container, outermost first: mails hold documents, documents hold tables.
_OLE2_STREAMS: tuple[tuple[str, FileType], ...] = (
    ("__properties_version1.0", MSG),
    ("WordDocument", DOC),
    ("PowerPoint Document", PPT),
    ("Workbook", XLS),
    ("Book", XLS),
)
# Class of an installer package (.msi), which is such a container too.
_INSTALLER = bytes.fromhex("84100c0000000000c000000000000046")
_OPEN_DOCUMENTS = {t.media_type: t for t in (ODT, ODS, ODP)}
# Members that make an archive a program.
_PROGRAM_MEMBERS = frozenset({"META-INF/MANIFEST.MF", "AndroidManifest.xml", "classes.dex", "AppManifest.xaml"})
_MARKUP = re.compile(
    rb"<\s*(!doctype|html|head|body|script|svg|iframe|object|embed|meta|link|style|img|form|hta:|xsl:|\?php|%)", re.I
)
_ACTIVE_XML = re.compile(
    rb"<!doctype|<!entity|xml-stylesheet|<\s*(\w+:)?(script|html|svg|stylesheet|transform)\b"
    rb"|www\.w3\.org/(1999/xhtml|2000/svg|1999/XSL)",
    re.I,
)
_MAIL_HEADER = re.compile(rb"\A(?:[A-Za-z][A-Za-z0-9-]*:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)+")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def identify(file: IO[bytes], *, name: str) -> tuple[FileType, str]:
    """
    Return the type of a file and the name under which it may be kept.

    :param name: as the sender gave it; only its ending is used here.
    :raises InvalidInput: when the type is not accepted or the name belongs to another type.
    """
    found = sniff(file)
    path = PurePath(name)
    suffix = path.suffix.lstrip(".").lower()
    if found is None or (found is TEXT and suffix not in TEXT.suffixes):
        raise InvalidInput(
            _("“%(name)s” is of a type that is not accepted. Put it into a ZIP archive if it is needed.")
            % {"name": name},
            field="file",
        )
    if suffix in found.suffixes:
        return found, name
    if found.family and suffix in _SUFFIXES_OF_FAMILY[found.family]:
        return found, f"{path.stem}.{found.suffixes[0]}"
    raise InvalidInput(
        _("The content of “%(name)s” does not fit its name: it is a file of the type %(type)s.")
        % {"name": name, "type": found.suffixes[0].upper()},
        field="file",
    )


def sniff(file: IO[bytes]) -> FileType | None:
    """Return the type of a file by its bytes, None when it is not an accepted one."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    try:
        return _sniff(head, file)
    finally:
        file.seek(0)


def _sniff(head: bytes, file: IO[bytes]) -> FileType | None:
    for signature, found in _SIGNATURES:
        if head.startswith(signature):
            return found
    if re.match(rb"AC10\d\d\0", head):
        return DWG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    # A bitmap says its own length; "BM" alone could begin any text.
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0" and head[14:18] in {b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0"}:
        return BMP
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    if head.startswith(b"PK\x03\x04"):
        return _sniff_zip(file)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _sniff_ole2(file)
    return _sniff_text(head, file)


def _sniff_zip(file: IO[bytes]) -> FileType | None:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            # Read only when stored as the standard demands: first and uncompressed, so nothing can blow up here.
            kind = archive.getinfo("mimetype") if "mimetype" in names else None
            declared = archive.read(kind).decode("ascii", "replace") if kind and kind.file_size < 100 else ""
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError):
        return None
    if declared in _OPEN_DOCUMENTS:
        return _OPEN_DOCUMENTS[declared]
    if "[Content_Types].xml" in names:
        roots = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX}
        has_macros = any(name.endswith("vbaProject.bin") for name in names)
        return None if has_macros else next((found for member, found in roots.items() if member in names), None)
    if "OFD.xml" in names:
        return OFD
    return None if names & _PROGRAM_MEMBERS else ZIP


def _sniff_ole2(file: IO[bytes]) -> FileType | None:
    wanted = [(f"{name}\0".encode("utf-16-le"), kind) for name, kind in _OLE2_STREAMS]
    found: set[str] = set()

    def look(chunk: bytes) -> bool:
        found.update(kind.media_type for needle, kind in wanted if needle in chunk)
        return _INSTALLER in chunk

    if _each_chunk(file, look, overlap=64):
        return None
    return next((kind for _name, kind in _OLE2_STREAMS if kind.media_type in found), None)


def _sniff_text(head: bytes, file: IO[bytes]) -> FileType | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text or text.startswith(b"#!"):
        return None
    if text.startswith(b"<?xml"):
        return None if _each_chunk(file, _has(_ACTIVE_XML), overlap=256) else XML
    if _each_chunk(file, _has(_CONTROL)) or not _is_decodable(file):
        return None
    header = _MAIL_HEADER.match(text)
    if header and re.search(rb"^(from|received|mime-version|message-id):", header[0], re.I | re.M):
        return MAIL
    return None if _each_chunk(file, _has(_MARKUP), overlap=64) else TEXT


def _has(pattern: re.Pattern[bytes]) -> Callable[[bytes], bool]:
    return lambda chunk: pattern.search(chunk) is not None


def _is_decodable(file: IO[bytes]) -> bool:
    """Whether the whole file is UTF-8 or, as Chinese Windows programs write it, GB 18030."""
    file.seek(0)
    raw = file.read()
    for encoding in ("utf-8", "gb18030"):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _each_chunk(file: IO[bytes], look: Callable[[bytes], bool], *, overlap: int = 0) -> bool:
    """Show the file to ``look`` piece by piece until it says yes; pieces overlap so that nothing hides at a border."""
    file.seek(0)
    kept = b""
    while chunk := file.read(CHUNK_BYTES):
        if look(kept + chunk):
            return True
        kept = chunk[-overlap:] if overlap else b""
    return False
