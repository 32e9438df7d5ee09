"""A pretend Slack that real Slack clients talk to unchanged. README.md beside this file is its manual."""

from bot.sandbox.slack.calls import ControlError
from bot.sandbox.slack.deliveries import Attempt, Delivery
from bot.sandbox.slack.faults import Fault, Hold
from bot.sandbox.slack.limits import Limits
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import ALERTS, APP, BOT, BOT_USER, OTHER_TEAM, TEAM, Channel, Person
from bot.sandbox.slack.pretend import PretendSlack
from bot.sandbox.slack.server import AddRoutes, Running, serve
from bot.sandbox.slack.state import SCOPES, Tokens
from bot.sandbox.slack.views import View
