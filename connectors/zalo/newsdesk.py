"""What an operator does with news in a terminal: write, preview, publish, broadcast, and the weekly digest.

`scripts/zalo news …`, `scripts/zalo digest send`. Words on the screen are Vietnamese: officers read them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from connectors.zalo.articles import ArticleClient
from connectors.zalo.client import ZaloError
from connectors.zalo.oauth import ZaloOAuth
from connectors.zalo.publishing import Publisher, Readiness, Tokens
from connectors.zalo.tokens import TokenKeeper
from services import audit, digest, news, news_desk, publications, staff
from services.accounts import Account
from services.clock import VIETNAM, utc_now, vietnam_today
from services.content_schema import ContentError
from services.db import Database
from services.db.group_commit import GroupCommit
from services.news_desk import DeskItem, Draft, NewsError
from services.publications import Decision
from services.secrets import Cipher
from services.settings import ROOT, Settings
from services.unit_search import One, UnitSearch
from services.units import load_directory

news_app = typer.Typer(
    add_completion=False, help="Soạn, duyệt, đăng tin và gửi tin tới người quan tâm trang."
)
digest_app = typer.Typer(add_completion=False, help="Bản tin tuần cho người đã đăng ký.")
console = Console()
CONTENT = ROOT / "content"

_STATES = {
    "waiting": "chưa gửi",
    "creating": "đang tạo bài",
    "verifying": "Zalo đang xử lý bài",
    "published": "bài đã lên trang, chưa gửi tới người quan tâm",
    "broadcasting": "đang gửi",
    "sent": "đã gửi",
    "refused": "Zalo từ chối",
    "unsure": "CHƯA RÕ: xem trong OA Manager rồi chạy `news settle`",
}
File = typer.Argument(None, help="Tệp YAML như trong content/news/.")
Pages = typer.Option([], help="Mã trang Zalo; ghi nhiều lần được.")
By = typer.Option(..., "--by", help="Tên đăng nhập của người quyết định, ghi vào nhật ký.")


class Desk:
    """What every command needs: settings, database, accounts, and a way to Zalo."""

    def __init__(
        self, settings: Settings, database: Database, cipher: Cipher, accounts: dict[str, Account]
    ) -> None:
        self.settings, self.database, self.cipher, self.accounts = settings, database, cipher, accounts

    def publisher(self) -> Publisher:
        """Give the way to Zalo, with tokens as the channel keeps them."""
        return Publisher(self.database, ArticleClient(self.settings.zalo_openapi_url), self.tokens())

    def tokens(self) -> Tokens:
        """Give access tokens from the store that the channel shares; renewing takes the same lock."""

        async def ask(account_id: str, rejected: str | None) -> str:
            commit = GroupCommit(self.database)
            oauth = ZaloOAuth(
                self.settings.zalo_oauth_url, self.settings.zalo_app_id, self.settings.zalo_app_secret
            )
            keeper = TokenKeeper(commit, self.cipher, oauth, "newsdesk")
            account = self.accounts[account_id]
            try:
                if account.access_token and account.refresh_token:
                    await keeper.seed(account_id, account.access_token, account.refresh_token)
                if rejected is None:
                    return await keeper.access_token(account_id)
                return await keeper.renew(account_id, rejected)
            finally:
                await keeper.close()

        return Tokens(
            lambda account_id: asyncio.run(ask(account_id, None)),
            lambda account_id, rejected: asyncio.run(ask(account_id, rejected)),
        )

    def chosen(self, ids: list[str], everyone: bool) -> dict[str, str]:
        """Give the names of the chosen accounts by id. Raises NewsError for an unknown one."""
        wanted = list(self.accounts) if everyone else ids
        unknown = [one for one in wanted if one not in self.accounts]
        if unknown:
            raise NewsError(f"Không có trang Zalo với mã: {', '.join(unknown)}")
        if not wanted:
            raise NewsError("Chọn trang bằng --oa MÃ (nhiều lần được) hoặc --all.")
        return {one: self.accounts[one].name for one in wanted}


def open_desk() -> Desk:
    """Open what the settings name."""
    from connectors.zalo.operator import open_all

    return Desk(*open_all())


@news_app.command("list")
def list_items() -> None:
    """Các tin đã soạn và tin có sẵn."""
    desk = open_desk()
    table = Table("Số", "Loại", "Tiêu đề", "Trạng thái", "Hiệu lực", "Người soạn")
    with desk.database.transaction(read_only=True) as session:
        items = news_desk.everything(session)
    for item in items:
        until = f"{item.draft.valid_to:%d/%m/%Y}" if item.draft.valid_to else "–"
        table.add_row(str(item.id), item.draft.kind, item.draft.title, item.state, until, item.author)
    for seed in news.load_items(CONTENT):
        table.add_row(seed.id, seed.kind, seed.title, "có sẵn", "–", "content/news")
    console.print(table)


@news_app.command()
def add(
    file: Path = File,
    seed: str = typer.Option("", help="Chép một tin có sẵn, ví dụ canh_bao_phat_nguoi_gia."),
    picture: str = typer.Option("", help="Địa chỉ hình bìa, bắt đầu bằng https://"),
    by: str = By,
) -> None:
    """Soạn bản nháp từ một tệp hoặc từ tin có sẵn."""
    desk = open_desk()
    with told():
        draft = _draft(file, seed, picture)
        with desk.database.transaction() as session:
            number = news_desk.add(session, _actor(desk, by), draft, utc_now())
    console.print(f"Đã lưu bản nháp số {number}. Xem trước: scripts/zalo news preview {number}")


@news_app.command()
def preview(number: int) -> None:
    """Xem tin như bà con sẽ thấy trong chat và trong bài đăng."""
    desk = open_desk()
    with told():
        item = _get(desk, number)
        show(item)
        publications.article_of(item, "Tên trang")
        console.print("Bài đăng Zalo: đủ hình bìa, tiêu đề, tóm tắt.", style="green")


@news_app.command()
def publish(number: int, by: str = By) -> None:
    """Duyệt: từ nay tin hiện khi bà con hỏi trong chat."""
    desk = open_desk()
    with told(), desk.database.transaction() as session:
        item = news_desk.get(session, number)
        news_desk.publish(session, _actor(desk, by), number, item.version, utc_now())
    console.print("Đã đăng. Muốn gửi tới người quan tâm: scripts/zalo news broadcast")


@news_app.command()
def withdraw(number: int, by: str = By) -> None:
    """Gỡ tin khỏi chat (bài đã lên Zalo thì gỡ trong OA Manager)."""
    desk = open_desk()
    with told(), desk.database.transaction() as session:
        item = news_desk.get(session, number)
        news_desk.withdraw(session, _actor(desk, by), number, item.version, utc_now())
    console.print("Đã gỡ.")


@news_app.command()
def broadcast(
    number: int,
    oa: list[str] = Pages,
    everyone: bool = typer.Option(False, "--all", help="Mọi trang trong cấu hình."),
    article_only: bool = typer.Option(False, help="Chỉ đăng bài lên trang, không gửi tới người quan tâm."),
    skip_short: bool = typer.Option(False, help="Bỏ qua trang không gửi được, gửi các trang còn lại."),
    dry_run: bool = typer.Option(False, help="Chỉ xem trước, không gửi gì."),
    yes: bool = typer.Option(False, help="Không hỏi lại."),
    by: str = By,
) -> None:
    """Đăng bài và gửi tin tới người quan tâm của một hay nhiều trang."""
    desk = open_desk()
    with told():
        actor, accounts = _actor(desk, by), desk.chosen(oa, everyone)
        item = _get(desk, number)
        publisher = desk.publisher()
        for name in accounts.values():
            publications.article_of(item, name)
        show(item)
        ready = publisher.check(accounts, not article_only)
        console.print(readiness_table(ready))
        short = [one for one in ready if one.problem]
        if dry_run:
            console.print("Chạy thử: chưa gửi gì, chưa lưu gì.", style="yellow")
            raise typer.Exit(1 if short else 0)
        if short and not skip_short:
            names = ", ".join(one.name for one in short)
            raise NewsError(
                f"Chưa gửi trang nào, vì có trang không gửi được: {names}. Thêm --skip-short để bỏ qua."
            )
        accounts = {one.account_id: one.name for one in ready if not one.problem}
        if not yes and not typer.confirm(f"Gửi tới {len(accounts)} trang?"):
            raise NewsError("Đã dừng, chưa gửi gì.")
        with desk.database.transaction() as session:
            decided = publications.decide(
                session, actor, news_desk.get(session, number), accounts, not article_only, utc_now()
            )
        _finish(publisher.run(decided), desk.accounts)


@news_app.command()
def resume(publication: int) -> None:
    """Làm tiếp một lần gửi dở dang; trang nào đã gửi thì không gửi lại."""
    desk = open_desk()
    with told():
        _finish(desk.publisher().run(publication), desk.accounts)


@news_app.command()
def outcome(publication: int = typer.Argument(0, help="Số lần gửi; để trống thì liệt kê.")) -> None:
    """Xem đã gửi những đâu."""
    desk = open_desk()
    with told(), desk.database.transaction(read_only=True) as session:
        found = [publications.get(session, publication)] if publication else publications.latest(session)
    for decision in found:
        console.print(outcome_table(decision, desk.accounts))


@news_app.command()
def settle(
    publication: int,
    oa: str = typer.Option(..., help="Mã trang Zalo."),
    sent: bool = typer.Option(..., "--sent/--not-sent", help="Trong OA Manager thấy đã gửi hay chưa."),
    by: str = By,
) -> None:
    """Ghi lại điều đã thấy trong OA Manager về một trang CHƯA RÕ."""
    desk = open_desk()
    with told(), desk.database.transaction() as session:
        publications.settle(session, _actor(desk, by), publication, oa, sent, utc_now())
    console.print("Đã ghi.")


@digest_app.command()
def send(
    dry_run: bool = typer.Option(False, help="Chỉ đếm, không gửi gì."),
    quota: int = typer.Option(
        -1, help="Nhiều nhất bao nhiêu tin tính tiền mỗi trang; để trống thì hỏi hạn mức của Zalo."
    ),
) -> None:
    """Gửi bản tin tuần này; chạy bằng cron, chạy lại bao nhiêu lần cũng không gửi ai hai lần."""
    desk = open_desk()
    search = UnitSearch(load_directory(CONTENT))
    on = vietnam_today()
    with desk.database.transaction(read_only=True) as session:
        items = [*news.published(session), *news.load_items(CONTENT)]
    table = Table("Trang", "Số bản tin", "Xếp hàng gửi", "Đã có từ trước", "Quá 7 ngày", "Hết hạn mức")
    tokens, client = desk.tokens(), ArticleClient(desk.settings.zalo_openapi_url)
    for account in desk.accounts.values():
        left = quota if quota >= 0 else _messages_left(client, tokens, account.id)

        def compose(unit_id: str | None, account: Account = account) -> str | None:
            found = search.get(unit_id) if unit_id else search.resolve(account.name)
            unit = found.unit if isinstance(found, One) else None
            lineage = search.directory.lineage(unit) if unit else ()
            # The newest first, and another part of what always holds each week.
            fresh = _rotated(news.shown(items, lineage, on), on)
            return digest.digest_text(fresh, unit.title if unit else account.name, on) if fresh else None

        done = digest.send_issue(
            desk.database.transaction, desk.cipher, account.id, compose, left, utc_now(), dry_run
        )
        counts = (done.queued, done.before, done.silent, done.no_quota)
        table.add_row(account.name, done.issue, *map(str, counts))
    console.print(table)
    if dry_run:
        console.print("Chạy thử: chưa gửi gì.", style="yellow")


def _rotated(items: list[news.NewsItem], on: date) -> list[news.NewsItem]:
    written = [item for item in items if item.id.startswith("n")]
    lasting = [item for item in items if not item.id.startswith("n")]
    if not lasting:
        return written
    start = on.isocalendar()[1] * 3 % len(lasting)
    return [*written[:3], *lasting[start:], *lasting[:start]]


def _messages_left(client: ArticleClient, tokens: Tokens, account_id: str) -> int:
    # What cannot be asked costs nothing: only the free 48 hours are used then.
    try:
        return client.messages_left(tokens.get(account_id)) or 0
    except ZaloError:
        return 0


def show(item: DeskItem) -> None:
    """Print an item as a citizen will read it."""
    draft = item.draft
    console.rule(f"tin số {item.id} · {item.state}")
    console.print(draft.title, style="bold", markup=False)
    console.print(draft.summary, markup=False)
    console.print(draft.text, markup=False)
    source = f"Nguồn: {draft.source_title} · Kiểm tra ngày {draft.checked_on:%d/%m/%Y}"
    console.print(f"{source} · Hình: {draft.picture or 'CHƯA CÓ'}", style="dim", markup=False)
    console.rule()


def readiness_table(ready: list[Readiness]) -> Table:
    """Show what is known of each account before anything is sent."""
    table = Table("Trang", "Mã", "Người quan tâm", "Lượt gửi còn lại", "Gửi được không")
    for one in ready:
        followers = "không rõ" if one.followers is None else str(one.followers)
        left = "không rõ" if one.broadcasts_left is None else str(one.broadcasts_left)
        table.add_row(one.name, one.account_id, followers, left, one.problem or "được")
    return table


def outcome_table(decision: Decision, accounts: Mapping[str, Account]) -> Table:
    """Show how far each account is."""
    when = decision.decided_at.astimezone(VIETNAM)
    title = (
        f"Lần gửi {decision.id} · tin số {decision.item_id} · {decision.decided_by} · {when:%H:%M %d/%m/%Y}"
    )
    table = Table("Trang", "Kết quả", "Lúc", "Lý do", title=title)
    for one in decision.outcomes:
        name = accounts[one.account_id].name if one.account_id in accounts else one.account_id
        at = (one.sent_at or one.changed_at).astimezone(VIETNAM)
        table.add_row(name, _STATES[one.state], f"{at:%H:%M %d/%m}", one.reason or "")
    return table


@contextmanager
def told() -> Iterator[None]:
    """Say what cannot be done in one sentence, and end with code 1."""
    try:
        yield
    except (NewsError, ContentError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None


def _finish(decision: Decision, accounts: Mapping[str, Account]) -> None:
    console.print(outcome_table(decision, accounts))
    if not all(decision.is_done(one) for one in decision.outcomes):
        console.print(f"Còn dở dang. Làm tiếp: scripts/zalo news resume {decision.id}", style="yellow")
        raise typer.Exit(1)


def _actor(desk: Desk, login: str) -> str:
    with desk.database.transaction(read_only=True) as session:
        person = staff.find(session, login)
    if person is None or not person.is_open(utc_now()):
        raise NewsError(f"Không có tài khoản đang mở tên “{login}”. Xem: python -m commands.staff list")
    return audit.officer(person.login)


def _get(desk: Desk, number: int) -> DeskItem:
    with desk.database.transaction(read_only=True) as session:
        return news_desk.get(session, number)


def _draft(file: Path | None, seed: str, picture: str) -> Draft:
    if (file is None) == (not seed):
        raise NewsError("Cho một tệp YAML, hoặc --seed TÊN của tin có sẵn (chỉ một trong hai).")
    if file is not None:
        item = news.read_item(file)
    else:
        found = next((one for one in news.load_items(CONTENT) if one.id == seed), None)
        if found is None:
            raise NewsError(f"Không có tin có sẵn tên “{seed}”.")
        item = found
    same = ("kind", "title", "summary", "text", "source_title", "checked_on", "valid_from", "valid_to")
    return Draft(
        **{name: getattr(item, name) for name in same},
        source_url=item.source_url,
        picture=picture or item.picture,
        link=item.link,
        units=item.units,
    )
