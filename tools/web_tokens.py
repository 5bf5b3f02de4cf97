"""Distil the Digital Agency's design tokens into the few our pages use.

Usage: python tools/web_tokens.py FOLDER, where FOLDER is the unpacked npm package
`@digital-go-jp/design-tokens` (`npm pack`, then `tar xzf`). Writes tokens.css in
src/renkei/web/shared with the tokens that page.css and parts.css name, and the licence beside it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parents[1] / "src" / "renkei" / "web"
SHARED = WEB / "shared"
SHEETS = ("page.css", "parts.css")
NAME = "@digital-go-jp/design-tokens"
TOKEN = re.compile(r"^\s*(--[a-z0-9-]+):\s*([^;]+);", re.MULTILINE)
USE = re.compile(r"var\((--[a-z0-9-]+)")


def wanted(sheet: str) -> set[str]:
    """The tokens a style sheet uses and does not define itself."""
    own = {name for name, _ in TOKEN.findall(sheet)}
    return set(USE.findall(sheet)) - own


def distil(package: Path, sheet: str) -> str:
    """The text of tokens.css; raises KeyError for a token the package does not have."""
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    if about["name"] != NAME:
        raise ValueError(f"{package} holds {about['name']}, not {NAME}")
    tokens = dict(TOKEN.findall((package / "dist" / "tokens.css").read_text(encoding="utf-8")))
    lines = [f"  {name}: {tokens[name]};" for name in sorted(wanted(sheet))]
    return "\n".join(
        [
            "/* Values from the Digital Agency's design tokens (デジタル庁デザインシステム).",
            f"   Source: npm {NAME} {about['version']}. Licence: {about['license']},",
            "   see licences/design-tokens.txt. Made by tools/web_tokens.py; do not edit. */",
            ":root {",
            *lines,
            "}",
            "",
        ]
    )


def main(arguments: list[str]) -> int:
    """Write the tokens; 2 without the one argument."""
    if len(arguments) != 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    package = Path(arguments[0])
    sheet = "".join((SHARED / name).read_text(encoding="utf-8") for name in SHEETS)
    (SHARED / "tokens.css").write_text(distil(package, sheet), encoding="utf-8")
    licence = (package / "LICENSE").read_text(encoding="utf-8")
    (WEB / "licences" / "design-tokens.txt").write_text(licence, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
