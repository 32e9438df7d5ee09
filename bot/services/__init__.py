"""What a handler may use: tasks, the clock, the verbs. Nothing else goes here; no SQL, no HTTP, no Slack."""

from bot.services.handling import ActionHandler, Draw, Handlers, Services, Turn, VerbHandler
from bot.services.listings import Listing, Steps
from bot.services.reading import Source
from bot.services.tasks import Answers, Tasks

__all__ = [
    "ActionHandler",
    "Answers",
    "Draw",
    "Handlers",
    "Listing",
    "Services",
    "Source",
    "Steps",
    "Tasks",
    "Turn",
    "VerbHandler",
]
