"""A pretend Acronis: the Task Manager API v2 and its neighbours, on a socket. README.md here is its manual."""

from bot.sandbox.acronis.control_runs import Begun
from bot.sandbox.acronis.server import Running, serve
from bot.sandbox.acronis.world import World
