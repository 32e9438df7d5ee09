"""What a web hook gets: a small JSON document about an alert that nobody touched, or about a storm of them."""

from datetime import UTC, datetime
from typing import Any, Final

from bot.blocks.alert_words import alert_name, how, sentence
from bot.blocks.phrase import Link, message_link
from bot.model import PersonalView

VERSION: Final = 1
"""It goes up when a field changes its meaning or goes. New fields may come without that."""
_LONGEST: Final = 300  # characters of a name or a cause


def hook_document(view: PersonalView, site: str) -> dict[str, Any]:
    """Fields are described in bot/settings/README.md. `site` is the workspace's address. Names may be hostile: they are
    data here, and whoever shows them makes them harmless."""
    alert = view.about.alert
    run = alert.latest
    return {
        "version": VERSION,
        "event": "climbed",
        "number": alert.id,
        "alerts": view.size,
        "severity": alert.assessment.severity.value,
        "what": run.kind.value,
        "how": how(alert),
        "where": {
            "name": alert_name(alert)[:_LONGEST],
            "tenant": run.tenant.name[:_LONGEST],
            "plan": run.plan[:_LONGEST],
            "account": run.account,
        },
        "why": sentence(alert)[:_LONGEST],
        "since": _iso(alert.opened_at),
        "failed_at": _iso(run.ended_at),
        "untouched_minutes": float(view.why),
        "link": next((part.url for part in message_link(view.posted, site, "") if isinstance(part, Link)), ""),
    }


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
