"""An officer writes about a report: it arrives in the citizen's chat, and the officer sees whether it did."""

from __future__ import annotations

import sqlalchemy as sa

from services import report_work
from services.db.report_tables import Report
from services.reports import Receipt, submit
from services.secrets import Cipher
from tests.connectors.conftest import OA_ID
from tests.faults.conftest import LAN, Town
from tests.services.report_samples import theft
from tests.services.test_report_desk import HUNG


def reported(town: Town, cipher: Cipher) -> Receipt:
    with town.database.transaction() as session:
        return submit(session, cipher, theft(account_id=OA_ID, citizen_id=LAN), town.clock())


def officer_writes(town: Town, cipher: Cipher, receipt: Receipt, text: str) -> None:
    with town.database.transaction() as session:
        report_work.tell(session, cipher, HUNG, receipt.report_id, text, town.clock())


def news_state(town: Town) -> str:
    with town.database.transaction() as session:
        return str(session.execute(sa.select(Report.news_state)).scalar_one())


async def test_it_arrives_and_is_seen_to_arrive(town: Town, cipher: Cipher) -> None:
    town.writes(LAN, "nhà tôi bị trộm")
    await town.until_quiet(lambda: town.chat(LAN))
    receipt = reported(town, cipher)
    officer_writes(town, cipher, receipt, "Mời chị đến nhận xe.")
    await town.until(lambda: f"Tin {receipt.code}: Mời chị đến nhận xe." in town.chat(LAN))
    await town.until(lambda: news_state(town) == "sent")
