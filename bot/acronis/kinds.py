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
    "office365": Workload.MICROSOFT365,
    "microsoft365": Workload.MICROSOFT365,
    "googleworkspace": Workload.GOOGLE,
    "gsuite": Workload.GOOGLE,
}
_SILENT_PREFIXES = ("policy.", "agent.")
_GUID = re.compile(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?")
_SILENT = re.compile(r"scan|updat|upgrad|apply|revok|install|deploy|regist(?!ry)|download|inventor|discover")
_AROUND = re.compile(r"validat|verif|replicat|delet|remov|clean|conver|migrat|export|retention|consolidat")
"""What is done with backups, and is none. Whether it is to be heard of is not known."""
_RESTORE = re.compile(r"restor|restaur|recover|recuper|ripristin|wiederherstell(?!ungspunkt)")
_BACKUP = re.compile(r"back\W?up|backing\W?up|sicherung|sauvegard")
_OTHER_TITLE = re.compile(rf"(?:{_SILENT.pattern}|appli|{_AROUND.pattern})\w*\b")
_BACKUP_TITLE = re.compile(r"(?:backup|backing up|(?:daten)?sicherung(?:splan)?|sauvegarder?|copia de seguridad)\b")
_FAMILY = re.compile(r"[^a-z0-9]+")
_SILENT_FAMILY = "security"
_NO_TYPES: Mapping[str, Kind] = MappingProxyType({})


class Classifier:
    """`more_types` maps type values, in any case, to kinds. It wins over `KNOWN_TYPES`."""

    def __init__(self, more_types: Mapping[str, Kind] = _NO_TYPES) -> None:
        self._kinds = _KINDS | {name.casefold(): kind for name, kind in more_types.items()}

    def kind(
        self,
        type: str,  # noqa: A002 - Acronis's own word
        policy_type: str,
        title: str,
        backup_plan: bool,
        activity_type: str,
        suite: str = "",
        command: str = "",
    ) -> Kind:
        """What the type says, else what the command, the activity, the title, the plan and the suite do (§9.3).

        `backup_plan` says that the record's context names a backup plan, `command` is its `CommandID`. A title counts
        only by its first words: the rest of it is typed by customers.
        """
        known = self._kinds.get(_bare(type))
        if known is None:
            known = _kind_of_name(_bare(type)) or self._kinds.get(_bare(command))
        if known is None:
            known = _kind_of_activity(activity_type.casefold()) or _kind_of_title(title.casefold(), backup_plan)
        return known or _kind_of_plan(policy_type.casefold(), backup_plan) or _kind_of_rest(title, suite, activity_type)

    def workload(self, type: str, resource_type: str, suite: str, policy_type: str = "") -> Workload:  # noqa: A002 - Acronis's own word
        """By type, else by the cloud suite (`o365`, `google`, `gworkspace`), else by what is protected or the plan."""
        known = _WORKLOADS.get(_bare(type)) or _SUITES.get(_plain(suite))
        if known is not None:
            return known
        if "machine" in resource_type.casefold():
            return Workload.MACHINE
        family = _FAMILY.split(policy_type.casefold())
        return next(filter(None, map(_SUITES.get, family)), Workload.MACHINE if "machine" in family else Workload.OTHER)


def _bare(type_name: str) -> str:
    return type_name.strip(" {}").casefold()


def _plain(suite: str) -> str:
    return _FAMILY.sub("", suite.casefold())


def _kind_of_name(name: str) -> Kind | None:
    """What a type's own words say. A GUID has none."""
    if not name or _GUID.fullmatch(name):
        return None
    if _SILENT.search(name):
        return Kind.MANAGEMENT
    own = Kind.UNKNOWN if _AROUND.search(name) else _kind_of_activity(name)
    is_silent = name.startswith(_SILENT_PREFIXES) and own in (None, Kind.UNKNOWN)
    return Kind.MANAGEMENT if is_silent else own


def _kind_of_activity(words: str) -> Kind | None:
    if _RESTORE.search(words):
        return Kind.RESTORE
    return Kind.BACKUP if _BACKUP.search(words) else None


def _kind_of_title(title: str, backup_plan: bool) -> Kind | None:
    """A plan's run may be a restore, or something else that is done with its backups."""
    if _RESTORE.match(title):
        return Kind.RESTORE
    return Kind.UNKNOWN if _OTHER_TITLE.match(title) and not backup_plan else None


def _kind_of_plan(policy_type: str, backup_plan: bool) -> Kind | None:
    """By the family of the plan's type: `backup`, `policy.backup.machine`, `policy.security.patch_management`."""
    family = _FAMILY.split(policy_type)
    if backup_plan or any(word.startswith("backup") for word in family):
        return Kind.BACKUP
    if any(map(_RESTORE.match, family)):
        return Kind.RESTORE
    return Kind.MANAGEMENT if _SILENT_FAMILY in family else None


def _kind_of_rest(title: str, suite: str, activity_type: str) -> Kind:
    """What runs in a cloud suite, and does not say that it is something else, is a backup."""
    is_cloud = _plain(suite) in _SUITES and not activity_type
    return Kind.BACKUP if is_cloud or _BACKUP_TITLE.match(title.casefold()) else Kind.UNKNOWN
