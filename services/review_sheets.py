"""Reviewed messages as a table for an officer's own file; no cell is ever a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

HEADINGS = (
    "Phiên", "Trang Zalo", "Lúc (giờ Việt Nam)", "Tin nhắn (đã che)", "Trợ lý hiểu là", "Độ chắc "
    "chắn", "Ý đúng",
    "Thực thể đúng", "Kết quả xem lại", "Người xem lại", "Xem lại lúc", "Trạng thái phiên", "Nhãn",
)  # fmt: skip
_WIDTHS = (8, 22, 18, 70, 26, 12, 26, 40, 16, 16, 18, 16, 20)
# What spreadsheet programs begin a formula with, also behind blanks and in its full-width form.
_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠\t\r|%]")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST_CELL = 32_000


def as_csv(rows: Iterable[Sequence[Any]]) -> bytes:
    """Give rows as CSV in UTF-8 with the mark by which spreadsheet programs know it."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADINGS)
    writer.writerows([[harmless(cell) for cell in row] for row in rows])
    return written.getvalue().encode("utf-8-sig", "replace")


def as_xlsx(rows: Iterable[Sequence[Any]]) -> bytes:
    """Give rows as a workbook; every cell but a number is text."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Tin nhắn đã xem lại"
    sheet.append(HEADINGS)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            if isinstance(value, (int, float)):
                cell.value = value
            else:
                cell.value = harmless(value)
                cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=column == 4, vertical="top")
    for column, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def harmless(value: Any) -> str | int | float:
    """Give a cell that no spreadsheet program runs: text that looks like a formula gets a leading "'"."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    text = _ILLEGAL.sub("", str(value))[:_LONGEST_CELL]
    return f"'{text}" if _FORMULA.match(text) else text
