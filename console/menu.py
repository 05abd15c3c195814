"""The menu: what a role can open, in the order of a day's work."""

from __future__ import annotations

from dataclasses import dataclass

from console import permissions


@dataclass(frozen=True)
class Entry:
    """One line of the menu."""

    path: str
    title: str
    roles: frozenset[str]


ENTRIES = (
    Entry("/", "Trang đầu", permissions.EVERYBODY),
    Entry("/tin-bao", "Tin báo", permissions.REPORTS),
    Entry("/hoi-thoai", "Hội thoại", permissions.CONVERSATIONS),
    Entry("/chua-hieu", "Chưa hiểu", permissions.CONVERSATIONS),
    Entry("/so-lieu", "Số liệu", permissions.FIGURES),
    Entry("/xuat-du-lieu", "Xuất dữ liệu", permissions.EXPORTS),
    Entry("/nhan-su", "Nhân sự", permissions.STAFF),
    Entry("/nhat-ky", "Nhật ký", permissions.AUDIT),
    Entry("/tai-khoan", "Tài khoản của tôi", permissions.EVERYBODY),
)


def menu(role: str) -> list[Entry]:
    """List what this role may open."""
    return [entry for entry in ENTRIES if role in entry.roles]
