"""What a file is, told from its bytes."""

import io
import zipfile

import pytest

from suite.activity.services.attachments import sanitize_name
from suite.activity.sniff import identify, sniff
from suite.core.errors import InvalidInput

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 32
PDF = b"%PDF-1.7\n1 0 obj\n"
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
MSI_CLASS = bytes.fromhex("84100c0000000000c000000000000046")


def archive(**members: str) -> bytes:
    """Return a ZIP archive with members named by keyword, ``__`` for a slash and ``_DOT_`` for a dot."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, text in members.items():
            made.writestr(name.replace("__", "/").replace("_DOT_", "."), text)
    return buffer.getvalue()


def office(member: str, *more: str) -> bytes:
    """Return an Office document with the given members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name in ("[Content_Types].xml", member, *more):
            made.writestr(name, "<x/>")
    return buffer.getvalue()


def ole2(stream: str, extra: bytes = b"") -> bytes:
    """Return a container with a stream of that name."""
    return OLE2 + f"{stream}\0".encode("utf-16-le") + extra


MAIL = b"Received: from mx\r\nFrom: a@example.com\r\nMIME-Version: 1.0\r\n\r\n<html><script>x</script></html>"
INVOICE = '<?xml version="1.0" encoding="UTF-8"?><EInvoice><Seller>启岳</Seller></EInvoice>'.encode()

ACCEPTED = [
    (PNG, "照片.png", "image/png", "照片.png"),
    (JPEG, "photo.JPG", "image/jpeg", "photo.JPG"),
    (PNG, "wechat.jpg", "image/png", "wechat.png"),
    (b"RIFF\0\0\0\0WEBPVP8 ", "x.webp", "image/webp", "x.webp"),
    (PDF, "合同 已盖章.pdf", "application/pdf", "合同 已盖章.pdf"),
    (
        office("xl/workbook.xml"),
        "table.xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "table.xlsx",
    ),
    (ole2("Workbook"), "old.xls", "application/vnd.ms-excel", "old.xls"),
    (ole2("WordDocument", ole2("Workbook")), "letter.doc", "application/msword", "letter.doc"),
    (ole2("WordDocument"), "letter.wps", "application/msword", "letter.wps"),
    (ole2("__properties_version1.0", ole2("WordDocument")), "mail.msg", "application/vnd.ms-outlook", "mail.msg"),
    (archive(OFD_DOT_xml="<x/>"), "发票.ofd", "application/ofd", "发票.ofd"),
    (archive(readme_DOT_txt="x"), "pack.zip", "application/zip", "pack.zip"),
    (b"AC1032\0\0\0", "part.dwg", "image/vnd.dwg", "part.dwg"),
    (b"ISO-10303-21;\nHEADER;", "part.step", "model/step", "part.step"),
    ("编码,名称\nA1,充电器\n".encode("gb18030"), "items.csv", "text/plain", "items.csv"),
    (b"AC1001,cable\n", "items.csv", "text/plain", "items.csv"),
    (MAIL, "inquiry.eml", "message/rfc822", "inquiry.eml"),
    (INVOICE, "invoice.xml", "application/xml", "invoice.xml"),
]

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED = [
    (b"<!doctype html><script>alert(1)</script>", "page.html"),
    (b"<!doctype html><script>alert(1)</script>", "picture.png"),
    (b"<!doctype html><script>alert(1)</script>", "note.txt"),
    (b"\xef\xbb\xbf  <HTML><body>", "note.txt"),
    (b"x" * 5000 + b"<script>alert(1)</script>", "note.txt"),
    (SVG, "logo.svg"),
    (SVG, "logo.png"),
    (SVG, "logo.xml"),
    (b"<svg onload=alert(1)>", "logo.txt"),
    (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>', "invoice.xml"),
    (b'<?xml version="1.0"?><x xmlns:h="http://www.w3.org/1999/xhtml"><h:script/></x>', "invoice.xml"),
    (b"MZ\x90\0" + b"\0" * 64, "setup.exe"),
    (b"MZ\x90\0" + b"\0" * 64, "report.pdf"),
    (b"\x7fELF\x02\x01\x01" + b"\0" * 64, "tool.png"),
    (b"#!/bin/sh\nrm -rf /\n", "readme.txt"),
    (b"alert(1)\n", "evil.js"),
    (b"@echo off\r\ndel *.*\r\n", "run.bat"),
    (PDF, "invoice.exe"),
    (PNG, "photo.pdf"),
    (PNG, "photo"),
    (ole2("Workbook", MSI_CLASS), "table.xls"),
    (OLE2, "setup.msi"),
    (office("xl/workbook.xml", "xl/vbaProject.bin"), "macros.xlsx"),
    (archive(**{"META-INF__MANIFEST_DOT_MF": "x"}), "app.zip"),
    (b"PK\x03\x04broken", "pack.zip"),
    (b"text\0with\0nulls", "note.txt"),
    (b"", "empty.txt"),
]


@pytest.mark.parametrize(("content", "name", "media_type", "kept"), ACCEPTED, ids=[row[1] for row in ACCEPTED])
def test_accepted_files(content: bytes, name: str, media_type: str, kept: str) -> None:
    found, safe = identify(io.BytesIO(content), name=name)

    assert (found.media_type, safe) == (media_type, kept)


@pytest.mark.parametrize(("content", "name"), REFUSED, ids=[f"{row[1]}-{index}" for index, row in enumerate(REFUSED)])
def test_refused_files(content: bytes, name: str) -> None:
    with pytest.raises(InvalidInput):
        identify(io.BytesIO(content), name=name)


def test_markup_is_found_across_the_border_of_two_pieces() -> None:
    content = b"x" * (1024 * 1024 - 3) + b"<script>alert(1)</script>"

    assert sniff(io.BytesIO(content)) is None


def test_the_file_is_left_at_its_start() -> None:
    file = io.BytesIO(PDF)

    sniff(file)

    assert file.read() == PDF


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\合同.pdf", "合同.pdf"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ('what:"is"?.txt', "what__is__.txt"),
        ("", "file"),
        ("...", "file"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert sanitize_name(name) == safe
