"""What kind of run a record is, and of which workload.

Owns the table of type values, `types.toml`. Knows neither the API's JSON nor HTTP: it is asked with the few words that
decide. A type is free text or a GUID in either case, and Acronis publishes no registry of them (reference §9), so an
operator can name more in `[types]` of nightshift.toml.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bot.model import Kind, Workload

_FILE = Path(__file__).with_name("types.toml")
KNOWN_TYPES: Mapping[str, tuple[Kind, Workload | None]] = {
    name: (Kind(kind), None if workload == "any" else Workload(workload))
    for workload, kinds in tomllib.loads(_FILE.read_text(encoding="utf-8")).items()
    for kind, names in kinds.items()
    for name in names
}
"""Every type value of the reference, in Acronis's own spelling. The workload is None where the type does not say it."""

_KINDS = {name.casefold(): kind for name, (kind, _) in KNOWN_TYPES.items()}
_WORKLOADS = {name.casefold(): workload for name, (_, workload) in KNOWN_TYPES.items()}
_SUITES = {
    "o365": Workload.MICROSOFT365,
    "m365": Workload.MICROSOFT365,
    "google": Workload.GOOGLE,
    "gworkspace": Workload.GOOGLE,
}
_ACTIVITY_TYPES = {"backup": Kind.BACKUP, "restore": Kind.RESTORE, "recovery": Kind.RESTORE}
_MANAGEMENT_NAMES = ("policy.", "agent.")
_BACKUP_TITLE = re.compile(r"(?:backup|backing up)\b", re.IGNORECASE)
_RESTORE_TITLE = re.compile(r"(?:recover|restor)", re.IGNORECASE)
_NO_TYPES: Mapping[str, Kind] = MappingProxyType({})


class Classifier:
    """`more_types` maps type values, in any case, to kinds. It wins over `KNOWN_TYPES`."""

    def __init__(self, more_types: Mapping[str, Kind] = _NO_TYPES) -> None:
        self._kinds = _KINDS | {name.casefold(): kind for name, kind in more_types.items()}

    def kind(self, type: str, policy_type: str, title: str, backup_plan: bool, activity_type: str) -> Kind:  # noqa: A002 - Acronis's own word
        """The order of reference §9.3, surest first.

        `backup_plan` says that the record's context names a backup plan. A title counts only by its first words: the
        rest of it is typed by customers.
        """
        name = type.casefold()
        if (known := self._kinds.get(name)) is not None:
            return known
        if name.startswith(_MANAGEMENT_NAMES):
            return Kind.MANAGEMENT
        if backup_plan or policy_type.casefold() == "backup":
            return Kind.BACKUP
        return _ACTIVITY_TYPES.get(activity_type.casefold()) or _kind_of_title(title)

    def workload(self, type: str, resource_type: str, suite: str) -> Workload:  # noqa: A002 - Acronis's own word
        """By type, else by the cloud suite (`o365`, `google`, `gworkspace`), else by what is protected."""
        protected = Workload.MACHINE if "machine" in resource_type.casefold() else Workload.OTHER
        return _WORKLOADS.get(type.casefold()) or _SUITES.get(suite.casefold()) or protected


def _kind_of_title(title: str) -> Kind:
    if _BACKUP_TITLE.match(title):
        return Kind.BACKUP
    return Kind.RESTORE if _RESTORE_TITLE.match(title) else Kind.UNKNOWN
