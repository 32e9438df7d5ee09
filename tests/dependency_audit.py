"""`make audit`: known vulnerabilities of everything that the lock files pin. Any that is known fails.

PyPI is asked, and OSV where PyPI tells nothing. Where neither can be reached it says so in so many words and does not
fail: no network is no vulnerability. pip-audit itself would say "no known vulnerabilities" there. What follows on the
command line goes on to pip-audit, such as `--ignore-vuln ID` for one that has no mended version yet.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements-dev.txt"
"""All pins of the runtime are among those of development: a test holds them together."""
SOURCES = ("pypi", "osv")


@dataclass(frozen=True, slots=True)
class Findings:
    """What one source said. `why` is its last word where it said nothing."""

    audited: int = 0
    skipped: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Audit:
    lock: Path = LOCK
    more: Sequence[str] = field(default=())
    sources: Sequence[str] = SOURCES

    def run(self, write: Callable[[str], object]) -> int:
        """Writes what is known, and returns the exit code."""
        silent = ["DEPENDENCIES WERE NOT AUDITED: no source of known vulnerabilities answers here."]
        for source in self.sources:
            found = self._ask(source)
            if found.audited:
                write(_told(source, found))
                return 1 if found.known else 0
            silent.append(f"  {source}: {found.why}")
        write("\n".join([*silent, ""]))
        return 0

    def _ask(self, source: str) -> Findings:
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "-r", str(self.lock)]
        options = ["--vulnerability-service", source, "--format", "json", "--progress-spinner", "off", *self.more]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        try:
            return _read(json.loads(done.stdout)["dependencies"])
        except ValueError:
            return Findings(why=(done.stderr.strip().splitlines() or ["no answer"])[-1])


def _read(dependencies: Sequence[dict[str, Any]]) -> Findings:
    skipped = [each for each in dependencies if "skip_reason" in each]
    known = [
        f"{each['name']} {each['version']}: {found['id']}. Mended in: {', '.join(found['fix_versions']) or 'none yet'}."
        for each in dependencies
        for found in each.get("vulns", ())
    ]
    why = skipped[0]["skip_reason"] if skipped else "nothing is pinned"
    return Findings(len(dependencies) - len(skipped), tuple(each["name"] for each in skipped), tuple(known), why)


def _told(source: str, found: Findings) -> str:
    lines = [f"{found.audited} dependencies were audited with {source}. Known vulnerabilities: {len(found.known)}."]
    lines += found.known
    if found.skipped:
        lines.append(f"NOT AUDITED, {source} does not know them: {', '.join(found.skipped)}.")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(Audit(more=sys.argv[1:]).run(sys.stdout.write))
