"""Days, times and ages in words (日付の表示)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from markupsafe import Markup

from renkei.kit.eras import era_year, in_tokyo
from renkei.kit.pages.texts import Texts

_LONGEST_MONTH_DAYS: Final = 31
_READ_WITH_P: Final = {0, 1, 3, 4, 6, 8}


def day_text(t: Texts, instant: datetime) -> Markup:
    """A day in Tokyo, its year also in the era: 2026年11月20日（令和8年） (西暦と和暦)."""
    local = in_tokyo(instant)
    era, year = era_year(local.date())
    first = t("date.first-year") if year == 1 else str(year)
    in_era = t("date.in-era", era=t(f"date.era.{era}"), era_year=first)
    text = t(
        "date.day",
        year=local.year,
        month=t(f"date.month.{local.month}"),
        day=t(f"date.dayofmonth.{local.day}"),
        in_era=Markup('<span class="whole">{}</span>').format(in_era),
    )
    return Markup('<time datetime="{}">{}</time>').format(local.date().isoformat(), text)


def time_text(t: Texts, instant: datetime) -> Markup:
    """Time of day in Tokyo, to the minute."""
    local = in_tokyo(instant)
    return t("date.time", hour=local.hour, minute=f"{local.minute:02d}")


def age_text(t: Texts, seconds: float) -> Markup:
    """How long ago something was, in its largest whole unit; the future counts as now."""
    minutes, hours, days = (int(seconds // length) for length in (60, 3_600, 86_400))
    if days > _LONGEST_MONTH_DAYS:
        return t("age.months")
    if days >= 1:
        return t("age.days.one") if days == 1 else t("age.days", count=t(f"date.dayofmonth.{days}"))
    if hours >= 1:
        return t("age.hours.one" if hours == 1 else "age.hours", count=hours)
    if minutes < 1:
        return t("age.now")
    # 分 reads ぷん after these digits; texts of other languages are the same for both.
    key = "age.minutes.p" if minutes % 10 in _READ_WITH_P else "age.minutes"
    return t("age.minutes.one" if minutes == 1 else key, count=minutes)
