"""What a handler may use: tasks, alerts, the clock, the verbs. No SQL, no HTTP, no Slack."""

from bot.services.access import Access
from bot.services.acting import Acting
from bot.services.alerts import Alerts
from bot.services.at_once import AT_ONCE, HOURS, AtOnce
from bot.services.audit import Audits
from bot.services.colleagues import Colleagues, Nobody
from bot.services.handlers import ActionHandler, FormHandler, Handlers, HomeHandler, Services, Turn, VerbHandler
from bot.services.health import Health
from bot.services.home import OverviewReading, Overviews
from bot.services.running import Running
from bot.services.tasks import Tasks
