"""What browsers may load for a page."""

from __future__ import annotations

from functools import cache
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings


class PolicyMiddleware(CSPMiddleware):
    """Writes the policy of the settings once for all pages, and that of an answer whose view changed it."""

    def process_response(self, request: Any, response: Any) -> Any:
        """Add the policy to an answer that brings none of its own."""
        if settings.DEBUG or any(name.startswith("_csp") for name in (*vars(response), *vars(request))):
            return super().process_response(request, response)
        if HEADER not in response and not request.path_info.startswith(_excluded()):
            response[HEADER] = _policy()
        return response


@cache
def _policy() -> str:
    return build_policy()


@cache
def _excluded() -> tuple[str, ...]:
    return tuple(settings.CONTENT_SECURITY_POLICY["EXCLUDE_URL_PREFIXES"])
