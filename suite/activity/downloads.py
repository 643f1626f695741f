"""Sending stored files so that a browser never runs what is in them."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse

# A sandbox without rights: no scripts, no forms, no origin. The browser's own viewer still shows pictures and PDF.
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'"


def file_response(file: Any, *, name: str, media_type: str, inline: bool = False) -> FileResponse:
    """
    Return a stored file for download.

    :param inline: let the browser show it; only for types that hold no active content.
    """
    response = FileResponse(file.open("rb"), as_attachment=not inline, filename=name, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, no-cache"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
