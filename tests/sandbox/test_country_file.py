"""A country from its file: the packaged one, one's own, and every fault named with its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from renkei.kit.config import ConfigError
from renkei.kit.progress import Progress
from renkei.sandbox import country_file
from renkei.sandbox.blueprint import Holder
from renkei.sandbox.building import open_or_build
from renkei.sandbox.country import open_existing
from renkei.sandbox.people.casting import HOUSEHOLDS
from renkei.sandbox.wanted import DEFAULT_AS_OF

DATA = Path(country_file.__file__).parent / "data" / "country.toml"
OWN_TOWNS = """
[[municipalities]]
body = "23100"
party = "nagoya-city"
name_ja = "名古屋市"
name_en = "Nagoya City"
kana = "ナゴヤシ"
prefecture = "愛知県"
use_affair = "81"
towns = [{ name = "栄", postal_code = "4600008" }, { name = "錦", postal_code = "4600003" }]
"""
Change = Callable[[str], str]


def written(folder: Path, change: Change) -> Path:
    """The packaged country's file, changed."""
    text = DATA.read_text(encoding="utf-8")
    changed = change(text)
    assert changed != text, "the change changes nothing"
    path = folder / "country.toml"
    path.write_text(changed, encoding="utf-8")
    return path


def test_the_packaged_country() -> None:
    """It has three cities in the order of the stories, the centre first, every household once."""
    found = country_file.default()
    assert [one.party for one in found.plans[:7]] == [
        *country_file.CENTRE,
        "chofu-city",
        "ichikawa-city",
        "fujisawa-city",
    ]
    lives = [name for home in found.municipalities for name in home.households]
    assert sorted(lives) == sorted(HOUSEHOLDS)
    assert {one.kind for one in found.plans if one.holds is not None and not one.is_city} == {
        "pension-service",
        "health-insurance-association",
        "minister-of-justice",
        "prime-minister",
    }


def test_the_whole_country_has_a_body_for_every_file() -> None:
    """It is the other one and more: somebody keeps each file, and small bodies share a process."""
    found, core = country_file.whole(), country_file.default()
    assert {one.party for one in core.plans} < {one.party for one in found.plans}
    assert found.digest != core.digest
    for holder in Holder:
        assert found.holder(holder).role == "institution"
    more = [one for one in found.plans if one not in core.plans]
    assert {one.process for one in more} == {"bodies"}
    assert [one.party for one in found.plans if one.is_city] == [
        "chofu-city",
        "ichikawa-city",
        "fujisawa-city",
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("13101", "special-ward-mayor"),
        ("13208", "city-mayor"),
        ("14100", "city-mayor"),
        ("34100", "hiroshima-mayor"),
        ("42201", "nagasaki-mayor"),
        ("13303", "municipality-mayor"),
    ],
)
def test_which_mayor_a_place_has(body: str, kind: str) -> None:
    """Wards, cities and towns are told by the code (JIS X 0402)."""
    assert country_file.mayor(body) == kind


def test_a_country_of_ones_own(tmp_path: Path) -> None:
    """Another city with its own towns is built with the rest, and is another country."""
    path = written(tmp_path, lambda text: text.replace("# -- what every", OWN_TOWNS + "\n# --"))
    blueprint = country_file.read(path)
    assert blueprint.digest != country_file.default().digest
    folder = tmp_path / "country"
    built = open_or_build(
        folder,
        seed=1,
        as_of=DEFAULT_AS_OF,
        progress=Progress(quiet=True),
        residents=10,
        blueprint=blueprint,
    )
    built.release()
    again = open_existing(folder)
    assert [one.party for one in again.cities()][-1] == "nagoya-city"
    config = again.config("nagoya-city")
    assert (config.role, config.party) == ("institution", "nagoya-city")
    assert config.database.path.is_file()
    affairs = config.settings["office_affairs"]
    assert affairs == {"child-support": "all", "tax": ["48"], "residents": []}
    asked = {"seed": 1, "as_of": DEFAULT_AS_OF, "progress": Progress(quiet=True), "residents": 10}
    stands = open_or_build(folder, **asked)
    stands.release()
    assert stands.manifest.built_at == built.manifest.built_at, "no file named: it stays"
    packaged = open_or_build(folder, **asked, blueprint=country_file.default())
    packaged.release()
    assert len(packaged.cities()) == 3, "another file is another country, built anew"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.replace('party = "ichikawa-city"', 'party = "chofu-city"'), "stands twice"),
        (lambda t: t.replace('body = "12203"', 'body = "13208"'), "body 13208 stands twice"),
        (lambda t: t.replace('body = "12203"', 'body = "99203"'), r"municipalities\[1\].body"),
        (lambda t: t.replace('body = "12203"', 'body = "12204"'), "no towns are held for 12204"),
        (lambda t: t.replace('"foreign", ', '"foreigner", '), "none of parent-family"),
        (lambda t: t.replace('"foreign", ', '"twins", '), "twins stands twice"),
        (lambda t: t.replace('use_affair = "24"', 'use_affair = "999"'), "no row '999'"),
        (lambda t: t.replace('row = "81"', 'row = "81-9"'), "provision table has no row 81-9"),
        (lambda t: t.replace('kind = "pension-service"', 'kind = "club"'), "knows no body 'club'"),
        (lambda t: t.replace('holds = "pension"', 'holds = "gold"'), "'gold' is none of"),
        (lambda t: t.replace('role = "portal"', 'role = "door"'), "'door' is none of"),
        (lambda t: t.replace('party = "portal"', 'party = "gate"'), "there is one portal"),
        (lambda t: t.replace('"health-insurer"', '"chofu-city-desk"'), "name of something else"),
        (lambda t: t.replace('"health-insurer"', '"authority"'), "name of something else"),
        (lambda t: t.replace('"日本年金機構"', '"日本\u202e"'), r"parties\[4\].name_ja"),
        (lambda t: t.replace("name_en = ", "name_fr = ", 1), r"municipalities\[0\]"),
        (lambda t: t + "\ncolour = 1\n", "unknown key"),
        (lambda t: t.replace("[[parties]]", "[[parties", 1), "is not TOML"),
        (lambda t: t.split("[[municipal_offices]]")[0], "municipal_offices"),
    ],
)
def test_every_fault_is_named_with_its_place(change: Change, said: str, tmp_path: Path) -> None:
    """What cannot be built is refused with the file, the place and what to write instead."""
    path = written(tmp_path, change)
    with pytest.raises(ConfigError, match=said) as refused:
        country_file.read(path)
    assert str(path) in str(refused.value)
