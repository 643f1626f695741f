"""WSGI entry of the web server."""

import gc
import os
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suite.settings")
django.setup(set_prefix=False)

from suite.core.bounded import Bounded  # noqa: E402 Django must be set up

# Addresses of single rows among them.
ADDRESSES_KEPT = 2_000


class Application(WSGIHandler):
    """Django's handler, which looks up once where an address leads: some hundred routes are tried for it."""

    def __init__(self) -> None:
        super().__init__()
        self._matches = Bounded[str, Any](ADDRESSES_KEPT)

    def resolve_request(self, request: Any) -> Any:
        """
        Return the view of an address.

        :raises django.http.Http404: when it leads nowhere; that is not kept.
        """
        match = self._matches.get(request.path_info)
        if match is None:
            return self._matches.put(request.path_info, super().resolve_request(request))
        request.resolver_match = match
        return match


application = Application()

# What was loaded stays until the end: going through it for garbage again and again costs a fifth of the time.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 10, 10)
