"""
The cache in Redis, by one client for each server and thread.

Django makes a client for every question, which takes longer than the question itself.
"""

from __future__ import annotations

from typing import Any

from django.core.cache.backends import redis


class Client(redis.RedisCacheClient):
    """Keeps its clients; the connections in their pools are kept as before."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._clients: dict[Any, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """Return the client of the server that is written to, or of one that is read from."""
        base: Any = self
        pool = base._get_connection_pool(write)
        if pool not in self._clients:
            self._clients[pool] = base._client(connection_pool=pool)
        return self._clients[pool]


class Cache(redis.RedisCache):
    """Django's cache in Redis."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = Client
