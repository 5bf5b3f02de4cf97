"""Forms: declared once, every error at once and in words, what was typed kept."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.kit.eras import read_day
from renkei.kit.pages.asking import FormValues, Upload
from renkei.kit.pages.frame import Site, Visit, frame
from renkei.kit.pages.rendering import render
from renkei.kit.pages.showcase import ROLE, Sample
from renkei.kit.pages.texts import LANGUAGES, Language, texts

GOOD = {
    "person": ["見本 花子"],
    "post_code": ["１８２-8511"],
    "birth": ["平成2年4月1日"],
    "way": ["post"],
    "languages": ["ja", "en"],
    "agreed": ["yes"],
}


def filled(**changes: object) -> Sample:
    """The sample form with these values instead of good ones; None leaves a field out."""
    values = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return Sample(FormValues(values))


def problems(form: Sample, language: Language = "en") -> dict[str, str]:
    """The errors by field."""
    form.validate()
    return {name: str(words) for name, words in form.problems(texts(language, ROLE))}


def test_good_values_are_read() -> None:
    """Full-width digits, hyphens and eras are read into plain values."""
    form = filled(languages=["en"])
    assert problems(form) == {}
    assert form.data["post_code"] == "1828511"
    assert form.data["birth"] == date(1990, 4, 1)
    assert form.data["languages"] == ["en"]
    assert form.data["agreed"] is True


def test_all_errors_come_at_once() -> None:
    """An empty form says everything that is missing, in the order of the page."""
    form = Sample(FormValues({"form-token": ["x"]}))
    assert list(problems(form)) == ["person", "birth", "way", "agreed"]
    assert problems(filled(person=["x" * 41]))["person"] == (
        "“Full name” can have 40 characters; it has 41."
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("birth", "2026-02-30", "Enter a day that exists"),
        ("birth", "1899-12-31", "within the period"),
        ("post_code", "12", "Enter seven digits"),
        ("way", "carrier pigeon", "Choose one of those shown"),
        ("person", "a\x07b", "cannot be used"),
    ],
)
def test_an_error_says_what_to_do(name: str, value: str, said: str) -> None:
    """What cannot be is refused in words that name the field and what to enter."""
    assert said in problems(filled(**{name: [value]}))[name]


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_stand_on_top_and_lead_to_their_fields(language: Language) -> None:
    """The page lists every error above the form, each a link to its field, which says it again."""
    form = Sample(FormValues({"person": ["<b>"], "birth": ["soon"], "way": ["post"]}))
    assert not form.validate()
    site = Site(ROLE, "/", "/")
    visit = Visit(language, form_token="t")
    around = frame(site, visit, "title", ("/", {}))
    from renkei.kit.pages.rendering import environment

    parts = environment(ROLE, language).from_string(
        '{% import "parts/form.html" as forms %}{{ forms.errors(form) }}'
        '{{ forms.open(frame, "/") }}{% for n in form.names() %}{{ forms.field(form, n) }}'
        "{% endfor %}{{ forms.close('x') }}"
    )
    html = parts.render(form=form, frame=around)
    links = re.findall(r'<li><a href="#([^"]+)"', html)
    assert links == ["birth", "agreed"]
    for name in links:
        assert re.search(rf'id="{name}"[^>]*aria-describedby="[^"]*{name}-wrong-1"', html)
        assert re.search(rf'id="{name}"[^>]*aria-invalid="true"', html)
        assert f'<p class="wrong" id="{name}-wrong-1">' in html
    assert 'value="soon"' in html
    assert 'value="&lt;b&gt;"' in html
    assert re.search('value="post" checked', html)
    assert 'name="form-token" value="t"' in html


def test_a_file_is_taken_by_kind_and_size() -> None:
    """A file of another kind or too large is refused in words; a fitting one is taken."""
    png = Upload("a.png", "image/png", b"\x89PNG")
    assert problems(filled(paper=[png])) == {}
    assert "kind of file" in problems(filled(paper=[Upload("a", "text/html", b"")]))["paper"]
    assert (
        "40,960 bytes" in problems(filled(paper=[Upload("a", "image/png", bytes(50_000))]))["paper"]
    )


@given(st.dictionaries(st.sampled_from(list(GOOD)), st.lists(st.text(max_size=60), max_size=3)))
def test_no_input_breaks_a_form(values: dict[str, list[str]]) -> None:
    """Whatever is sent, a form answers with its errors and can be shown."""
    form = Sample(FormValues(values))
    form.validate()
    assert all(words for _, words in form.problems(texts("ja", ROLE)))
    assert all(isinstance(one.typed, str) for one in form.fields())


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-29", date(2026, 11, 29)),
        ("２０２６年１１月２９日", date(2026, 11, 29)),
        ("20261129", date(2026, 11, 29)),
        ("令和8年11月29日", date(2026, 11, 29)),
        ("R8.11.29", date(2026, 11, 29)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("S64.1.7", date(1989, 1, 7)),
        ("明治6年1月1日", date(1873, 1, 1)),
    ],
)
def test_days_are_read_as_people_write_them(text: str, day: date) -> None:
    """Western and era days are read, in full-width characters too."""
    assert read_day(text) == day


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-02-29", "昭和64年1月8日", "平成31年5月1日", "R0.1.1", "99999999"]
)
def test_days_that_never_were_are_refused(text: str) -> None:
    """What is no day, or a day its era does not have, is refused."""
    with pytest.raises(ValueError):
        read_day(text)


def test_a_page_of_forms_can_be_rendered() -> None:
    """A role's templates find the shared parts."""
    around = frame(Site(ROLE, "/", "/"), Visit("ja"), "title", ("/", {}))
    assert "<h1>" in render(ROLE, "signed_out.html", "ja", frame=around, again="/")
