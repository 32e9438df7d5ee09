"""What one play came to. Knows no words for people."""

from dataclasses import dataclass

from bot.replay.dry_delivery import Said
from bot.store.told import Silence, ToldCard


@dataclass(frozen=True, slots=True)
class Show:
    """All that was said, the cards it left, and what stayed unsaid."""

    said: tuple[Said, ...]
    cards: tuple[ToldCard, ...]
    silences: tuple[Silence, ...] = ()
