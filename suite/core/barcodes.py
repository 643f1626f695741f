"""
Bar and QR codes as inline SVG: sizes are attributes, so that no page needs a style or another request.

A code is drawn as the symbol that fits it: EAN-13 or EAN-8 for a GTIN, Code 128 (ISO/IEC 15417) for other text in
ASCII, a QR code (ISO/IEC 18004) for what bars cannot say, e.g. Chinese.
"""

from __future__ import annotations

from itertools import groupby

import segno
from barcode.charsets.code128 import START_CODES
from barcode.codex import Code128
from barcode.ean import EAN8, EAN13
from django.utils.html import format_html
from django.utils.safestring import SafeString

from suite.core.gs1 import is_gtin

# Light modules that a reader needs at either side: ten for Code 128, eleven for EAN-13.
QUIET = 11
MODULE_MM = 0.33
# Narrower bars are not read reliably after printing at 203 dpi.
LEAST_MODULE_MM = 0.19
QR_QUIET = 2


class _Code128(Code128):
    """Code 128 that keeps a leading pair 99: the library takes it for a change of character set and drops it."""

    def _try_to_optimize(self, encoded: list[int]) -> list[int]:
        is_pair = encoded[:2] == [START_CODES["C"], 99]
        return encoded if is_pair else super()._try_to_optimize(encoded)


def has_bars(text: str) -> bool:
    """Whether a text can be drawn as bars at all: printable ASCII."""
    return bool(text) and text.isascii() and text.isprintable()


def bars(text: str) -> str:
    """
    Return the modules of the bar code of a text, ``1`` for dark, without quiet zones.

    A GTIN of 12 digits is drawn as the EAN-13 that it is with a leading zero; one of 14 digits as Code 128.

    :raises ValueError: when it cannot be drawn as bars, see :func:`has_bars`.
    """
    if not has_bars(text):
        raise ValueError(f"no bar code can say {text!r}")
    if is_gtin(text) and len(text) == 8:
        return str(EAN8(text[:-1]).build()[0])
    if is_gtin(text) and len(text) in {12, 13}:
        return str(EAN13(text.zfill(13)[:-1]).build()[0])
    return str(_Code128(text).build()[0])


def bars_fit(text: str, width: float) -> bool:
    """Whether the bar code of a text can be read when it is printed at most so many millimetres wide."""
    return has_bars(text) and width / (len(bars(text)) + 2 * QUIET) >= LEAST_MODULE_MM


def bars_svg(text: str, *, height: float = 10, width: float | None = None) -> SafeString:
    """
    Return the bar code of a text, ``height`` millimetres high and at most ``width`` wide; else its QR code.

    :return: nothing for an empty text.
    """
    if not text:
        return SafeString("")
    if not has_bars(text):
        return qr_svg(text, size=max(height, 10))
    modules = bars(text)
    wide = len(modules) + 2 * QUIET
    module = MODULE_MM if width is None else min(MODULE_MM, width / wide)
    return _svg(text, _path(modules), f"{wide * module:.2f}", f"{height:.2f}", (wide, 1), stretch=True)


def qr_svg(text: str, *, size: float = 18) -> SafeString:
    """Return the QR code of a text, ``size`` millimetres wide with its quiet zone; nothing for an empty text."""
    if not text:
        return SafeString("")
    code = segno.make_qr(text, error="m")
    side = len(code.matrix) + 2 * QR_QUIET
    rows = "".join(
        _path("".join(map(str, row)), QR_QUIET, top + QR_QUIET) for top, row in enumerate(code.matrix) if any(row)
    )
    return _svg(text, rows, f"{size:.2f}", f"{size:.2f}", (side, side))


def _path(modules: str, left: int = QUIET, top: int = 0) -> str:
    """Return dark runs of modules as path data, one module high."""
    drawn = []
    for is_dark, run in groupby(modules, "1".__eq__):
        length = len(list(run))
        if is_dark:
            drawn.append(f"M{left} {top}h{length}v1h-{length}z")
        left += length
    return "".join(drawn)


def _svg(text: str, path: str, width: str, height: str, box: tuple[int, int], *, stretch: bool = False) -> SafeString:
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{}" width="{}mm" height="{}mm"'
        ' viewBox="0 0 {} {}"{} shape-rendering="crispEdges"><path d="{}"/></svg>',
        text,
        width,
        height,
        *box,
        SafeString(' preserveAspectRatio="none"') if stretch else "",
        path,
    )
