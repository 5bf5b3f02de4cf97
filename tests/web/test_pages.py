"""What the portal's pages say, read as HTML without a browser."""

import re
import sys
from pathlib import Path

import pytest
from history_views import (
    ALL,
    OUTCOMES,
    PERMITTED,
    REFUSED,
    TECHNICAL,
    changed,
    every_outcome,
    hostile,
    late,
    many,
    never,
    story,
    view,
)

from renkei.kit.pages import LANGUAGES, Language
from renkei.law import tables
from renkei.roles.portal.pages import addresses
from renkei.roles.portal.pages.citations import spelled
from renkei.roles.portal.pages.sentences import STATES, sentences, state_of
from renkei.roles.portal.pages.shown import (
    Visit,
    error_page,
    history_page,
    line_page,
    save_page,
    sign_in_page,
    wrong_page,
)
from renkei.wire.errors import EDGE_ERRORS, ERRORS
from renkei.wire.history import HistoryView

ROOT = Path(__file__).resolve().parents[2]
PERSONA = "parent"


def words(html: str) -> str:
    """The text of a page, readings left out."""
    body = re.sub(r"<(rt|rp)>.*?</\1>|<head>.*?</head>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", body))


def pages(language: Language, shown: HistoryView) -> dict[str, str]:
    """Every page of the portal over one view."""
    visit = Visit(language, PERSONA)
    made = {
        "history": history_page(shown, visit),
        "save": save_page(shown, visit),
        "wrong": wrong_page(visit),
        "sign-in": sign_in_page([PERSONA], Visit(language)),
        "error": error_page("overloaded", visit),
    }
    return made | {"line": line_page(shown, PERMITTED, visit)}


def test_a_line_is_a_sentence() -> None:
    """A line tells day, office, body, procedure, whom it asked, for what, the law, the outcome."""
    text = words(history_page(story(), Visit("en", PERSONA)))
    assert (
        "20 November 2026 (Reiwa 8) 6:32 Information was given The Child and family office of "
        "Chofu City asked Ichikawa City about your “Municipal inhabitant tax”. This was for the "
        "procedure “Child allowance: new claim”. Your role in it: claimant with general "
        "entitlement. Ichikawa City gave this information and Chofu City received it. Legal "
        "basis: an affair of the Child Allowance Act (Order, article 108, item 1 (b); row 106 of "
        "its table)"
    ) in text


def test_a_refusal_says_why_and_that_nothing_was_given() -> None:
    """A refusal by law cites its article; a technical one says that no article refused."""
    by_law = sentences(REFUSED, "ja")
    assert by_law.result.striptags() == (
        "ネットワークがこの問合せを断りました。理由：この手続のために、この立場の人についてこの情報を"
        "問い合わせることは認められていません。何も渡されていません。"
    )
    assert "命令第108条第1号ロ" in by_law.law
    assert (
        sentences(TECHNICAL, "en").law
        == "Refused for a technical reason, not by an article of law."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_unwitnessed_lines_say_so(language: Language) -> None:
    """Only lines that no cosigned checkpoint contains are marked as not yet witnessed."""
    badge = {
        "ja": "委員会の確認待ち",
        "en": "Not yet witnessed",
        "ja-easy": "委員会の 確認は まだです",
    }
    visit = Visit(language, PERSONA)
    assert words(history_page(story(), visit)).count(badge[language]) == 1
    shown = view([PERMITTED])
    assert badge[language] not in words(history_page(shown, visit))
    unwitnessed = changed(PERMITTED, witnessed=False)
    assert badge[language] in words(line_page(shown, unwitnessed, visit))


def test_every_ending_has_its_own_state() -> None:
    """What both receipts say, and what only one says, is told apart; contradictions are named."""
    found = [
        state_of(changed(PERMITTED, provider_outcome=gave, requester_outcome=asked))
        for gave, asked in OUTCOMES
    ]
    assert found == [
        "provided", "sent", "taken", "no-data", "withheld", "refused-provider", "lapsed",
        "not-received", "waiting", "differs",
    ]  # fmt: skip
    assert {*found, state_of(REFUSED)} == set(STATES)


def test_an_unfetched_refusal_stays_a_refusal() -> None:
    """Where the provider gave nothing, not fetching its answer changes nothing."""
    line = changed(PERMITTED, provider_outcome="no-data", requester_outcome="not-received")
    assert state_of(line) == "no-data"


@pytest.mark.parametrize(
    ("gave", "asked"), [("lapsed", "provided"), ("provided", "no-data"), ("provided", "lapsed")]
)
def test_contradictions_are_shown_with_both_reports(gave: str, asked: str) -> None:
    """Two reports that cannot both be true are shown side by side, loudly."""
    line = changed(PERMITTED, provider_outcome=gave, requester_outcome=asked)
    shown = sentences(line, "en")
    assert (shown.state, shown.tone) == ("differs", "stop")
    assert "Please ask one of them" in shown.result


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_alarm_rings_past_an_hour(language: Language) -> None:
    """A last cosignature over an hour old, or none at all, is an alarm; at an hour it is not."""
    visit = Visit(language, PERSONA)
    assert 'class="box stop"' in history_page(late(), visit)
    assert 'class="box stop"' in history_page(never(), visit)
    assert 'class="box stop"' not in history_page(view([PERMITTED], minutes=60), visit)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ALL)
def test_every_view_makes_every_page(name: str, language: Language) -> None:
    """Every state of a history can be shown in every language, its lines in detail too."""
    shown = ALL[name]
    made = pages(language, shown)
    for line in shown.lines:
        made[f"line {line.number}"] = line_page(shown, line, Visit(language, PERSONA))
    tag = "en" if language == "en" else "ja"
    for html in made.values():
        assert html.startswith(f'<!DOCTYPE html>\n<html lang="{tag}">')
        assert html.count("<h1>") == 1
        assert "<script" not in html
        assert " style=" not in html
        assert " on" not in re.sub(r">[^<]*<", "><", html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_tell_pages_apart(language: Language) -> None:
    """Every page, and every page of a long history, has a title of its own."""
    made = list(pages(language, story()).values())
    made += [history_page(many(page), Visit(language, PERSONA), page=page) for page in (2, 3)]
    titles = [re.findall("<title>(.*?)</title>", html) for html in made]
    assert all(len(one) == 1 for one in titles)
    assert len({one[0] for one in titles}) == len(made)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_number_stands_in_an_address_or_title(language: Language) -> None:
    """Addresses and titles hold no transaction, log position, code or long number."""
    shown = every_outcome()
    made = [*pages(language, shown).values(), line_page(shown, shown.lines[0], Visit(language))]
    for html in made:
        places = re.findall(r'(?:href|src|action)="([^"]*)"', html)
        places += re.findall("<title>(.*?)</title>", html)
        assert [one for one in places if re.search(r"\d{3,}|[0-9a-f]{8}-", one)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_names_stay_names(language: Language) -> None:
    """Mark-up in a name is shown as text, and no bidirectional or control character is sent."""
    shown = hostile()
    made = [history_page(shown, Visit(language, PERSONA))]
    made += [line_page(shown, line, Visit(language, PERSONA)) for line in shown.lines]
    for html in made:
        assert not re.search(
            "[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", html
        )
        assert "<script" not in html
        assert "<b>" not in html
        assert "<i>" not in html


def test_pages_are_counted() -> None:
    """A long history has a first, a middle and a last page, and each leads to its neighbours."""
    visit = Visit("en", PERSONA)
    first, middle, last = (history_page(many(n), visit, page=n) for n in (1, 2, 3))
    assert 'rel="prev"' not in first
    assert 'rel="next"' in first
    assert 'rel="prev"' in middle
    assert 'rel="next"' in middle
    assert "Page 3 of 3" in last
    assert 'rel="next"' not in last
    beyond = words(history_page(many(4), visit, page=4))
    assert "There are no records on this page" in beyond


def test_a_line_leads_back_to_its_page() -> None:
    """From the details of an old line a reader comes back to the page the line stands on."""
    visit = Visit("en", PERSONA)
    for page in (1, 2, 3):
        shown = many(page)
        for line in (shown.lines[0], shown.lines[-1]):
            back = re.findall('<a class="more" href="([^"]*)"', line_page(shown, line, visit))[0]
            assert back.removeprefix("/history?lang=en") == (
                f"&amp;page={page}" if page > 1 else ""
            )


def test_the_warning_stands_before_the_file() -> None:
    """Whoever saves the file reads first that it is Specific Personal Information."""
    html = save_page(story(), Visit("ja", PERSONA))
    assert html.index("特定個人情報") < html.index(f'href="{addresses.FILE}"')
    assert "renkei verify" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sandbox_is_loud(language: Language) -> None:
    """Every page of the sandbox says so before anything else; outside it nothing does."""
    for html in pages(language, story()).values():
        assert html.index('class="sandbox"') < html.index("<main")
    assert 'class="sandbox"' not in history_page(story(), Visit(language, sandbox=False))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_can_be_shown(language: Language) -> None:
    """Every code of the closed lists makes a page; any other one reads as our own fault."""
    visit = Visit(language, PERSONA)
    for code in (*ERRORS, *EDGE_ERRORS, "signed-out", "line-unknown"):
        assert 'class="box stop"' in error_page(
            code, visit, article="法第19条第8号", incident="bcdf"
        )
    assert error_page("made-up", visit) == error_page("internal", visit)


def test_plain_japanese_marks_what_it_cannot_explain() -> None:
    """Names and labels without a reading are marked, and the page says what the mark means."""
    html = history_page(story(), Visit("ja-easy", PERSONA))
    assert '<span class="unread"><bdi>調布市</bdi></span>' in html
    assert "点線" in words(html)
    assert "unread" not in history_page(story(), Visit("ja", PERSONA))


def articles() -> set[str]:
    """Every citation the law's tables and functions can give."""
    from renkei.law import conditions, ordinance, provision, use

    found = {
        value
        for module in (conditions, ordinance, provision, use)
        for name, value in vars(module).items()
        if name.endswith("ARTICLE") and isinstance(value, str)
    }
    for sub in tables.sub_affairs().values():
        found |= {provision.citation(sub, item.letter) for item in sub.items}
    return found


def test_articles_are_spelled_in_english() -> None:
    """Every article a request can rest on reads in English, or is marked as Japanese."""
    examples = {
        "法第19条第8号・命令第2条": "Number Act, article 19, item 8; Order, article 2",
        "命令第12条の2第3項第1号ロ": "Order, article 12-2, paragraph 3, item 1 (b)",
        "命令第44条第1号ノ": "Order, article 44, item 1 (z)",
    }
    assert {one: str(spelled(one, "en")) for one in examples} == examples
    shown = {article: str(spelled(article, "en")) for article in articles()}
    assert len(shown) > 500
    unspelled = [one for one, text in shown.items() if "<span" in text]
    assert set(unspelled) <= {"法第9条第1項・別表", "法第9条第1項（準法定事務）・令第8条"}
    assert not [text for text in shown.values() if "<span" not in text and not text.isascii()]


def test_the_style_sheet_has_every_token_it_uses() -> None:
    """tokens.css holds just the tokens page.css names, with source, version and licence."""
    sys.path.insert(0, str(ROOT / "tools"))
    from web_tokens import TOKEN, wanted

    web = ROOT / "src" / "renkei" / "web"
    sheet = (web / "page.css").read_text(encoding="utf-8")
    tokens = (web / "tokens.css").read_text(encoding="utf-8")
    assert {name for name, _ in TOKEN.findall(tokens)} == wanted(sheet)
    assert re.search(r"@digital-go-jp/design-tokens \d+\.\d+\.\d+\. Licence: MIT", tokens)
    assert "デジタル庁" in (web / "licences" / "design-tokens.txt").read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import|https?:", sheet + tokens)
