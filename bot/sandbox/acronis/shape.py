"""What the reference leaves open about plans, alerts, tenants and agents: each a setting that control turns."""

from dataclasses import dataclass, field
from typing import Final

WORDS: Final = {
    "spelling": ("guide", "openapi"),
    "success": ("start", "end"),
    "offline_next": ("stale", "absent"),
}


@dataclass(slots=True)
class Shape:
    """`spelling` of times and statuses; `success`: which end of a good run the last good time is; `offline_next`: what
    the next run is while an agent is away. Statuses `lag` so many seconds behind tasks; without `moves` their
    `updated_at` stays where it is when something runs. A page holds so many items at most. Errors may be `wrapped` in
    `error`. `forbidden` APIs answer 403.
    """

    spelling: str = "guide"
    success: str = "start"
    offline_next: str = "stale"
    lag: float = 0
    moves: bool = True
    timestamp: bool = True
    page: int = 1000
    agents_page: int = 100
    alerts_page: int = 200
    wrapped: bool = False
    forbidden: set[str] = field(default_factory=set[str])
