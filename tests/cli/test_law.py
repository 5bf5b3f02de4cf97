"""`renkei law` as a clerk or a program uses it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from renkei.cli.json_lines import LONGEST_LINE_BYTES
from renkei.cli.law import app

RUN = CliRunner()
ASK = {
    "requester": "市町村長",
    "affair": "106",
    "provider": "市町村長",
    "item": "地方税関係情報",
    "date": "2026-04-01",
}


def decide(*lines: object) -> list[dict[str, object]]:
    """The answers of `renkei law decide` to `lines`."""
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    done = RUN.invoke(app, ["decide"], input=text)
    assert done.exit_code == 0
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_decide_answers_each_line() -> None:
    """One JSON decision per line of input, in order, with article, row and reason."""
    refused = ASK | {"item": "戸籍関係情報"}
    early = ASK | {"date": "2024-05-26"}
    assert decide(ASK, refused, early) == [
        {
            "allowed": True,
            "article": "法第19条第8号・命令第2条",
            "row": "106",
            "reason": "permitted",
        },
        {
            "allowed": False,
            "article": "法第19条第8号・命令第2条",
            "row": "106",
            "reason": "item-not-in-row",
        },
        {
            "allowed": False,
            "article": "法別表第二",
            "row": "106",
            "reason": "requester-not-in-row",
        },
    ]


@pytest.mark.parametrize(
    "broken",
    [
        ASK | {"requester": "町内会長"},
        ASK | {"affair": "999"},
        ASK | {"item": "血液型"},
        ASK | {"date": "2026-02-30"},
        ASK | {"extra": 1},
        {"requester": "市町村長"},
        "not json",
        "[" * 50_000,
        "x" * (LONGEST_LINE_BYTES + 1),
    ],
)
def test_a_broken_line_is_an_error_and_not_a_refusal(broken: object) -> None:
    """What cannot be asked gives {"error": …} on its line; the next line is answered."""
    first, second = decide(broken, ASK)
    assert list(first) == ["line", "error", "error_ja"]
    assert first["line"] == 1
    assert second["allowed"] is True


def test_every_printed_name_is_accepted() -> None:
    """Whatever `names` prints can be asked with; nothing it prints is an unknown name."""
    done = RUN.invoke(app, ["names", "--json"])
    names = json.loads(done.stdout)
    lines = [ASK | {"provider": body["name"]} for body in names["bodies"]]
    lines += [ASK | {"item": one["name"]} for one in names["information"]]
    assert len(lines) > 150
    assert all("error" not in answer for answer in decide(*lines))
    plain = RUN.invoke(app, ["names"]).stdout.splitlines()
    assert len(plain) == len(lines)


@pytest.mark.parametrize(
    "place",
    [
        "106",
        "row 106",
        "１０６",
        "106の項",
        "108条",
        "第百八条",
        "百六の項",
        "一〇六",
        "第一〇八条",
        "命令第108条",
        "百六",
    ],
)
def test_show_takes_rows_and_articles(place: str) -> None:
    """A row or its article, in figures or as the law writes it, shows the row and its items."""
    done = RUN.invoke(app, ["show", place])
    assert done.exit_code == 0
    assert done.stdout.startswith("row\t106\t児童手当法")
    assert "命令第108条第1号ロ\tmunicipal-tax" in done.stdout


def test_show_takes_branches_of_rows_and_articles() -> None:
    """A branch is named in figures or kanji: 175条の2 and 第百七十五条の二 are one article."""
    figures, kanji = (
        RUN.invoke(app, ["show", "175条の2"]),
        RUN.invoke(app, ["show", "第百七十五条の二"]),
    )
    assert figures.exit_code == kanji.exit_code == 0
    assert figures.stdout == kanji.stdout
    dash, no = RUN.invoke(app, ["show", "173-2"]), RUN.invoke(app, ["show", "173の2の項"])
    assert dash.exit_code == no.exit_code == 0
    assert dash.stdout == no.stdout


@pytest.mark.parametrize(
    "place",
    ["999", "百二〇", "百二〇の項", "十百", "〇六", "第百〇六条", "106条106条", "106 107",
     "106x", "", "0106", "106の", "百六の項の項", "条", "+106"],
)  # fmt: skip
def test_show_says_what_to_type_for_an_unknown_place(place: str) -> None:
    """An unknown row or half a number exits 2 with a hint on stderr and nothing on stdout."""
    done = RUN.invoke(app, ["show", place])
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "175条の2" in done.stderr


def test_show_prints_one_affair_with_its_limits_and_days() -> None:
    """A 号 by its id: who, asked from whom, on what condition, since when; with ids to ask by."""
    told = RUN.invoke(app, ["show", "108-3"]).stdout
    assert "命令第108条第3号ハ\treceiving-account" in told
    assert "施設入所等児童 facility-child（" in told
    assert " placed-by-public-body）" in told
    assert "2024-10-01～" in told
    assert "108-1" not in told
    assert RUN.invoke(app, ["show", "108-99"]).exit_code == 2


def test_show_puts_the_text_beside_the_data(tmp_path: Path) -> None:
    """The words of a 号, line by line, from an extract that lies at hand."""
    lines = [
        "前文",
        "甲法第一条の申請（乙を除く。）に関する事務",
        "丙に係る戸籍関係情報",
        "丁に関する事務",
        "戊",
    ]
    extract = tmp_path / "extract.json"
    extract.write_text(json.dumps({"rows": [{"row": "106", "detail_text": lines}]}), "utf-8")
    told = RUN.invoke(app, ["show", "108-1", "--text", str(extract)]).stdout.splitlines()
    assert [line.split("\t")[2] for line in told if line.startswith("\ttext\t")] == lines[1:3]
    extract.write_text("{}", "utf-8")
    for wrong in (extract, tmp_path / "nowhere"):
        done = RUN.invoke(app, ["show", "108-1", "--text", str(wrong)])
        assert done.exit_code == 2
        assert str(wrong) in done.stderr


def test_search_finds_by_all_words() -> None:
    """Words in either language narrow the hits together."""
    found = json.loads(RUN.invoke(app, ["search", "児童手当", "new claim", "--json"]).stdout)
    assert [hit["id"] for hit in found["hits"]] == ["child-allowance"]
    assert RUN.invoke(app, ["search", "無い言葉"]).exit_code == 1


def test_explain_says_the_same_in_two_languages() -> None:
    """Prose in ja and en states verdict, reason and basis; conditions are named."""
    asked = ["explain", "都道府県知事", "53", "法務大臣", "戸籍関係情報", "--date", "2026-04-01"]
    ja, en = RUN.invoke(app, asked).stdout.splitlines()
    assert "求めることができます" in ja
    assert "条件: 公営住宅の事業主体である。" in ja
    assert "may ask" in en
    assert "runs public housing" in en
    refused = RUN.invoke(app, ["explain", "--lang", "en"], input=json.dumps(ASK | {"affair": "81"}))
    assert "may not ask" in refused.stdout
    for day in ("yesterday", "20260401", "2026-W14-3", "2026-4-1", "2026-02-30"):
        assert RUN.invoke(app, [*asked[:-1], day]).exit_code == 2, day


def test_procedures_are_listed_with_what_they_rest_on() -> None:
    """Each procedure shows its rows and sub-affairs."""
    lines = RUN.invoke(app, ["procedures"]).stdout.splitlines()
    assert len(lines) == 78
    assert lines[0].endswith("106→108-1, 107→109-1")
