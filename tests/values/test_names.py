"""Names of two registers: what agrees, what a person must decide, what differs (氏名の照合)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.values.likeness import REASONS
from renkei.values.names import compare_names, finder, folded_name, plain_name
from renkei.values.variants import GROUPS

KANJI = st.sampled_from("高橋佐藤渡辺斎邊髙花子太郎一実葵")
KANA = st.sampled_from("サトウジョンエミヱヰー")
LATIN = st.sampled_from("ANNLEEjohn")
WORDS = st.one_of(*(st.text(letters, min_size=1, max_size=5) for letters in (KANJI, KANA, LATIN)))
NAMES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)


@pytest.mark.parametrize(
    ("own", "registered", "verdict", "reason"),
    [
        ("佐藤　葵", "佐藤 葵", "agree", "same"),
        ("佐藤葵", "佐藤　葵", "agree", "same"),
        ("ﾏﾘｱ ｻﾝﾄｽ", "マリア　サントス", "agree", "same"),
        ("Maria Santos", "ＭＡＲＩＡ　ＳＡＮＴＯＳ", "agree", "same"),
        ("葛󠄀城 守", "葛城 守", "agree", "same"),
        ("葛󠄀城 守", "葛󠄁城 守", "doubtful", "variant-character"),
        ("森 田一", "森田 一", "doubtful", "word-boundary"),
        ("MARIA LUISA", "MARIAL UISA", "doubtful", "word-boundary"),
        ("𠮷野 隆", "吉野 隆", "doubtful", "variant-character"),
        ("濵邉 廣", "浜辺 広", "doubtful", "variant-character"),
        ("齋木 亘", "斉木 亘", "doubtful", "variant-character"),
        ("ゑい", "えい", "doubtful", "variant-character"),
        ("サクラ", "さくら", "doubtful", "variant-character"),
        ("ミッコ", "ミツコ", "doubtful", "variant-character"),
        ("メアリ−", "メアリー", "doubtful", "variant-character"),
        ("メアリ一", "メアリー", "doubtful", "variant-character"),
        ("José García", "JOSE GARCIA", "doubtful", "variant-character"),
        ("ANNE-MARIE ROY", "ANNE MARIE ROY", "doubtful", "variant-character"),
        ("LEE, ANN", "ANN LEE", "doubtful", "word-order"),
        ("\ue123木 葵", "\ue123木 葵", "doubtful", "private-use-character"),
        ("\ue123木 葵", "桒木 葵", "doubtful", "private-use-character"),
        ("〓木 葵", "桒木 葵", "doubtful", "private-use-character"),
        ("\ue123木 葵", "桒木 茜", "differ", "different"),
        ("\ue123\ue124", "佐藤", "differ", "different"),
        ("\ue123\ue124", "\ue123\ue124", "differ", "different"),
        ("佐藤 葵", "佐藤 茜", "differ", "different"),
        ("佐藤 葵", "葵 佐藤", "differ", "different"),
        ("佐藤", "佐藤 葵", "differ", "different"),
        ("彅木 葵", "なぎ木 葵", "differ", "different"),
        ("　", "　", "differ", "different"),
    ],
)
def test_names_agree_by_character_and_doubts_are_named(
    own: str, registered: str, verdict: str, reason: str
) -> None:
    """Width, case and one space fall away; whatever else may be writing is a doubt."""
    found = compare_names(own, registered)
    assert (found.verdict, found.reason) == (verdict, reason)
    assert compare_names(registered, own) == found


@given(NAMES)
def test_a_name_agrees_with_itself_in_every_width(name: str) -> None:
    """Full width, half width, other spaces and no spaces are the same name."""
    assert compare_names(name, name).verdict == "agree"
    assert compare_names(unicodedata.normalize("NFKC", name), name).verdict == "agree"
    assert compare_names(name.replace(" ", "　"), name).verdict == "agree"
    assert compare_names(name.replace(" ", ""), name).verdict == "agree"


@given(NAMES, st.data())
def test_one_other_character_never_agrees(name: str, data: st.DataObject) -> None:
    """A name with one character exchanged for another is a doubt or differs."""
    place = data.draw(st.integers(0, len(name) - 1))
    if name[place] == " ":
        return
    other = data.draw(st.sampled_from("高髙橋花サA1〓\ue000"))
    if other.casefold() == name[place].casefold():
        return
    changed = name[:place] + other + name[place + 1 :]
    assert compare_names(changed, name).verdict != "agree"


@given(NAMES, NAMES)
def test_the_search_misses_nobody_whom_the_comparison_finds(one: str, other: str) -> None:
    """Every name that does not differ passes the quicker test before it."""
    for written in (other, other[::-1], " ".join(reversed(one.split())), one.replace("髙", "〓")):
        if compare_names(one, written).verdict != "differ":
            assert finder(one)(written), (one, written)


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_breaks_a_comparison(one: str, other: str) -> None:
    """Whatever is compared, the reason is of the closed list, and both ways say the same."""
    found = compare_names(one, other)
    assert found.reason in REASONS
    assert compare_names(other, one).verdict == found.verdict


def test_variants_are_in_one_group_each() -> None:
    """No character stands in two groups, and every group has a usual form and a variant."""
    characters = "".join(GROUPS)
    assert len(characters) == len(set(characters))
    assert all(len(group) >= 2 for group in GROUPS)
    assert folded_name("髙﨑 齋藤") == folded_name("高崎斉藤")
    assert plain_name("渡邊") != plain_name("渡辺")


def test_a_likeness_is_no_truth_value() -> None:
    """A comparison used as a condition fails instead of letting a doubt pass."""
    with pytest.raises(TypeError):
        bool(compare_names("佐藤 葵", "佐藤 葵"))
