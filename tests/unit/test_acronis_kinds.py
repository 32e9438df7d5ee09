"""What kind of run a record is (bot/acronis/kinds.py)."""

import pytest

from bot.acronis.kinds import KNOWN_TYPES, Classifier
from bot.model import OFFICE365_TYPES, Kind, Workload


def kind(type: str = "", *, policy: str = "", title: str = "", plan: bool = False, activity: str = "") -> Kind:  # noqa: A002
    return Classifier().kind(type, policy, title, plan, activity)


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


def test_the_ten_types_of_the_guide_are_microsofts_and_googles() -> None:
    cloud = {Workload.MICROSOFT365, Workload.GOOGLE}
    assert {name for name, (_, workload) in KNOWN_TYPES.items() if workload in cloud} == OFFICE365_TYPES
