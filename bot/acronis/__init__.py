"""The edge to Acronis: HTTP and the API's JSON. The only package that knows httpx, and with settings pydantic.

Everything that leaves it is a noun of `bot.model` or an error of `bot.errors`.
"""

from bot.acronis.client import AcronisClient
from bot.acronis.http import Timeouts, check_url
