"""What J-LIS decides by itself: how attributes compare, and how often one may try (照合規則).

Pure: facts in, verdict out. A comparison names fields and reasons, never a value.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final

from renkei.wire.messages.acquisition import FieldVerdict, FourAttributes, Verdict

OFFICER_FAILURES_PER_HOUR: Final = 10
"""Comparisons that did not agree, per officer; the eleventh attempt is refused."""
INSTITUTION_FAILURES_PER_HOUR: Final = 100
NUMBER_FAILURES_PER_DAY: Final = 5
INSTITUTION_ACQUISITIONS_PER_HOUR: Final = 200_000

_VARIANTS: Final = str.maketrans(
    "髙﨑邊邉齋齊斎澤濵濱櫻廣國嶋嶌德眞惠瀨槇遙冨淵渕舘",
    "高崎辺辺斉斉斉沢浜浜桜広国島島徳真恵瀬槙遥富渕渕館",
)
_DASHES: Final = str.maketrans("‐‑‒–—―−ーｰ－", "----------")


@dataclass(frozen=True, slots=True)
class RegisteredPerson:
    """The attributes the register holds, with earlier addresses (本人確認情報)."""

    attributes: FourAttributes
    earlier_addresses: tuple[str, ...] = ()
    common_name: str | None = None
    """A foreign resident's registered common name (通称)."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """How many comparisons did not agree lately (照合不一致の回数)."""

    officer_failures: int
    institution_failures: int
    number_failures: int
    institution_acquisitions: int


def within_limits(attempts: Attempts) -> bool:
    """Whether another attempt is allowed; the limits stop a search through numbers."""
    return (
        attempts.officer_failures < OFFICER_FAILURES_PER_HOUR
        and attempts.institution_failures < INSTITUTION_FAILURES_PER_HOUR
        and attempts.number_failures < NUMBER_FAILURES_PER_DAY
        and attempts.institution_acquisitions < INSTITUTION_ACQUISITIONS_PER_HOUR
    )


def _squeeze(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _plain_address(text: str) -> str:
    plain = _squeeze(text).translate(_DASHES)
    for word in ("丁目", "番地", "番"):
        plain = plain.replace(word, "-")
    return plain.replace("号", "").replace("-の", "-").strip("-")


def compare_name(own: str, registered: str) -> FieldVerdict:
    """Names: same characters agree, known variants of a character are doubtful (氏名の照合)."""
    left, right = _squeeze(own), _squeeze(registered)
    if left == right:
        return FieldVerdict(field="name", verdict="agree", reason="same")
    if left.translate(_VARIANTS) == right.translate(_VARIANTS):
        return FieldVerdict(field="name", verdict="doubtful", reason="variant-character")
    return FieldVerdict(field="name", verdict="differ", reason="different")


def compare_names(own: str, person: RegisteredPerson) -> FieldVerdict:
    """The registered name, else the registered common name: both are the person's (通称)."""
    verdict = compare_name(own, person.attributes.name)
    if verdict.verdict == "differ" and person.common_name is not None:
        common = compare_name(own, person.common_name)
        if common.verdict == "agree":
            return FieldVerdict(field="name", verdict="agree", reason="common-name")
        return common
    return verdict


def compare_address(own: str, person: RegisteredPerson) -> FieldVerdict:
    """Addresses: same or an earlier one agree; one that only adds a building is doubtful."""
    left, right = _plain_address(own), _plain_address(person.attributes.address)
    if left == right:
        return FieldVerdict(field="address", verdict="agree", reason="same")
    if left in {_plain_address(earlier) for earlier in person.earlier_addresses}:
        return FieldVerdict(field="address", verdict="agree", reason="earlier-address")
    if left and right and (left.startswith(right) or right.startswith(left)):
        return FieldVerdict(field="address", verdict="doubtful", reason="building-differs")
    return FieldVerdict(field="address", verdict="differ", reason="different")


def compare(own: FourAttributes, person: RegisteredPerson) -> tuple[Verdict, list[FieldVerdict]]:
    """Compare an institution's attributes with the register's, field by field (照合).

    `differ` if any field differs, `doubtful` if any is doubtful, else `agree`.
    """
    registered = person.attributes
    fields = [
        compare_names(own.name, person),
        compare_address(own.address, person),
        _exact("birth-date", own.birth_date, registered.birth_date),
        _exact("sex", own.sex, registered.sex),
    ]
    verdicts = {field.verdict for field in fields}
    verdict: Verdict = (
        "differ" if "differ" in verdicts else "doubtful" if "doubtful" in verdicts else "agree"
    )
    return verdict, fields


def _exact(name: str, own: str, registered: str) -> FieldVerdict:
    same = own == registered
    return FieldVerdict(
        field="sex" if name == "sex" else "birth-date",
        verdict="agree" if same else "differ",
        reason="same" if same else "different",
    )


def no_such_person(with_number: bool) -> tuple[Verdict, list[FieldVerdict]]:
    """The verdict where nobody, or more than one person, fits (該当者なし)."""
    reason = "number-or-person-unknown" if with_number else "not-exactly-one"
    return "differ", [FieldVerdict(field="number", verdict="differ", reason=reason)]
