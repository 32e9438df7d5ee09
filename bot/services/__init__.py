"""What a handler may use: tasks, alerts, the clock, the verbs. Nothing else goes here; no SQL, no HTTP, no Slack."""

from bot.services.alerting import AlertBook, Alerts
from bot.services.fan_out import Source
from bot.services.from_copy import Copy
from bot.services.handlers import ActionHandler, Draw, Handlers, Services, Turn, VerbHandler
from bot.services.tasks import Answers, Tasks

__all__ = [
    "ActionHandler",
    "AlertBook",
    "Alerts",
    "Answers",
    "Copy",
    "Draw",
    "Handlers",
    "Services",
    "Source",
    "Tasks",
    "Turn",
    "VerbHandler",
]
