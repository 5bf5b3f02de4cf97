"""What the portal's pages say, read as HTML without a browser."""

import re
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from history_views import (
    ALL,
    NOW,
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
    stated,
    story,
    view,
)
from markupsafe import Markup

from renkei.kit.pages.citations import spelled
from renkei.kit.pages.frame import SignedIn, Visit
from renkei.kit.pages.texts import LANGUAGES, Language
from renkei.kit.pages.trouble import OWN_CODES, Trouble, trouble_page
from renkei.law import procedure, tables
from renkei.law.procedures import resolved
from renkei.roles.portal.pages import addresses
from renkei.roles.portal.pages import whole_pages as portal_pages
from renkei.roles.portal.pages.sentences import STATES, sentences, state_of
from renkei.roles.portal.pages.whole_pages import (
    history_page,
    line_page,
    save_page,
    sign_in_page,
    wrong_page,
)
from renkei.wire.errors import EDGE_ERRORS, ERRORS
from renkei.wire.history import HistoryView, Named
from renkei.wire.portal.messages import AcceptedLoss

ROOT = Path(__file__).resolve().parents[2]
PERSONA = SignedIn(Markup("the parent"), NOW + timedelta(minutes=30))


def words(html: str) -> str:
    """The text of a page, readings left out."""
    body = re.sub(r"<(rt|rp)>.*?</\1>|<head>.*?</head>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", body))


def error_page(code: str, visit: Visit, **said: str) -> str:
    """An error as the portal's people see it."""
    return trouble_page(addresses.SITE, visit, Trouble(code, 400, **said))


def pages(language: Language, shown: HistoryView) -> dict[str, str]:
    """Every page of the portal over one view."""
    visit = Visit(language, PERSONA)
    made = {
        "history": history_page(shown, visit),
        "save": save_page(shown, visit),
        "wrong": wrong_page(visit),
        "sign-in": sign_in_page(["parent"], Visit(language)),
        "error": error_page("overloaded", visit),
    }
    return made | {"line": line_page(shown, PERMITTED, visit)}


def test_a_line_is_a_sentence() -> None:
    """A line tells day, office, body, procedure, whom it asked, for what, the law, the outcome."""
    text = words(history_page(story(), Visit("en", PERSONA)))
    assert (
        "20 November 2026 (Reiwa 8) 6:32 Information was given The Child and family office of "
        "Chofu City asked Ichikawa City about your “Municipal inhabitant tax”. This was for the "
        "procedure “Child allowance: new claim”. Your role in it, as Chofu City states: claimant "
        "with general entitlement. Ichikawa City gave information of this kind: “Municipal "
        "inhabitant tax”. Chofu City received it. Legal basis: an affair of the Child "
        "Allowance Act (Order, article 108, item 1 (b); row 106 of its table)"
    ) in text


@pytest.mark.parametrize("language", ["ja", "en", "ja-easy"])
def test_a_role_is_the_asking_bodys_word(language: Language) -> None:
    """Every line says who states the reader's role, and whether a file there tells it."""
    read, told = sentences(PERMITTED, language), changed(PERMITTED, subject="facility-claimant")
    stated = sentences(told, language)
    requester = read.requester.striptags()
    assert requester in read.role.striptags()
    assert read.asked.striptags().count(requester) == 2
    assert requester in stated.role.striptags()
    assert read.role != stated.role


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_clerk_stated_is_told(language: Language) -> None:
    """Where a request rests on a clerk's statement, list and details say what it was, and whose."""
    given = stated().lines[1]
    label = "runs public housing" if language == "en" else "公営住宅の事業主体である"
    visit = Visit(language, PERSONA)
    for page in (history_page(view([given]), visit), line_page(view([given]), given, visit)):
        assert label in words(page)
    told = sentences(given, language)
    assert told.stated is not None
    assert told.requester.striptags() in told.stated.striptags()
    assert label in told.stated.striptags()
    assert sentences(PERMITTED, language).stated is None
    assert label not in words(history_page(view([PERMITTED]), visit))


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


CLAIM, CHANGE = procedure("child-allowance"), procedure("child-allowance-change")


def test_nobody_is_told_of_a_procedure_that_may_be_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of two procedures of one affair the named one is told; unnamed, the affair of the law is."""
    assert CLAIM.en in sentences(PERMITTED, "en").asked
    shared = {("106", "108-1"): (CLAIM, CHANGE)}
    monkeypatch.setattr(sys.modules[resolved.__module__], "by_affair", lambda: shared)
    assert CHANGE.en in sentences(changed(PERMITTED, procedure=CHANGE.id), "en").asked
    unnamed = sentences(PERMITTED, "en").asked
    assert CLAIM.en not in unnamed
    assert CHANGE.en not in unnamed
    assert tables.provision_rows()["106"].affair_en in unnamed


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_accepted_loss_is_told_with_its_day_and_reason(language: Language) -> None:
    """Who reads that lines belong to nobody reads that the Commission accepted it, when and why."""
    reason = "The disk failed <b>; no copy is left."
    loss = AcceptedLoss(
        number=1, below=90, day="2026-07-02", reason=reason, officers=["One", "Two"]
    )
    shown = msgspec.structs.replace(view([PERMITTED]), unassigned=3, loss=loss)
    html = history_page(shown, Visit(language, PERSONA))
    assert '<time datetime="2026-07-02">' in html
    assert "The disk failed &lt;b&gt;; no copy is left." in html
    before = history_page(msgspec.structs.replace(shown, loss=None), Visit(language, PERSONA))
    assert "2026-07-02" not in before


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
    made += [history_page(many(one), Visit(language, PERSONA), start=one) for one in (25, 5)]
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
    first, middle, last = (history_page(many(n), visit, start=n) for n in (None, 25, 5))
    assert 'rel="prev"' not in first
    assert 'rel="next"' in first
    assert 'rel="prev"' in middle
    assert 'rel="next"' in middle
    assert "Page 3 of 3" in last
    assert 'rel="next"' not in last
    assert "from=" not in middle.split('rel="prev"')[1].split(">")[0]
    assert "from=25" in last


def test_a_line_leads_back_to_its_page() -> None:
    """From the details of an old line a reader comes back to the page the line stands on."""
    visit = Visit("en", PERSONA)
    for start in (45, 25, 5):
        shown = many(start)
        for line in (shown.lines[0], shown.lines[-1]):
            back = re.findall('<a class="more" href="([^"]*)"', line_page(shown, line, visit))[0]
            assert back.removeprefix("/history?lang=en") == (
                f"&amp;from={start}" if start < shown.total else ""
            )


def test_the_warning_stands_before_the_file() -> None:
    """Whoever saves the file reads first that it is Specific Personal Information."""
    html = save_page(story(), Visit("ja", PERSONA))
    assert html.index("特定個人情報") < html.index(f'href="{addresses.FILE}"')
    assert "renkei verify" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sandbox_is_loud(language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page of the sandbox says so before anything else; outside it nothing does."""
    for html in pages(language, story()).values():
        assert html.index('class="sandbox"') < html.index("<main")
    monkeypatch.setattr(portal_pages, "SITE", replace(addresses.SITE, sandbox=False))
    real = history_page(story(), Visit(language, PERSONA))
    assert 'class="sandbox"' not in real
    assert addresses.SIGN_IN not in real


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_can_be_shown(language: Language) -> None:
    """Every code of the closed lists makes a page; any other one reads as our own fault."""
    visit = Visit(language, PERSONA)
    made = {
        code: error_page(code, visit, article="法第19条第8号", incident="bcdf")
        for code in (*ERRORS, *EDGE_ERRORS, *OWN_CODES, "line-unknown")
    }
    assert all("bcdf" in html and html.count("<h1>") == 1 for html in made.values())
    ours = error_page("internal", visit, article="法第19条第8号", incident="bcdf")
    assert [code for code, html in made.items() if html == ours] == ["internal"]
    assert error_page("made-up", visit) == error_page("internal", visit)


def test_plain_japanese_marks_what_it_cannot_explain() -> None:
    """Names have readings; one that has none is marked, and the page says what the mark means."""
    shown = story()
    strange = Named(id="somewhere", name_ja="何処市", name_en="Somewhere")
    lines = [changed(line, provider=strange) for line in shown.lines]
    html = history_page(msgspec.structs.replace(shown, lines=lines), Visit("ja-easy", PERSONA))
    assert '<span class="unread"><bdi>何処市</bdi></span>' in html
    assert "<bdi><ruby>調布市<rp>（</rp><rt>ちょうふし</rt><rp>）</rp></ruby></bdi>" in html
    assert "点線" in words(html)
    assert "unread" not in history_page(story(), Visit("ja", PERSONA))


def articles() -> set[str]:
    """Every citation the law's tables and functions can give."""
    from renkei.law import ordinance, permitted_items_and_persons, taking_part, use, who_may_ask

    found = {
        value
        for module in (taking_part, ordinance, who_may_ask, use)
        for name, value in vars(module).items()
        if name.endswith("ARTICLE") and isinstance(value, str)
    }
    for sub in tables.sub_affairs().values():
        found |= {permitted_items_and_persons.citation(sub, item.letter) for item in sub.items}
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

    web = ROOT / "src" / "renkei" / "web" / "shared"
    sheet = "".join((web / name).read_text(encoding="utf-8") for name in ("page.css", "parts.css"))
    tokens = (web / "tokens.css").read_text(encoding="utf-8")
    assert {name for name, _ in TOKEN.findall(tokens)} == wanted(sheet)
    assert re.search(r"@digital-go-jp/design-tokens \d+\.\d+\.\d+\. Licence: MIT", tokens)
    assert "デジタル庁" in (web.parent / "licences" / "design-tokens.txt").read_text(
        encoding="utf-8"
    )
    assert not re.search(r"url\(|@import|https?:", sheet + tokens)
