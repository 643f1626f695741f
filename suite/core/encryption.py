"""
Columns that the database keeps encrypted: what identifies a person, where their money goes.

Values are Fernet tokens (AES-128-CBC with HMAC-SHA256, see the specification of the `cryptography` package). The first
key of ``FIELD_KEYS`` encrypts; all of them decrypt, so that a new key can be put first and the old ones dropped after
``manage.py rotate_field_keys`` wrote everything again.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import Lookup
from django.db.models.expressions import Combinable

if TYPE_CHECKING:
    CharFieldBase = models.CharField[str | Combinable, str]
else:
    CharFieldBase = models.CharField


class UnreadableValueError(RuntimeError):
    """A stored value was encrypted by a key that is not among ``FIELD_KEYS``: a fault of the installation."""


class Stored(str):
    """A decrypted value that remembers its token: written back unchanged, the row does not change."""

    token: str

    @classmethod
    def of(cls, text: str, token: str) -> Self:
        """Return the text with the token it came from."""
        value = cls(text)
        value.token = token
        return value


class EncryptedField(CharFieldBase):
    """
    Text that stands in the database encrypted; ``max_length`` is that of the text.

    Equal texts have different tokens: nothing can be searched, sorted or unique by it. Where rows are to be found by
    the text, keep a :func:`fingerprint` beside it. The empty text stays empty.
    """

    def db_type(self, connection: Any) -> str:
        """Tokens are longer than their text."""
        return "text"

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> str | None:
        return Stored.of(decrypt(value), value) if value else value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if not isinstance(value, str) or not value:
            return super().get_db_prep_save(value, connection)
        return value.token if isinstance(value, Stored) and is_current(value.token) else encrypt(value)

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        """None for patterns; other comparisons come to :meth:`get_prep_value`, which lets only the empty text pass."""
        found = super().get_lookup(lookup_name)
        return found if found is None or lookup_name == "isnull" or found.prepare_rhs else None

    def get_prep_value(self, value: Any) -> Any:
        if value:
            raise TypeError(f"{self.name} is encrypted and cannot be compared; compare its fingerprint")
        return super().get_prep_value(value)


def encrypt(text: str) -> str:
    """Return the token of a text, another one each time."""
    return _keys(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode("ascii")


def decrypt(token: str) -> str:
    """
    Return the text of a token.

    :raises UnreadableValueError: when no key fits.
    """
    try:
        return _keys(tuple(settings.FIELD_KEYS)).decrypt(token.encode("ascii")).decode()
    except (InvalidToken, UnicodeEncodeError) as error:
        raise UnreadableValueError("an encrypted value fits none of the FIELD_KEYS") from error


def is_current(token: str) -> bool:
    """Whether the first key made a token."""
    try:
        _keys(tuple(settings.FIELD_KEYS[:1])).decrypt(token.encode("ascii"))
    except InvalidToken:
        return False
    return True


def fingerprint(text: str) -> str:
    """
    Return 64 hexadecimal digits by which rows with an equal text are found, empty for the empty text.

    It depends on the first key: without it nobody can try all ID numbers in turn.
    """
    return fingerprints(text)[0]


def fingerprints(text: str) -> list[str]:
    """Return the fingerprints by every key, the first one's first: rows that an older key wrote are found as well."""
    keys = [str(key).encode() for key in settings.FIELD_KEYS]
    return [hmac.new(key, text.encode(), hashlib.sha256).hexdigest() if text else "" for key in keys]


@lru_cache(maxsize=4)
def _keys(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured("FIELD_KEYS: each key is 32 random bytes in URL-safe base64") from error
