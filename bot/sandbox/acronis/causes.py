"""Why runs fail in the pretend world: a small book of causes, and the error objects that the API makes of them (§8.6).

Codes, serial codes and the shape of the chain are those of public samples; host names are made up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

_NOISE: Final = "TOL: Failed to execute the command. "
_COMMAND: Final = "d:\\1108\\enterprise\\common\\tol\\command\\command.cpp"


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason. `text` is the root cause, `effect` what failed by it, `chain` what lies between, outermost first."""

    code: str
    text: str
    effect: str
    domain: str = "Common"
    serial: str = "0x01350016+0x01350016+0x00A100D4"
    debug: str = ""
    chain: tuple[str, ...] = ()
    bare: bool = False
    """Without context and link: only the code is there."""


_STORAGE_URL: Final = "https://eu-cloud.sandbox.example:80/api/infra_manager/v2/backup_storage"
_DEEP: Final = (
    "Backing up",
    "Backing up",
    "",
    "Failed to execute the backup workflow.\nThe stage 'Archiving' has failed.",
    "Failed to commit the slice.",
    "",
    "Failed to write the volume map.",
    "Failed to copy the volume.",
    "Failed to read the snapshot.",
    "",
    "Input/output operation has failed.",
    "The device is not ready.",
    "",
    "Failed to open '\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy17'.",
    "Windows error",
)

BOOK: Final = {
    "storage_full": Cause(
        code="MemoNotEnoughSpaceOnStorage",
        text="There is not enough free space on the backup storage.",
        effect="Failed to write the backup archive.",
        domain="environment",
        serial="0x01350016+0x01350016+0x000101F6+0x00020062",
        chain=("Backing up", "Failed to write the backup archive."),
    ),
    "cloud_storage": Cause(
        code="MemoFailedToDiscoverFesUri",
        text=(
            f'HTTP request failure for URL "{_STORAGE_URL}".\n Server response code: "404 - Not Found: The requested '
            'resource could not be found".\n Server response message: {"domain":"STORAGE_MANAGER","code":"404"}'
        ),
        effect="TOL: Failed to execute the command. Backing up",
        domain="cloud_platform",
        serial="0x01350016+0x01350016+0x00A100D4+0x01270100+0x0247000D",
        debug="authority id 26bc3588-4278-40bb-b980-0285c6ce519e not found in CA table",
        chain=("Backing up", "Failed to find archive 'archive-1'.", "Storage Manager client error"),
    ),
    "vss": Cause(
        code="MemoVssProviderDoesNotSupportVolume",
        text="The shadow copy provider had an error. Check the application event log for more information.",
        effect="Failed to process the shadow copy operation.",
        domain="environment",
        serial="0x01350016+0x0091001E+0x0000FFF0",
        chain=("Backing up", "Failed to create a volume snapshot.", "Failed to process the shadow copy operation."),
    ),
    "credentials": Cause(
        code="AccessDenied",
        text="The user name or password is incorrect.",
        effect="Failed to connect to the network share '\\\\nas01.corp.example\\backups'.",
        domain="Access",
        serial="0x01350016+0x00040011+0x0000FFF0",
        chain=("Backing up", "Failed to open the backup location."),
    ),
    "network": Cause(
        code="NetworkConnectionLost",
        text="The connection to the server was lost. A network device was reset.",
        effect="Failed to send data to the cloud storage.",
        domain="environment",
        serial="0x01350016+0x00620032+0x0000FFF0",
        chain=("Backing up", "Failed to send data to the cloud storage."),
    ),
    "consent": Cause(
        code="MsGraphAccessDenied",
        text="The application has no consent to access this Microsoft 365 organization.",
        effect="Failed to back up the mailbox.",
        domain="cloud_platform",
        serial="0x01700032+0x01700008",
        debug="AADSTS65001: no consent",
    ),
    "quota": Cause(
        code="LicensingQuotaExceeded",
        text="The storage quota of the tenant is exceeded.",
        effect="Failed to assign the quota.",
        domain="Licensing",
        serial="0x01350016+0x01B50005",
    ),
    "internal": Cause(
        code="InternalError",
        text="The device is not ready.",
        effect="Backup has failed.",
        serial="0x01350016+0x01350016+0x00070011+0x0000FFF0",
        chain=_DEEP,
    ),
    "bare": Cause(code="InternalError", text="", effect="", bare=True),
}


def cause_named(name: str) -> Cause:
    """An entry of the book; any other text becomes the root cause of an entry of its own."""
    return BOOK.get(name) or Cause("InternalError", name, "Backup has failed.", chain=("Backing up", name))


def error_of(cause: Cause, command: str, agent: str) -> dict[str, Any]:
    """The domainError as it lies in `result.error`. `command` is the type of the run, `agent` a machine's name."""
    error: dict[str, Any] = {"domain": cause.domain, "code": cause.code, "reason": cause.code}
    if cause.bare:
        return error
    texts = (*(_NOISE + text if number < 2 and text else text for number, text in enumerate(cause.chain)), cause.text)
    error["context"] = {
        "$module": "disk_bundle_vsa64_41100",
        "_src": _chain(texts, command, agent),
        "agentname": agent,
        "commandid": command,
        "cause_str": cause.text,
        "effect_str": cause.effect,
    }
    link = {"lineTag": "0xB9F2653089B4A64A", "serCode": cause.serial, "version": "15.0", "build": 20706}
    error["kbLink"] = link | {"product": "cloud", "os": "Windows"}
    if cause.debug:
        error["debug"] = {"msg": cause.debug}
    return error


def _chain(texts: Sequence[str], command: str, agent: str) -> dict[str, Any]:
    """Nested `suberror`s, the root cause deepest; the last one is an empty object, as newer agents write it."""
    inner: dict[str, Any] = {}
    for depth, text in reversed(list(enumerate(texts))):
        inner = {
            "code": 20250646 - depth,
            "fields": {"$module": "disk_bundle_vsa64_41100", "AgentName": agent, "CommandID": command},
            "src": {
                "file": _COMMAND,
                "func": "Tol::MakeFailResult",
                "line": 503 - depth,
                "tag": f"0x8d165e86fb81{depth:04x}",
            },
            "suberror": inner,
            "text": text,
            "types": {"$module": "A", "AgentName": "W", "CommandID": "A"},
        }
    return inner
