"""`make audit`: ask whether any locked package has a known hole.

Registries that only hand out packages can't be asked. Then this says so, plainly, and is no
failure: "nothing was checked" must never read like "nothing was found".
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("run.txt", "dev.txt", "node.txt")
_LONGEST_SECONDS = 300


@dataclass(frozen=True)
class Verdict:
    """What was learnt of one lock file."""

    what: str
    holes: tuple[str, ...] = ()
    """Package, version where it is known, and the name of the hole."""
    asked: int = 0
    """Packages about which there was an answer."""
    unasked: tuple[str, ...] = ()
    """Packages about which there was none."""

    def __str__(self) -> str:
        """Say it in one sentence, holes in lines of their own."""
        if not self.asked:
            return f"{self.what}: nothing was checked, for nobody could be asked from here."
        said = f"{self.what}: {self.asked} packages asked about, {len(self.holes)} known holes."
        if self.unasked:
            said += f" Not checked: {', '.join(self.unasked)}."
        return "\n  ".join((said, *self.holes))


def of_pip(what: str, told: str) -> Verdict:
    """Read what pip-audit told as JSON; anything else means that nobody could be asked."""
    packages = _read(told).get("dependencies", [])
    asked = [each for each in packages if "skip_reason" not in each]
    return Verdict(
        what,
        tuple(
            f"{each['name']} {each.get('version', '')}: {hole['id']}"
            for each in asked
            for hole in each.get("vulns", [])
        ),
        len(asked),
        tuple(str(each["name"]) for each in packages if "skip_reason" in each),
    )


def of_npm(what: str, told: str) -> Verdict:
    """Read what npm told as JSON; anything else means that nobody could be asked."""
    read = _read(told)
    if "vulnerabilities" not in read:
        return Verdict(what)
    holes = [f"{name}: {hole.get('severity')}" for name, hole in read["vulnerabilities"].items()]
    asked = int(read.get("metadata", {}).get("dependencies", {}).get("total", 0))
    return Verdict(what, tuple(holes), max(asked, len(holes)))


def main() -> int:
    """Ask about every lock file; 1 if there is a known hole."""
    verdicts = [of_pip(lock, _told(_pip_audit(lock))) for lock in LOCKS]
    npm = shutil.which("npm")
    asking = [npm, "audit", "--package-lock-only", "--json"] if npm else []
    verdicts.append(of_npm("package-lock.json", _told(asking) if asking else ""))
    for each in verdicts:
        print(each)
    return 1 if any(each.holes for each in verdicts) else 0


def _pip_audit(lock: str) -> list[str]:
    asked = ["-r", str(ROOT / "requirements" / lock), "--require-hashes", "--disable-pip"]
    return [sys.executable, "-m", "pip_audit", *asked, "-f", "json", "--progress-spinner", "off"]


def _told(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=_LONGEST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def _read(told: str) -> dict[str, Any]:
    try:
        read = json.loads(told)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


if __name__ == "__main__":
    sys.exit(main())
