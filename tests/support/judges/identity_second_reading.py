"""A second reading of 法16条, 令12条 and 規則1条 to 11条: from the articles, not from the tables.

One function a part and channel, one line an article. It shares no data with the product.
"""

from collections.abc import Iterator

from renkei.law import Presented, Shown

FIRST_ITEM = """driving-licence driving-history-certificate passport physical-disability-certificate
mental-disability-certificate intellectual-disability-certificate residence-card
special-permanent-resident-certificate"""
HEALTH = """eligibility-certificate long-term-care-card day-labourer-book
child-rearing-allowance-certificate"""
RECORD = "resident-record-copy resident-record-certificate"
ONLY_RECOGNISED = """recognised-number-paper recognised-number-record recognised-photo-paper
recognised-paper facts-of-earlier-return recognised-facts plainly-known card-face-data-by-program
recognised-online-method recognised-agency-method recognised-authority-paper
recognised-corporate-paper"""
ON_PAPER = f"""{FIRST_ITEM} {HEALTH} {RECORD} individual-number-card notification-card
recognised-number-paper resident-register-card
recognised-photo-paper recognised-paper family-register statutory-agency-paper power-of-attorney
recognised-authority-paper registry-certificate official-corporate-paper proof-of-belonging
recognised-corporate-paper"""


class Case:
    """A case with short questions to it."""

    def __init__(self, presented: Presented) -> None:
        self.p = presented
        self.agent = presented.who != "person"
        self.corporate = "corporate" in presented.who
        self.statutory = presented.who.startswith("statutory")
        self.mail = presented.channel == "mail"
        self.abroad = self.on("moved-abroad")

    def on(self, *facts: str) -> bool:
        """Whether all these are stated."""
        return all(fact in self.p.stated for fact in facts)

    def good(self, one: Shown, agree: str, copies: bool) -> bool:
        """Whether a paper is one at all, and agrees: n number, i identity, o office."""
        copied = one.copy and one.kind in ON_PAPER.split()
        if not one.valid or (copied and not copies and not self.mail):
            return False
        if one.kind in ONLY_RECOGNISED.split() and one.decision.strip() == "":
            return False
        issued = one.issued.isoformat() if one.issued else ""
        if one.kind == "driving-history-certificate" and issued < "2012-04-01":
            return False
        if one.kind == "notification-card" and issued >= "2020-05-25":
            return False
        found = one.agrees
        where = {"birth"} if self.abroad and one.whose == "person" else {"birth", "address"}
        tests = {
            "n": "number" in found,
            "i": "name" in found and bool(where & found),
            "o": "office-name" in found and "office-address" in found,
        }
        return all(tests[letter] for letter in agree)

    def many(
        self, kinds: str, agree: str = "", whose: str = "person", copies: bool = False
    ) -> set[tuple[str, str, str]]:
        """Which papers of these kinds count."""
        return {
            (one.kind, one.label, one.decision)
            for one in self.p.shown
            if one.kind in kinds.split() and one.whose == whose and self.good(one, agree, copies)
        }

    def has(self, kinds: str, agree: str = "", whose: str = "person", copies: bool = False) -> bool:
        """Whether at least one of these kinds counts."""
        return bool(self.many(kinds, agree, whose, copies))


def register_looked_at(c: Case) -> Iterator[bool]:
    """規則2条1項1号 to 5号; for who moved abroad 1条の2第1項1号 to 4号."""
    more = {"j-lis-data": "j-lis-appendix-data", "governor-register": "governor-appendix-register"}
    more["governor-data"] = "governor-appendix-data"
    for fact, source in (
        ("receiver-number-user", "j-lis-data"),
        ("receiver-governor", "governor-register"),
        ("receiver-prefecture", "governor-data"),
    ):
        if c.abroad:
            yield c.on(fact) and c.has(source, "n") and c.has(more[source], "i")
        else:
            yield c.on(fact) and c.has(source, "ni")
    here = c.agent or not c.abroad  # 規則9条6項4号 makes no exception, 1条の2 has no such item
    yield here and c.on("receiver-municipality") and c.has("resident-register", "ni")
    yield c.on("file-made") and c.has("file-on-hand", "ni")


def tax_office(c: Case) -> bool:
    """規則2条2項, 9条7項."""
    if not c.on("receiver-tax-office", "checked-with-notification"):
        return False
    if not (c.on("blue-return") or c.on("consumption-tax-return")):
        return False
    if c.abroad:
        return c.has("j-lis-data", "n") and c.has("j-lis-appendix-data", "i")
    return c.has("j-lis-data", "ni")


def old_card(c: Case) -> bool:
    """令和元年法16号附則6条2項, 令の令和2年5月25日改正附則2条."""
    unchanged = c.on("notification-card-unchanged") and not c.abroad
    return unchanged and c.has("notification-card", "n")


def number(c: Case) -> bool:
    """Whether the person's number is checked."""
    hard = c.abroad or c.on("number-paper-hard")
    looked = any(register_looked_at(c))
    if c.p.channel == "telephone":
        return looked  # no paper can be shown
    if c.p.channel == "online":
        recognised = c.has("recognised-number-paper recognised-number-record", "ni", copies=True)
        if c.agent:
            return looked or recognised  # 規則10条3号
        return looked or recognised or any(online_whole(c))  # 規則3条
    by_recognised = hard and c.has("recognised-number-paper", "ni")
    tax = c.p.channel == "counter" and tax_office(c)
    if (hard and looked) or by_recognised or tax or old_card(c):
        return True
    if c.agent:  # 令12条2項3号, 規則8条, 9条6項
        return not c.abroad and c.has(f"individual-number-card {RECORD}", "n", copies=True)
    return any(counter_whole(c)) or (not c.abroad and c.has(RECORD, "n"))


def counter_whole(c: Case) -> Iterator[bool]:
    """法16条1号 and 2号."""
    yield c.has("individual-number-card", "n")
    yield c.p.channel == "counter" and c.has("card-substitute-record", "n")


def online_whole(c: Case) -> Iterator[bool]:
    """法16条2号, 規則3条1号 and 1号の2."""
    yield c.has("card-substitute-record", "n")
    signed = c.has("signed-card-face-data", "n") and c.has("signed-statement")
    yield signed and c.on("receiver-signature-verifier")
    yield c.has("card-face-data-by-program", "n")


def identity(c: Case) -> bool:
    """Whether the person is known."""
    if c.p.channel == "online":
        signed = c.on("receiver-signature-verifier") and c.has("signed-statement")
        return signed or c.has("recognised-online-method") or any(online_whole(c))
    if c.has("plainly-known"):  # 規則2条6項
        return True
    if c.p.channel == "telephone":  # 規則2条5項
        told = c.has("facts-only-the-person-knows recognised-facts")
        return told and c.on("file-made", "confirms-file")
    if any(counter_whole(c)) or c.has("recognised-photo-paper", "i"):
        return True
    if c.has(FIRST_ITEM, "i"):
        return True
    if not c.abroad and c.has("resident-register-card", "i"):  # 規則附則2条1項
        return True
    if not c.on("identity-paper-hard"):
        return False
    if len(c.many(f"{HEALTH} recognised-paper", "i")) >= 2:  # 規則2条3項
        return True
    return c.on("receiver-tax") and any(  # 規則2条4項
        (
            c.has(HEALTH, "i"),
            c.has("tax-attachment", "i"),
            c.has("account-on-return facts-of-inspection"),
            c.has("facts-of-earlier-return") and c.on("tax-measures-hard", "no-refund"),
        )
    )


def told_by_agent(c: Case) -> bool:
    """規則9条4項."""
    told = c.has("facts-only-both-know recognised-facts", whose="agent")
    return told and c.on("file-made", "confirms-file") and not c.corporate


def authority(c: Case) -> bool:
    """Whether the agency is proved: 令12条2項1号, 規則6条, 9条4項, 10条1号."""
    if c.p.channel == "telephone":
        return told_by_agent(c)
    if c.p.channel == "online":
        return c.has("agency-data recognised-agency-method", whose="agent")
    agree = "o" if c.corporate else "i"
    kinds = "family-register statutory-agency-paper" if c.statutory else "power-of-attorney"
    if c.has(kinds, agree, "agent"):
        return True
    return c.on("authority-paper-hard") and c.has("recognised-authority-paper", agree, "agent")


def agent_identity(c: Case) -> bool:
    """Whether the agent is known: 令12条2項2号, 規則7条, 9条, 10条2号."""
    if c.p.channel == "telephone":
        return told_by_agent(c)
    if c.p.channel == "online":
        return c.has("signed-statement recognised-online-method", whose="agent")
    if c.has("plainly-known", whose="agent"):  # 規則9条5項
        return True
    roll = c.on("receiver-tax", "agent-tax-accountant") and c.has(
        "tax-accountants-roll", whose="agent"
    )
    if roll and not (c.mail and c.corporate):  # 規則9条3項, 11条2項
        return True
    if c.corporate:  # 規則7条2項
        about = c.many("registry-certificate official-corporate-paper", "o", "agent")
        belongs = c.many("proof-of-belonging", "o", "agent")
        like = c.many("recognised-corporate-paper", "o", "agent")
        return bool(about) + bool(belongs) + min(len(like), 2) >= 2
    if c.p.channel == "counter" and c.has("card-substitute-record", "i", "agent"):  # 9条2項
        return True
    kinds = f"individual-number-card {FIRST_ITEM} resident-register-card recognised-photo-paper"
    if c.has(kinds, "i", "agent"):
        return True
    lesser = c.many(f"{HEALTH} recognised-paper", "i", "agent")
    return c.on("agent-identity-paper-hard") and len(lesser) >= 2


def complete(presented: Presented) -> dict[str, bool]:
    """Each part of a verification, and whether the articles have it complete."""
    c = Case(presented)
    if not c.agent:
        return {"number": number(c), "identity": identity(c)}
    return {
        "authority": authority(c),
        "agent-identity": agent_identity(c),
        "number": number(c),
    }
