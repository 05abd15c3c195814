"""Every page can be used with a screen reader: names, labels, one heading, no dead ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from console.app import PAGES
from console.visit import Console
from services.staff import ADMIN, LEADER
from tests.console.conftest import Browser
from tests.console.test_report_pages import PNG, Town
from tests.console.test_review_pages import Archive

FIELDS = {"input", "select", "textarea"}
VOID = {"input", "img", "meta", "link", "br", "hr", "path", "source"}


class Outline(HTMLParser):
    """What of a page a screen reader goes by."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.ids: Counter[str] = Counter()
        self.labelled: set[str] = set()
        self.pointed: set[str] = set()
        self.headings: Counter[str] = Counter()
        self._fields: list[dict[str, str | None]] = []
        self._inside: list[str] = []
        self._named: list[list[str]] = []
        self.feed(text)
        self.problems += [f"{name}: no label" for name in map(self._unlabelled, self._fields) if name]
        self.problems += [f"id {name} stands there {n} times" for name, n in self.ids.items() if n > 1]
        self.problems += [f"nothing has the id {name}" for name in self.pointed - set(self.ids)]
        if self.headings["h1"] != 1:
            self.problems.append(f"{self.headings['h1']} headings of the first rank")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.headings[tag] += 1
        if given.get("id"):
            self.ids[str(given["id"])] += 1
        for name in ("aria-describedby", "aria-labelledby", "for", "list"):
            if given.get(name):
                self.pointed.add(str(given[name]))
        if tag == "label" and given.get("for"):
            self.labelled.add(str(given["for"]))
        if tag in FIELDS and given.get("type") != "hidden":
            self._fields.append({**given, "inside": "label" if "label" in self._inside else ""})
        if tag == "img" and "alt" not in given:
            self.problems.append(f"a picture without words: {given.get('src')}")
        for named in self._named:
            named.append(str(given.get("alt") or ""))
        if tag in ("a", "button"):
            self._named.append([str(given.get("aria-label") or "")])
        if tag not in VOID:
            self._inside.append(tag)

    def handle_data(self, data: str) -> None:
        for named in self._named:
            named.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass
        if tag in ("a", "button") and self._named and not "".join(self._named.pop()).strip():
            self.problems.append(f"a {tag} without words")

    def _unlabelled(self, given: dict[str, str | None]) -> str:
        labelled = given.get("aria-label") or given["inside"] or given.get("id") in self.labelled
        return "" if labelled else str(given.get("name") or given.get("id"))


@pytest.mark.parametrize("role", [LEADER, ADMIN])
def test_every_page_has_names_and_labels(
    console: Console, clock: Any, signed_in: Callable[..., Browser], role: str
) -> None:
    Town(console, clock).gets_files((PNG, "image/png"))
    Town(console, clock).gets(draft_id="second")
    Archive(console, clock).holds(("gọi 0912345678", "nlu_fallback"), ("tạm trú", "hoi_dang_ky_tam_tru"))
    browser, found = signed_in(role, ("*",), "mot-leader"), {}
    for page in PAGES:
        if page.posts or (page.roles and role not in page.roles) or "{name}" in page.path:
            continue
        path = page.path.replace("{login}", "mot-leader")
        for name in ("{report_id}", "{session_id}", "{message_id}"):
            path = path.replace(name, "1")
        if "{" in path:
            continue
        answer = browser.get(path)
        if answer.status_code == 200:
            assert '<html lang="vi">' in answer.text
            found[path] = Outline(answer.text).problems
    assert {path: problems for path, problems in found.items() if problems} == {}
    assert len(found) >= 6


def test_the_outline_sees_what_is_missing() -> None:
    page = '<h2>x</h2><input name="a"><img src="b"><button> </button><i id="c"></i><b id="c" list="d"></b>'
    assert len(Outline(page).problems) == 6
