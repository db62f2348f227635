"""Ask the advisory service about every locked package: ``make audit``.

Advisories that are known and accepted for a while stand in
``.ci/audit-allowed.toml``, each with a reason and the day after which it
counts again.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

__all__ = ["Allowed", "judge", "load_allowed", "main"]

_ROOT = Path(__file__).resolve().parents[2]
LOCK = _ROOT / "requirements.lock"
ALLOWED = _ROOT / ".ci" / "audit-allowed.toml"
_SECONDS = 300


@dataclass(frozen=True)
class Allowed:
    """An advisory that is accepted for a while.

    Attributes
    ----------
    advisory, package, reason : str
        Its id, the package it is about, and why it does no harm here.
    until : date
        The last day on which it is accepted.
    """

    advisory: str
    package: str
    reason: str
    until: date


def main() -> int:
    """Audit the lock file and return 0, or 1 where an advisory is not allowed."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes"]
    options = ["--progress-spinner", "off", "--format", "json", "--requirement", str(LOCK)]
    try:
        done = subprocess.run(
            [*command, *options], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        packages = []
    lines, code = judge(packages, load_allowed(ALLOWED), date.today())
    print("\n".join(lines), file=sys.stderr)
    return code


def load_allowed(path: Path) -> list[Allowed]:
    """Read the list of accepted advisories.

    Returns
    -------
    list of Allowed
        In the order of the file; empty where it holds none.
    """
    rows = tomllib.loads(path.read_text()).get("allowed", [])
    return [Allowed(**row) for row in rows]


def judge(
    packages: Sequence[dict], allowed: Sequence[Allowed], today: date
) -> tuple[list[str], int]:
    """Say what was found, and whether it may stay.

    Parameters
    ----------
    packages : sequence of dict
        As pip-audit lists them: name, and either vulns or a skip_reason.
    allowed : sequence of Allowed
        What is accepted for a while.
    today : date
        The day of the audit.

    Returns
    -------
    lines : list of str
        For people.
    code : int
        0, or 1 where there is an advisory that is not accepted.
    """
    audited = [each for each in packages if "vulns" in each]
    skipped = len(packages) - len(audited)
    if not audited:
        return [
            "audit: the advisory service can't be reached from here, so NOTHING was audited; "
            "run make audit where it can"
        ], 0
    lines, found = [f"audit: {len(audited)} locked packages audited"], 0
    if skipped:
        lines.append(f"audit: {skipped} packages are not known to the service and NOT audited")
    until = {(each.package, each.advisory): each for each in allowed}
    for package in audited:
        for advisory in package["vulns"]:
            names = [advisory["id"], *advisory.get("aliases", [])]
            known = [
                until[package["name"], name] for name in names if (package["name"], name) in until
            ]
            accepted = [each for each in known if today <= each.until]
            if accepted:
                verdict = f"accepted until {accepted[0].until}: {accepted[0].reason}"
            else:
                found += 1
                fixed = ", ".join(advisory.get("fix_versions", [])) or "no version yet"
                over = f"accepted until {known[0].until} and no longer; " if known else ""
                verdict = f"{over}fixed in {fixed}"
            lines.append(f"  {package['name']} {package['version']} {names[0]}: {verdict}")
    lines.append(f"audit: {found} advisories to act on")
    return lines, int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
