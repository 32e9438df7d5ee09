"""What kind of run a record is (bot/acronis/kinds.py)."""

import pytest

from bot.acronis.kinds import KNOWN_TYPES, Classifier
from bot.model import OFFICE365_TYPES, Kind, Workload


def kind(
    own: str = "", *, policy: str = "", title: str = "", plan: bool = False, activity: str = "", **more: str
) -> Kind:
    return Classifier().kind(own, policy, title, plan, activity, **more)


@pytest.mark.parametrize(
    ("type_name", "expected"),
    [
        ("UserMailboxBackup", Kind.BACKUP),
        ("GSRestoreGDrive", Kind.RESTORE),
        ("D332948D-A7A9-4E07-B76C-253DCF6E17FB", Kind.BACKUP),
        ("8f01ac13-f59e-4851-9204-de1fd77e36b4", Kind.BACKUP),
        ("08FF37D8-FB90-49A3-828B-B9A8CDA417B3", Kind.RESTORE),
        ("4504F8D4-2727-42AB-BB4F-A42EDBB790A0", Kind.MANAGEMENT),
        ("policy.apply", Kind.MANAGEMENT),
        ("agent.add", Kind.MANAGEMENT),
        ("autoupdatestandby", Kind.MANAGEMENT),
        ("NGMP_FullScan", Kind.MANAGEMENT),
        ("0016750A-EE56-49E6-BF59-7C768C9869AC", Kind.UNKNOWN),
        ("", Kind.UNKNOWN),
    ],
)
def test_a_known_type_says_its_kind_in_either_case(type_name: str, expected: Kind) -> None:
    assert kind(type_name) == expected


def test_a_known_type_wins_over_the_plan() -> None:
    """Applying a backup plan is management, though its policy is a backup plan."""
    assert kind("policy.apply", policy="backup", plan=True) == Kind.MANAGEMENT


def test_what_is_taught_wins_over_every_table_in_either_case() -> None:
    taught = Classifier({"policy.apply": Kind.RESTORE, "00000000-0000-0000-0000-00000000ABCD": Kind.RESTORE})
    assert taught.kind("Policy.Apply", "", "", False, "") == Kind.RESTORE
    assert taught.kind("00000000-0000-0000-0000-00000000abcd", "backup", "", True, "") == Kind.RESTORE


def test_an_unknown_type_is_known_by_its_plan() -> None:
    assert kind("x", policy="Backup") == Kind.BACKUP
    assert kind("x", plan=True) == Kind.BACKUP
    assert kind("x", policy="policy.protection.total") == Kind.UNKNOWN


NEW = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("policy.backup.machine", Kind.BACKUP),
        ("policy.backup", Kind.BACKUP),
        ("POLICY.BACKUP.O365", Kind.BACKUP),
        ("backup", Kind.BACKUP),
        ("policy/backup/mailbox", Kind.BACKUP),
        ("policy.recovery.machine", Kind.RESTORE),
        ("policy.security.patch_management", Kind.MANAGEMENT),
        ("policy.protection.total", Kind.UNKNOWN),
        ("policy.nobackup", Kind.UNKNOWN),
        ("", Kind.UNKNOWN),
    ],
)
def test_the_family_of_the_plans_type_says_the_kind_of_an_unknown_type(family: str, expected: Kind) -> None:
    assert kind(NEW, policy=family) == expected


@pytest.mark.parametrize(
    ("type_name", "expected"),
    [
        ("TeamsBackup", Kind.BACKUP),
        ("backup.machine", Kind.BACKUP),
        ("GSBackupCalendar", Kind.BACKUP),
        ("GROUPMAILBOXBACKUPV2", Kind.BACKUP),
        ("TeamsRestore", Kind.RESTORE),
        ("RecoverFilesFromBackup", Kind.RESTORE),
        ("BackupValidation", Kind.UNKNOWN),
        ("BackupReplication", Kind.UNKNOWN),
        ("QuickScan", Kind.MANAGEMENT),
        ("WindowsRegistryBackup", Kind.BACKUP),
        (" {D332948D-A7A9-4E07-B76C-253DCF6E17FB}", Kind.BACKUP),
        ("AgentUpdate", Kind.MANAGEMENT),
        ("Teams", Kind.UNKNOWN),
    ],
)
def test_a_types_own_name_says_its_kind(type_name: str, expected: Kind) -> None:
    assert kind(type_name) == expected
    assert kind(type_name, policy="policy.backup.machine") == (Kind.BACKUP if type_name == "Teams" else expected)


@pytest.mark.parametrize(
    ("type_name", "expected"),
    [
        ("policy.backup.vm", Kind.BACKUP),
        ("Policy.Recovery.Machine", Kind.RESTORE),
        ("agent.backup", Kind.BACKUP),
        ("policy.backup.apply", Kind.MANAGEMENT),
        ("policy.backup.delete", Kind.MANAGEMENT),
        ("policy.x", Kind.MANAGEMENT),
    ],
)
def test_a_type_of_a_plan_or_an_agent_may_be_a_backup(type_name: str, expected: Kind) -> None:
    assert kind(type_name) == expected


@pytest.mark.parametrize("suite", ["Office 365", "microsoft_365", "Google Workspace", "G-Suite", "M365"])
def test_a_suite_is_known_however_it_is_written(suite: str) -> None:
    assert kind(NEW, suite=suite) == Kind.BACKUP
    assert Classifier().workload(NEW, "", suite) in (Workload.MICROSOFT365, Workload.GOOGLE)


def test_the_suite_the_command_and_the_activity_say_the_kind_where_type_and_plan_do_not() -> None:
    assert kind(NEW, suite="o365") == kind(NEW, suite="GWorkspace") == Kind.BACKUP
    assert kind(NEW, suite="o365", activity="restore") == Kind.RESTORE
    assert kind(NEW, suite="o365", activity="discovery") == kind(NEW, suite="fixture") == Kind.UNKNOWN
    assert kind(NEW, command="d332948d-a7a9-4e07-b76c-253dcf6e17fb") == Kind.BACKUP
    assert kind(NEW, activity="incrementalBackup") == Kind.BACKUP


def test_what_is_done_under_a_backup_plan_need_not_be_a_backup() -> None:
    assert kind(NEW, policy="policy.backup.machine", title="Recovering files") == Kind.RESTORE
    assert kind(NEW, policy="policy.backup.machine", activity="restore") == Kind.RESTORE
    assert kind(NEW, policy="policy.backup.machine", title="Validating 'SRV-1'") == Kind.UNKNOWN


def test_a_cloud_activity_says_what_it_is() -> None:
    assert kind("x", activity="backup") == Kind.BACKUP
    assert kind("x", activity="Restore") == Kind.RESTORE


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Backup plan 'Nightly'", Kind.BACKUP),
        ("Backing up", Kind.BACKUP),
        ("Recovering a virtual machine", Kind.RESTORE),
        ("Restoring files", Kind.RESTORE),
        ("Applying plan 'Backup of SQL'", Kind.UNKNOWN),
        ("Backups are great", Kind.UNKNOWN),
        ("Deleting 'Recovery point'", Kind.UNKNOWN),
        ("Sicherungsplan 'Nightly'", Kind.BACKUP),
        ("Datensicherung", Kind.BACKUP),
        ("Sauvegarde de 'SRV-1'", Kind.BACKUP),
        ("Copia de seguridad", Kind.BACKUP),
        ("Wiederherstellung von 'SRV-1'", Kind.RESTORE),
        ("Restauration", Kind.RESTORE),
        ("Ripristino", Kind.RESTORE),
        ("Wiederherstellungspunkt", Kind.UNKNOWN),
    ],
)
def test_a_title_counts_by_its_first_words_alone(title: str, expected: Kind) -> None:
    """The rest of a title is what customers typed."""
    assert kind("x", title=title) == expected


@pytest.mark.parametrize(
    ("type_name", "resource", "suite", "expected"),
    [
        ("SPBackup", "", "", Workload.MICROSOFT365),
        ("gsbackupgmail", "", "o365", Workload.GOOGLE),
        ("0016750A-EE56-49E6-BF59-7C768C9869AC", "MAILBOX", "o365", Workload.MICROSOFT365),
        ("019CF690-803B-451F-9E4B-B76C478BC05F", "", "GWorkspace", Workload.GOOGLE),
        ("D332948D-A7A9-4E07-B76C-253DCF6E17FB", "", "", Workload.MACHINE),
        ("x", "machine", "", Workload.MACHINE),
        ("x", "MAILBOX", "fixture", Workload.OTHER),
    ],
)
def test_the_workload_is_told_by_type_then_suite_then_resource(
    type_name: str, resource: str, suite: str, expected: Workload
) -> None:
    assert Classifier().workload(type_name, resource, suite) == expected


def test_the_plans_type_tells_the_workload_where_nothing_else_does() -> None:
    told = [Classifier().workload("x", "", "", f"policy.backup.{family}") for family in ("machine", "o365", "x")]
    assert told == [Workload.MACHINE, Workload.MICROSOFT365, Workload.OTHER]


def test_the_ten_types_of_the_guide_are_microsofts_and_googles() -> None:
    cloud = {Workload.MICROSOFT365, Workload.GOOGLE}
    assert {name for name, (_, workload) in KNOWN_TYPES.items() if workload in cloud} == OFFICE365_TYPES
