"""What the trainer's evaluation says: shares, losses against the release, and nothing of blind sentences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.language import cross_validation, entities, evaluate, measures, released
from benchmarks.language.data_report import Example
from benchmarks.language.folds import grouped_folds, near_groups
from benchmarks.language.measures import Pair, Share
from benchmarks.language.predictions import Prediction
from benchmarks.language.report import report
from benchmarks.language.sentences import DevSentence, blind_sentences, dev_sentences

SECRET = "câu này không ai được đọc"
DEV = [
    DevSentence("khan_cap", "as_written", "nhà đang cháy"),
    DevSentence("hoi_pccc", "as_written", "thẩm duyệt phòng cháy ở đâu"),
    DevSentence("out_of_scope", "as_written", "nộp thuế đất ở đâu"),
]
BLIND = [DevSentence("khan_cap", "as_written", SECRET, "blind9")]


def answer(intent: str, guess: str = "", sure: float = 0.9) -> Prediction:
    return Prediction(intent, guess or intent, sure, 2.0)


def test_shares_count_what_a_citizen_gets() -> None:
    pairs = [
        (DEV[0], answer("khan_cap")),
        (DEV[1], answer("khan_cap")),
        (DEV[2], answer("nlu_fallback", "hoi_pccc", 0.2)),
    ]
    assert measures.right_guesses(pairs) == Share(1, 3)
    assert measures.emergencies(pairs) == (Share(1, 1), Share(1, 2))
    # Asked back is not answered.
    assert measures.answered_out_of_scope(pairs) == Share(0, 1)
    assert measures.answered_out_of_scope([(DEV[2], answer("hoi_pccc"))]) == Share(1, 1)


def test_calibration_error_is_how_far_confidence_is_from_the_share_right() -> None:
    pairs = [(DEV[0], answer("khan_cap", sure=0.8)), (DEV[1], answer("khan_cap", sure=0.8))]
    assert measures.calibration_error(pairs) == pytest.approx(0.3)


def test_the_report_shows_sets_and_errors_but_no_blind_sentence() -> None:
    pairs: dict[str, list[Pair]] = {
        "dev": [(DEV[0], answer("khan_cap")), (DEV[1], answer("hoi_con_dau", sure=0.77))],
        "blind9": [(BLIND[0], answer("hoi_pccc"))],
    }
    before = {released.key(DEV[1]): "hoi_pccc", released.key(BLIND[0]): "khan_cap"}
    text = report(pairs, "m.tar.gz", before)
    assert "0.77 “thẩm duyệt phòng cháy ở đâu” (as written): hoi_pccc, taken for hoi_con_dau" in text
    assert "- now wrong: “thẩm duyệt phòng cháy ở đâu” (hoi_pccc): hoi_pccc → hoi_con_dau" in text
    assert "- now wrong: 1 blind sentences" in text
    assert "**Emergencies missed that were recognised: 1.**" in text
    assert "| as written | 50.0 % (1/2) | 100.0 % (1/1) | 0.0 % (0/1) | – | 0.0 % (0/2) |" in text
    assert SECRET not in text


def test_what_a_release_answered_is_kept_without_the_blind_sentences(tmp_path: Path) -> None:
    file = tmp_path / "released.json"
    released.save_released([(DEV[0], answer("khan_cap")), (BLIND[0], answer("khan_cap"))], "m", file)
    assert SECRET not in file.read_text(encoding="utf-8")
    assert released.load_released(file) == {
        released.key(DEV[0]): "khan_cap",
        released.key(BLIND[0]): "khan_cap",
    }


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Stand-ins for the sets and the model: text → intent answered."""
    answers = {sentence.text: sentence.intent for sentence in [*DEV, *BLIND]}

    def fake_predict(model: Path, texts: Sequence[str]) -> list[Prediction]:
        return [answer(answers[text]) for text in texts]

    (tmp_path / "m.tar.gz").write_bytes(b"")
    monkeypatch.setattr(evaluate, "predict", fake_predict)
    monkeypatch.setattr(evaluate, "dev_sentences", lambda: DEV)
    monkeypatch.setattr(evaluate, "blind_sentences", lambda: {"blind9": BLIND})
    kept = {released.key(sentence): sentence.intent for sentence in [*DEV, *BLIND]}
    monkeypatch.setattr(released, "load_released", lambda: kept)
    return answers


def run(tmp_path: Path) -> int:
    return evaluate.main(
        ["--model", str(tmp_path / "m.tar.gz"), "--out", str(tmp_path / "out"), "--no-cross-validation"]
    )


def test_a_model_that_lost_nothing_may_be_released(world: dict[str, str], tmp_path: Path) -> None:
    assert run(tmp_path) == 0
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "language.md", "confusion.png", "confidence.png",
    }  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), [("nhà đang cháy", "nhà đang cháy"), (SECRET, "one of blind9")])
def test_an_emergency_that_is_missed_now_blocks_the_release(
    world: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, shown: str
) -> None:
    world[text] = "hoi_pccc"
    assert run(tmp_path) == 1
    said = capsys.readouterr()
    assert f"EMERGENCY MISSED: {shown} → hoi_pccc" in said.err
    assert SECRET not in said.err + said.out


def test_another_sentence_that_is_missed_does_not(world: dict[str, str], tmp_path: Path) -> None:
    world["thẩm duyệt phòng cháy ở đâu"] = "khan_cap"
    assert run(tmp_path) == 0
    assert "now wrong" in (tmp_path / "out" / "language.md").read_text(encoding="utf-8")


def test_without_a_model_there_is_nothing_to_measure(world: dict[str, str], tmp_path: Path) -> None:
    assert evaluate.main(["--model", str(tmp_path / "none.tar.gz")]) == 2


def test_nearly_equal_sentences_are_never_on_both_sides() -> None:
    texts = [
        "đăng ký tạm trú cần giấy tờ gì", "Đăng ký tạm trú cần giấy tờ gì?", "dang ky tam tru can giay to gi",
        "mất căn cước", "nhà đang cháy", "cho hỏi số công an phường", "bị lừa chuyển khoản", "xin gặp cán bộ",
    ]  # fmt: skip
    groups = near_groups(texts)
    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups)) == 6
    labels = ["a", "a", "a", "b", "b", "a", "b", "a"]
    for known, unseen in grouped_folds(labels, groups, 2, seed=1):
        assert sorted([*known, *unseen]) == list(range(8))
        assert not set(groups[known]) & set(groups[unseen])


def test_cross_validation_asks_only_what_was_not_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sentences that have no word in common with any other cannot be known to a model without them."""
    told = {
        "hoi_con_dau": [
            "khắc con dấu công ty",
            "con dấu hỏng làm lại",
            "mẫu con dấu mới",
            "đổi con dấu",
            "zzz",
        ],
        "hoi_ho_chieu": ["làm hộ chiếu", "hộ chiếu hết hạn", "cấp hộ chiếu cho con", "mất hộ chiếu", "qqq"],
    }
    examples = [Example(intent, text, "f.yml") for intent, texts in told.items() for text in texts]
    least = {"marked": 1, "plain": 1, "letters": 1, "concepts": 1}
    chosen = cross_validation.settings()
    unseen = cross_validation.unseen_chances(examples, {**chosen.classifier, "least": least}, folds=2)
    assert unseen.as_written.shape == (10, 2)
    assert np.allclose(unseen.as_written.sum(axis=1), 1.0, atol=1e-4)
    strange = unseen.as_written[[4, 9]].max(axis=1)
    usual = unseen.as_written[[i for i in range(10) if i not in (4, 9)]].max(axis=1)
    assert strange.max() < usual.mean()
    pairs = cross_validation.pairs(unseen, chosen)
    assert [sentence.variant for sentence, _ in pairs] == ["as_written"] * 10 + ["no_marks"] * 10
    assert pairs[10][0].text == "khac con dau cong ty"


def test_the_fallback_is_counted_as_rasa_would_fall_back() -> None:
    chosen = cross_validation.Settings({"cautious": {}, "urgent": {}}, threshold=0.4, ambiguity=0.1)
    unseen = cross_validation.Unseen(
        [Example("a", text, "f") for text in ("sure", "unsure", "torn")],
        ["a", "b", "c"],
        np.array([[0.8, 0.1, 0.1], [0.35, 0.33, 0.32], [0.48, 0.45, 0.07]]),
        np.array([[0.8, 0.1, 0.1]] * 3),
    )
    found = [given.intent for _, given in cross_validation.pairs(unseen, chosen)]
    assert found == ["a", "nlu_fallback", "nlu_fallback", "a", "a", "a"]


def test_entities_count_by_words_and_value(tmp_path: Path) -> None:
    file = tmp_path / "entities.yml"
    file.write_text(
        """
now: "2026-11-21T14:30:00+07:00"
examples:
  - text: "lúc 9h sáng nay xe 59X1-123.45"
    thoi_gian: {"9h sáng nay": ["2026-11-21T09:00"]}
    bien_so: {"59X1-123.45": "59X1-123.45"}
  - {text: "9h sáng nay", now: "2026-12-01T10:00:00+07:00", thoi_gian: {"9h sáng nay": ["2026-12-01T09:00"]}}
  - {text: "gọi 0912345678", so_dien_thoai: {"0912345678": "0912345679"}}
  - {text: "nãy nó qua", thoi_gian: {"nãy": ["2026-11-21T11:30", "2026-11-21T14:30"]}, fuzzy: ["nãy"]}
""",
        encoding="utf-8",
    )
    result = entities.score(file)
    assert dict(result.right) == {"thoi_gian": 3, "bien_so": 1}
    assert (dict(result.missed), dict(result.extra)) == ({"so_dien_thoai": 1}, {"so_dien_thoai": 1})
    assert (result.f1("thoi_gian"), result.f1("so_dien_thoai")) == (1.0, 0.0)


def test_held_out_sets_are_well_formed_and_have_every_promised_intent() -> None:
    promised = {sentence.intent for sentence in dev_sentences()}
    assert {"khan_cap", "out_of_scope", "hoi_dang_ky_tam_tru"} <= promised
    blind = blind_sentences()
    assert set(blind) >= {"blind", "blind2"}
    assert all(sentence.is_blind for sentences in blind.values() for sentence in sentences)
