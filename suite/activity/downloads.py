"""Sending stored files so that a browser never runs what is in them."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse

# A sandbox without rights: no scripts, no forms, no origin. Chromium's own PDF viewer does not start in a sandbox, so
# a PDF gets the same prohibitions without it; its scripts run in the viewer, never in our origin.
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'"
PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"


def file_response(file: Any, *, name: str, media_type: str, inline: bool = False) -> FileResponse:
    """
    Return a stored file for download.

    :param inline: let the browser show it; only for types that hold no active content.
    """
    response = FileResponse(file.open("rb"), as_attachment=not inline, filename=name, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = PDF_POLICY if inline and media_type == "application/pdf" else SANDBOX
    response["Cache-Control"] = "private, no-cache"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
