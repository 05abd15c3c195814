"""News, warnings and traffic-safety items: those that come with the product and those officers publish.

The first ones are files in `content/news/`, checked against their schema; the others are rows that
`news_desk` writes. Citizens are shown what is published, valid on the day, and meant for their page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy.orm import Session

from services.content_schema import ContentError, ContentLoader, Problem, shape_problems
from services.db.news_tables import NewsRow
from services.report_matching import Wordings

FOLDER = "news"
_ORDER = ("canh_bao", "an_toan_giao_thong", "tin_tuc")
KIND_TITLES = {
    "tin_tuc": "Tin tức",
    "canh_bao": "Cảnh báo",
    "an_toan_giao_thong": "An toàn giao thông",
}


@dataclass(frozen=True)
class NewsItem:
    """One item as citizens may see it. `units` empty means every page; `valid_to` None means no end.

    `id` is the file's name, or "n" and the row's number.
    """

    id: str
    kind: str
    title: str
    summary: str
    text: str
    valid_from: date
    source_title: str
    checked_on: date
    valid_to: date | None = None
    source_url: str | None = None
    picture: str | None = None
    link: str | None = None
    units: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def holds(self, on: date) -> bool:
        """Tell whether the item is valid on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def is_for(self, lineage: Sequence[str]) -> bool:
        """Tell whether a page shows it, whose unit and the units above it are given."""
        return not self.units or bool(set(self.units) & set(lineage))


@lru_cache(maxsize=4)
def load_items(folder: Path) -> tuple[NewsItem, ...]:
    """Read and check `content/news/`; raises ContentError with every problem of every file."""
    items, problems = [], list[Problem]()
    for path in sorted((folder / FOLDER).glob("*.yml")):
        name = f"{FOLDER}/{path.name}"
        try:
            document = yaml.load(path.read_text(encoding="utf-8"), Loader=ContentLoader)
        except (UnicodeDecodeError, yaml.YAMLError):
            problems.append(Problem(name, "(tệp)", "viết sai định dạng YAML hoặc không lưu bằng UTF-8"))
            continue
        found = [Problem(name, *item) for item in shape_problems("news_item", document)]
        if not found and document["id"] != path.stem:
            found.append(Problem(name, "id", f"phải giống tên tệp: {path.stem}"))
        problems += found
        if not found:
            items.append(_of_file(document))
    if problems:
        raise ContentError(tuple(sorted(problems)))
    # Warnings first: they are what keeps people from harm.
    return tuple(sorted(items, key=lambda item: (_ORDER.index(item.kind), item.id)))


def read_item(path: Path) -> NewsItem:
    """Read one item from a file of the same form, wherever it is; raises ContentError."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=ContentLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ContentError((Problem(path.name, "(tệp)", "không đọc được tệp YAML này"),)) from error
    problems = [Problem(path.name, *item) for item in shape_problems("news_item", document)]
    if problems:
        raise ContentError(tuple(sorted(problems)))
    return _of_file(document)


def published(session: Session) -> list[NewsItem]:
    """Give what officers published and did not take back, newest first."""
    rows = session.execute(
        sa.select(NewsRow.__table__)
        .where(NewsRow.state == "published")
        .order_by(NewsRow.published_at.desc(), NewsRow.id.desc())
    )
    return [of_row(row) for row in rows]


def shown(
    items: Iterable[NewsItem], lineage: Sequence[str], on: date, kind: str | None = None
) -> list[NewsItem]:
    """Give what a page shows on a day: of one kind if given, in the order given."""
    return [
        item
        for item in items
        if item.holds(on) and item.is_for(lineage) and (kind is None or item.kind == kind)
    ]


def find(items: Sequence[NewsItem], text: str) -> NewsItem | None:
    """Give the item whose words a text says most of, or None."""
    weights = Wordings({item.id: item.words or (item.title,) for item in items}).weigh(text)
    return max((item for item in items if item.id in weights), key=lambda i: weights[i.id], default=None)


def of_row(row: Any) -> NewsItem:
    """Make an item of a row of `news_item`."""
    return NewsItem(
        id=f"n{row.id}",
        kind=row.kind,
        title=row.title,
        summary=row.summary,
        text=row.text,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source_title=row.source_title,
        source_url=row.source_url,
        checked_on=row.checked_on,
        picture=row.picture,
        link=row.link,
        units=tuple(row.units.split()),
    )


def _of_file(item: Mapping[str, Any]) -> NewsItem:
    return NewsItem(
        **{name: item[name] for name in ("id", "kind", "title", "summary")},
        text=item["text"].strip(),
        valid_from=date.fromisoformat(item["valid_from"]),
        valid_to=date.fromisoformat(item["valid_to"]) if item.get("valid_to") else None,
        source_title=item["source"]["title"],
        source_url=item["source"].get("url"),
        checked_on=date.fromisoformat(item["checked_on"]),
        picture=item.get("picture"),
        link=item.get("link"),
        units=tuple(item.get("units", ())),
        words=tuple(item.get("words", ())),
    )
