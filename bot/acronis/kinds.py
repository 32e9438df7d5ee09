"""What kind of run a record is, and of which workload.

Owns the table of type values. Knows neither the API's JSON nor HTTP: it is asked with the few words that decide.
A type is free text or a GUID in either case, and Acronis publishes no registry of them (reference §9), so an operator
can name more in `[types]` of nightshift.toml.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from bot.model import Kind, Workload

KNOWN_TYPES: Mapping[str, tuple[Kind, Workload | None]] = {
    "UserMailboxBackup": (Kind.BACKUP, Workload.MICROSOFT365),
    "UserMailboxRestore": (Kind.RESTORE, Workload.MICROSOFT365),
    "SPBackup": (Kind.BACKUP, Workload.MICROSOFT365),
    "SPRestore": (Kind.RESTORE, Workload.MICROSOFT365),
    "ODBackup": (Kind.BACKUP, Workload.MICROSOFT365),
    "ODRestore": (Kind.RESTORE, Workload.MICROSOFT365),
    "GSBackupGMail": (Kind.BACKUP, Workload.GOOGLE),
    "GSRestoreGMail": (Kind.RESTORE, Workload.GOOGLE),
    "GSBackupGDrive": (Kind.BACKUP, Workload.GOOGLE),
    "GSRestoreGDrive": (Kind.RESTORE, Workload.GOOGLE),
    "D332948D-A7A9-4E07-B76C-253DCF6E17FB": (Kind.BACKUP, Workload.MACHINE),  # run of a backup plan, the root
    "8F01AC13-F59E-4851-9204-DE1FD77E36B4": (Kind.BACKUP, Workload.MACHINE),  # "Backing up", a child
    "F30407D6-601F-11E0-9C67-FF46DFD72085": (Kind.BACKUP, Workload.MACHINE),  # "Backup workflow"
    "45D64182-5DF4-4AE0-9D42-55E1C3DB942B": (Kind.BACKUP, Workload.MACHINE),  # in a public list of backup commands
    "08FF37D8-FB90-49A3-828B-B9A8CDA417B3": (Kind.RESTORE, Workload.MACHINE),  # "Recovering a virtual machine"
    "6F80C46F-90AC-4F6F-9578-3CAEF754A637": (Kind.RESTORE, Workload.MACHINE),  # "Recovering the entire virtual machine"
    "4504F8D4-2727-42AB-BB4F-A42EDBB790A0": (Kind.MANAGEMENT, None),  # Tol::IsolateCommand, a wrapper
    "A59E8BF2-39C3-42C4-B667-CB672381A214": (Kind.MANAGEMENT, None),  # agent.add
    "44328016-20D7-4799-A357-CF152C904ED0": (Kind.MANAGEMENT, None),  # policy.revoke
    "F5CD89C9-3CD1-4DBC-97F3-82BF93687B46": (Kind.MANAGEMENT, None),  # plan edited
    "AddFeatures": (Kind.MANAGEMENT, None),
    "Download": (Kind.MANAGEMENT, None),
    "AutoUpdateStandby": (Kind.MANAGEMENT, None),
    "WinScan": (Kind.MANAGEMENT, None),
    "TpScan": (Kind.MANAGEMENT, None),
    "NGMP_FullScan": (Kind.MANAGEMENT, None),
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
        known = _WORKLOADS.get(type.casefold()) or _SUITES.get(suite.casefold())
        if known is not None:
            return known
        return Workload.MACHINE if "machine" in resource_type.casefold() else Workload.OTHER


def _kind_of_title(title: str) -> Kind:
    if _BACKUP_TITLE.match(title):
        return Kind.BACKUP
    return Kind.RESTORE if _RESTORE_TITLE.match(title) else Kind.UNKNOWN
