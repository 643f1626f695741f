"""
One signed message over HTTP, to public addresses only.

The host name is resolved once, every address it has is judged, and the connection goes to that very address, so that a
name which changes its address in between leads nowhere else. Redirects are not followed, proxies of the environment
not used. The time limit is that of the whole exchange.

Headers of a message:

====================  ==============================================================================
X-Suite-Event         the kind of message, ``crm.lead.created``
X-Suite-Delivery      key of the message; the same when it is sent again
X-Suite-Timestamp     seconds since 1970, when it was sent
X-Suite-Signature     ``v1=`` and HMAC-SHA256 of ``{timestamp}.{body}`` by the secret, hexadecimal
====================  ==============================================================================
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from suite.core.errors import InvalidInput

EXCERPT = 2_000
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """The address may not be called, or does not exist."""


@dataclass(frozen=True)
class Answer:
    """
    What came back.

    :param status: HTTP status, None without an answer.
    :param error: why there was none, or why it does not count; empty when all is well.
    """

    status: int | None
    excerpt: str
    error: str
    duration_ms: int

    @property
    def is_success(self) -> bool:
        return not self.error


def sign(*, secret: str, timestamp: int, body: str) -> str:
    """Return the signature of a message."""
    signed = f"{timestamp}.{body}".encode()
    return f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def check_url(url: str) -> None:
    """
    Refuse what is no address of another program on the open Internet, as far as one sees without asking for its name.

    :raises InvalidInput: naming the reason.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise InvalidInput(_("Enter an address that begins with https:// or http://."), field="url")
    if parts.username or parts.password:
        raise InvalidInput(_("Enter the address without user name and password."), field="url")
    try:
        literal: Address | None = ipaddress.ip_address(parts.hostname)
    except ValueError:
        literal = None
    is_local = parts.hostname == "localhost" or parts.hostname.endswith((".localhost", ".local", ".internal"))
    if not settings.WEBHOOK_ALLOW_PRIVATE and (is_local or (literal is not None and not is_public(literal))):
        raise InvalidInput(_("Addresses of the internal network are not called; enter a public one."), field="url")


def is_public(address: Address) -> bool:
    """Whether an address lies in the open Internet; one that wraps another is judged by what it wraps."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if wrapped is None and address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(wrapped)
    return address.is_global and not address.is_multicast and not address.is_reserved


def post(*, url: str, body: str, headers: Mapping[str, str]) -> Answer:
    """Send a message and return what came back; faults of the network are an answer, too."""
    started = time.monotonic()
    status, excerpt = None, ""
    try:
        parts = urlsplit(url)
        status, excerpt = _exchange(parts, _resolve(parts), body, headers)
        error = "" if 200 <= status < 300 else _bad_status(status)
    except (Refused, OSError, HTTPException, ValueError) as fault:
        error = str(fault) or type(fault).__name__
    return Answer(status, excerpt, error[:300], round(1000 * (time.monotonic() - started)))


def _bad_status(status: int) -> str:
    return (
        _("Redirects are not followed.") if 300 <= status < 400 else _("It answered %(status)d.") % {"status": status}
    )


def _resolve(parts: SplitResult) -> str:
    port = parts.port or _PORTS[parts.scheme]
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not settings.WEBHOOK_ALLOW_PRIVATE:
        for each in addresses:
            if not is_public(ipaddress.ip_address(each.partition("%")[0])):
                raise Refused(
                    _("%(host)s leads to the internal address %(address)s.") % {"host": parts.hostname, "address": each}
                )
    return addresses[0]


def _exchange(parts: SplitResult, address: str, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    limit = settings.WEBHOOK_TIMEOUT
    kind = _PinnedTLS if parts.scheme == "https" else _Pinned
    connection = kind(host, port, timeout=limit)
    connection.address = address
    timer = Timer(limit, lambda: _cut(connection))
    timer.daemon = True
    timer.start()
    try:
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        connection.request("POST", path, body.encode(), dict(headers))
        response = connection.getresponse()
        return response.status, response.read(EXCERPT).decode("utf-8", "replace").replace("\x00", "")
    finally:
        timer.cancel()
        connection.close()


def _cut(connection: HTTPConnection) -> None:
    """End an exchange that goes on by drops."""
    sock = connection.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            # It ended by itself at the same moment.
            return


class _Pinned(HTTPConnection):
    """Connects to the address that was judged, whatever the name leads to now."""

    address = ""

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)


class _PinnedTLS(HTTPSConnection):
    """The same, with the certificate of the host's name."""

    address = ""

    def connect(self) -> None:
        raw = socket.create_connection((self.address, self.port), self.timeout)
        self.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=self.host)
