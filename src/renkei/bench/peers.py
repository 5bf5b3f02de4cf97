"""Other software, run beside the system in its own environment where that is installed (比較対象).

Never imported: each script below `peer_scripts/` is run by the peers' own Python, which has other
versions of libraries than ours. `docs/performance.md` says what each peer does and does not do.
"""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

from renkei.bench.machine import cores

FOLDER: Final = Path("var") / "peers"
HOW_TO_INSTALL: Final = "peers are not installed; to have them measured too: python tools/peers.py"
SECONDS_LIMIT: Final = 300
OUTPUT_CHARACTERS_LIMIT: Final = 100_000
SCRIPTS: Final = Path(__file__).parent / "peer_scripts"
AS4_PAIRS: Final = 150


class PeerFailed(RuntimeError):
    """A peer's script did not end well: there is no figure of it, and the result says why."""


def interpreter(folder: Path) -> Path | None:
    """The peers' Python below `folder`, None where they are not installed."""
    python = folder / "bin" / "python"
    return python if python.exists() else None


def exchange_peers(installed: Path = FOLDER, pairs: int = AS4_PAIRS) -> dict[str, Any]:
    """What stands beside `bench exchange`: AS4 question and answer (電文交換の比較).

    Gives `as4_one_process` and `as4` (a process for each core), each with `pairs_per_second`;
    or `missing` with the sentence that says how to install it, or `failed` with the reason.
    """
    python = interpreter(installed)
    if python is None:
        return {"missing": HOW_TO_INSTALL}
    try:
        return {
            name: run_script(python, "as4_messages", pairs=pairs, processes=processes)
            for name, processes in (("as4_one_process", 1), ("as4", cores()))
        }
    except PeerFailed as failure:
        return {"failed": str(failure)}


def log_peers(installed: Path = FOLDER, **options: int | str) -> dict[str, Any]:
    """What stands beside `bench log`: pymerkle on SQLite (ログの比較).

    `options` are those of `peer_scripts/pymerkle_appends.py`. Gives `pymerkle` with `single` and
    `groups`, or `missing`, or `failed`.
    """
    python = interpreter(installed)
    if python is None:
        return {"missing": HOW_TO_INSTALL}
    try:
        return {"pymerkle": run_script(python, "pymerkle_appends", **options)}
    except PeerFailed as failure:
        return {"failed": str(failure)}


def run_script(python: Path, script: str, **options: int | str) -> dict[str, Any]:
    """Run one script in the peers' Python, isolated from ours; the object that it prints."""
    command = [str(python), "-I", str(SCRIPTS / f"{script}.py")]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS_LIMIT,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerFailed(f"{script} did not end: {error}") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no words"])[-1]
        raise PeerFailed(f"{script} failed: {last}; to make them anew: python tools/peers.py")
    if len(done.stdout) > OUTPUT_CHARACTERS_LIMIT:
        raise PeerFailed(f"{script} printed more than one result")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
