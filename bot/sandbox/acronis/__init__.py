"""A pretend Acronis: the Task Manager API v2 as the reference tells it, on a socket, over a world that lives.

    running = await serve(port=0, world="empty")        # "living" is four weeks old and goes on; or a World
    running.url, running.port, running.world, running.control
    await running.close()

It takes the client `sandbox-client` with the secret `sandbox-secret` at `POST /api/2/idp/token` (Basic or in the form)
and answers `GET /api/2/clients/{id}` and the four GETs under `/api/task_manager/v2`. It shares no line with the bot's
own client, so not its mistakes either. Where the reference is silent: unknown parameters are ignored, `like`
is case-blind, a page holds 1,000 items at most, and without a limit everything is one page.

The control API: `POST /control/NAME` with a JSON object, the same as `running.control.NAME(**object)`; loopback, no
password. Wrong words are a 400 with `{"error": …}`. What looks only is a GET (marked *).

    fail       resource, plan, kind, seconds, cause, code, result, child   a backup or restore starts now and ends badly
    recover    resource, plan, kind, seconds        the next run is ok; without a name: of what failed last
    storm      count, cause, seconds, apart         so many resources fail by the same cause
    future     seconds, resource, result            a finished run whose stamps lie ahead
    add        tasks, activities                    raw objects, word by word; a known id is replaced
    grow       count                                so many finished tasks, for benchmarks
    delete     id, kind                             only `allow_deleted=true` shows it from now on
    slow       seconds, path                        each answer takes so long; 0 ends it
    fault      kind, count, path, retry_after, as_date, location
               500 502 503 429 reset hang redirect garbage; the next `count` requests, null: until `clear`
    outage     on, mode                             all is away: 502 503 reset
    malformed  items, count                         the next list answers hold these items too
    clear                                           no fault, outage, slowness, malformed items
    hold       path                                 the next such request waits before it is answered, until `release`
    holds *                                         {"held": true} once one is caught; each hold for itself
    release    hold                                 lets one go, or all
    now *      offset, date_offset                  moves the server's clock, or its Date header alone (seconds)
    settings * envelope (real guide spec), end (missing empty repeat no_paging null_items), max_page,
               unauthorised (json html), role (false: 403), token_lifetime (seconds),
               token_expiry (expires_on expires_in both neither)
    revoke                                          every token is invalid
    requests * path                                 all requests so far, without secrets
    resources *                                     what can be made to fail
    reset                                           as at the start; held requests are let go
"""

from bot.sandbox.acronis.control import Begun
from bot.sandbox.acronis.server import Running, serve
from bot.sandbox.acronis.world import World

__all__ = ["Begun", "Running", "World", "serve"]
