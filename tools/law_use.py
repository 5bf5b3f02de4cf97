"""What is known of rows of the appended table (別表) besides their words: days, articles, who."""

from __future__ import annotations

from law_days import START

USE_DAYS: dict[str, tuple[str, str | None]] = {
    # Rows of the appended table that began, or got another number, after 2024-05-27.
    "23-6": ("2025-08-16", "2026-05-31"),
    "8-2": ("2025-10-01", None),
    "137": ("2025-10-01", None),
    "117-3": ("2025-12-12", None),
    "122-2": ("2025-12-12", None),
    "125-2": ("2025-12-12", "2026-09-30"),
    **dict.fromkeys(
        (
            "14-2",
            "19-5",
            "19-6",
            "19-7",
            "23-2",
            "23-3",
            "23-4",
            "23-5",
            "25-2",
            "25-3",
            "31-2",
            "39-3",
            "53-2",
            "76-2",
            "105-2",
        ),
        (START, "2026-05-31"),
    ),
}
# Where the extract of the appended table dropped the second branch of an article's number
# (第九条の二の二 stands there as 第九条の二); `tests/law` compares with the order's own headings.
ORDER_ARTICLES = {
    **{"11-2": "9-2-2", "15": "10-2-2", "42": "23-2-2", "47": "24-2-2", "76-2": "43-2-2"},
    **{"77": "43-2-3", "77-2": "43-2-4", "77-3": "43-2-5", "78": "43-2-6", "78-2": "43-2-7"},
    **{"78-3": "43-2-8", "87": "46-2-2", "88": "46-2-3", "89": "46-2-4", "91": "46-2-5"},
}
USE_SOURCES = {
    "23-6": "令和7年法律第35号",
    "8-2": "令和7年法律第29号",
    "137": "令和7年法律第29号",
    "117-3": "令和7年法律第87号",
    "122-2": "令和7年法律第87号",
    "125-2": "令和7年法律第87号",
}
# Work of ministers that the pension service does by law (法9条1項, parenthesis).
DELEGATED = {"1", "3", "37", "46", "86", "98", "109", "116", "119", "120", "121", "122", "128"}
