"""Following links as somebody who clicks everything."""

from __future__ import annotations

import html
import re
from collections import Counter, deque

from django.test import Client

LINK = re.compile(r'(?:href|hx-get)="((?:/|\?)[^"]*)"')
ELSEWHERE = ("/static/", "/media/", "//")


def dead_links(client: Client, *, starts: list[str], most: int, of_a_kind: int = 2) -> list[tuple[int, str, str]]:
    """
    Return status, address and page of every link that leads to no page.

    :param starts: addresses to begin with.
    :param most: how many pages are opened at most.
    :param of_a_kind: how many pages are opened whose addresses differ by numbers and values only.
    """
    found: list[tuple[int, str, str]] = []
    kinds: Counter[str] = Counter()
    seen: set[str] = set()
    waiting = deque((start, "") for start in starts)
    while waiting and len(seen) < most:
        url, page = waiting.popleft()
        url = url.partition("#")[0]
        kind = re.sub(r"\d+", "0", re.sub(r"=[^&]*", "", url))
        if url in seen or kinds[kind] == of_a_kind:
            continue
        seen.add(url)
        kinds[kind] += 1
        answer = client.get(url)
        if answer.status_code >= 400:
            found.append((answer.status_code, url, page))
        elif answer.has_header("Location"):
            waiting.append((answer["Location"], url))
        elif answer["Content-Type"].startswith("text/html"):
            waiting.extend((link, url) for link in _links(answer.content.decode(), url))
    assert len(seen) > len(starts), "There was nothing to follow."
    return found


def _links(page: str, url: str) -> list[str]:
    """The addresses on a page, in its order."""
    links = [html.unescape(each) for each in LINK.findall(page)]
    links = [url.partition("?")[0] + each if each.startswith("?") else each for each in links]
    return [each for each in dict.fromkeys(links) if not each.startswith(ELSEWHERE)]
