"""What no entry may say: errors whose words look like those of another one (bot/errorbook/errors.toml)."""

import pytest

from bot.errorbook.book import shipped
from bot.model import Fault


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("Logon failure: account currently disabled.", "stored-password-wrong"),
        ("Logon failure: the user has not been granted the requested logon type.", "stored-password-wrong"),
        ("The customer account is disabled", "account-locked"),
        ("Cannot open the disk 'x.vmdk'. Failed to lock the file", "archive-locked"),
        ("The backup has failed. This drive is locked by BitLocker", "archive-locked"),
        ("The maximum number of snapshots (32) reached for virtual machine", "vss-too-many"),
        ("Server response code: '429 - Too Many Requests'", "m365-throttled"),
        ("Throttling limit of the disk reached", "m365-throttled"),
        ("Can't connect to local MySQL server through socket", "sql-backup-failed"),
        ("Database cannot be opened due to insufficient memory or disk space.", "out-of-memory"),
        ("AADSTS50126: Error validating credentials due to invalid username or password.", "m365-logon-blocked"),
        ("AADSTS50034: The user account does not exist in the directory", "m365-logon-blocked"),
        ("ms graph error httpStatus: 507, code: insufficientStorage", "m365-service-failed"),
        ("Operation not permitted: /etc/resolv.conf", "mac-full-disk-access"),
        ("fsfreeze: / : freeze failed: Device or resource busy", "file-in-use"),
        ("A hibernation file could not be excluded", "machine-shut-down"),
        ("Server response code: '403 - Forbidden: quota exceeded'", "acronis-request-refused"),
        ("The database file is corrupt", "archive-corrupted"),
        ("Backup failed: the password of the account has expired", "archive-password-wrong"),
        ("Backup to the immutable storage failed: peer did not respond", "storage-immutable"),
        ("Failed to read 'checkpoint.bin'", "hyperv-checkpoint-failed"),
        ("SQL Server Integration Services catalog failed", "hyperv-guest-services"),
        ("The off-site vault was not found", "sharepoint-site-not-found"),
        ("Access to the off-site share was denied", "sharepoint-access-denied"),
        ("The fibre channel path no longer exists", "teams-channel-failed"),
        ("The target machine does not have enough memory", "restore-target-too-small"),
        ("The domain administrators have disabled Drive apps., domainPolicy", "google-user-suspended"),
        ("The NAS folder has insufficient free space", "linux-lvm-no-room"),
        ("LVM snapshot was not made: insufficient free extents", "vmware-snapshot-failed"),
        ("Disk quota has been exceeded", "workload-quota-reached"),
        ("The filename or extension is too long.", "path-wrong"),
        ("Failed to back up the mailbox: the property was not found", "m365-mailbox-not-found"),
        ("Failed to start the agent: driver not found", "restore-drivers-missing"),
        ("The SQL service is in maintenance", "acronis-maintenance"),
        ("A virus was found in file invoice.exe", "m365-file-is-malware"),
    ],
)
def test_an_error_is_not_taken_for_one_that_looks_alike(text: str, never: str) -> None:
    assert shipped().explain(Fault(cause=text, leaf=text)).entry != never
