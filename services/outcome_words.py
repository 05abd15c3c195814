"""Outcomes in the words a citizen reads: what is known, what there are too few cases for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from services.clock import VIETNAM
from services.outcomes import FEWEST, Outcomes
from services.wording import day, number

TOO_FEW = f"chưa đủ {FEWEST} trường hợp nên chưa nói được (để không ai bị nhận ra)"
EMERGENCY = "Việc gấp thì đừng chờ ở đây: gọi 113."


def outcome_text(found: Outcomes, page: str, titles: Mapping[str, str]) -> str:
    """Say the outcomes of a page; `titles` names each intent."""
    first = found.since.astimezone(VIETNAM).date()
    last = (found.until - timedelta(microseconds=1)).astimezone(VIETNAM).date()
    lines = [f"Kết quả của {page}, từ {day(first)} đến {day(last)}:"]
    wait = duration(found.first_answer) if found.first_answer is not None else TOO_FEW
    lines.append(f"• Từ lúc gửi tin báo đến khi cán bộ trả lời lần đầu: {wait}")
    if found.first_answer is not None:
        lines.append("  (một nửa số tin được trả lời nhanh hơn mức này)")
    if found.share_answered is None or found.closed is None:
        lines.append(f"• Tin báo đã xong, có trả lời kết quả: {TOO_FEW}")
    else:
        share = round(found.share_answered * 100)
        lines.append(
            f"• Tin báo đã xong: ít nhất {number(found.closed)} tin, khoảng {share}% được trả lời kết quả"
        )
    if found.asked:
        lines.append("• Bà con hỏi nhiều nhất:")
        lines += [
            f"  {place}. {titles.get(intent, intent)}: ít nhất {number(count)} người"
            for place, (intent, count) in enumerate(found.asked, start=1)
        ]
    else:
        lines.append(f"• Thủ tục được hỏi nhiều: {TOO_FEW}")
    return "\n".join([*lines, EMERGENCY])


def duration(length: timedelta) -> str:
    """Give a length of time as people say it: "35 phút", "3 giờ 10 phút", "2 ngày 4 giờ"."""
    minutes = round(length.total_seconds() / 60)
    if minutes < 1:
        return "chưa đến 1 phút"
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} ngày" + (f" {hours} giờ" if hours else "")
    if hours:
        return f"{hours} giờ" + (f" {minutes} phút" if minutes else "")
    return f"{minutes} phút"
