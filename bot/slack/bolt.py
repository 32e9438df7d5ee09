"""What is used of Bolt. Importing it loads aiohttp's web server and its own synchronous half too, which take 2 MiB.

Where requests come by HTTP the web server was imported before, and stays.
"""

from bot.imports import left_out

with left_out("aiohttp.web", "slack_bolt.adapter.aiohttp", "slack_bolt.app.app", "slack_bolt.app.async_server"):
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.authorization import AuthorizeResult
    from slack_bolt.middleware.async_middleware import AsyncMiddleware
    from slack_bolt.request.async_request import AsyncBoltRequest
    from slack_bolt.response import BoltResponse

__all__ = ["AsyncApp", "AsyncBoltRequest", "AsyncMiddleware", "AuthorizeResult", "BoltResponse"]
