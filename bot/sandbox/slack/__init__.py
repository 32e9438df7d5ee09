"""A pretend Slack: a server on loopback that real Slack clients (slack_sdk, Bolt, Socket Mode) talk to unchanged.

It shares no line with the bot, so that it does not share its mistakes. Its rules come from Slack's documentation;
where that is silent, the module says that the number is a guess. Start it:

    running = await serve()          # port 0 takes a free one; many may run in one process
    running.api_url                  # SLACK_API_URL, http://127.0.0.1:PORT/api/
    running.slack                    # the object the control API speaks for
    await running.close()

Tokens are `xoxb-sandbox`, `xapp-sandbox`, the signing secret is `sandbox-signing-secret` (`Tokens`). Numbers (3 s for
an ack, 1 post a second, five uses of a `response_url`) are in `Limits`. `now` may be a clock of the test's own.

**Who and where.** #backup-alerts is `C0ALERTS`; see `people` for the rest: a fallback (`C0FALLBACK`), a shared one
(`C0SHARED`), a private one (`G0PRIVATE`), one the bot is not in (`C0OUTSIDE`), a secret one (`G0SECRET`), an archived
one (`C0ARCHIVED`); users `U0MIA` (Berlin), `U0NOAH` (New York), `U0ASHA` (Kolkata), `U0UMA` (UTC), guests `U0GUEST` and
`U0SINGLE`, a stranger `U0STRANGER`, another team's `U0OTHER`, a robot `U0ROBOT`, one who left, `U0GONE`.

**What people do** (`PretendSlack`; over HTTP `POST /control/<name>` with the arguments as a JSON object):

    command      user channel text [command team enterprise twice]   waits for the ack, answers with the Delivery
    tap          user [action label value] [channel ts | view] [old team enterprise twice]
                                                a button or menu of a message, an ephemeral message or a view
    shortcut     user channel ts callback_id [team enterprise twice]
                                                the app's shortcut in the menu of a message
    mention      user channel text [thread_ts team late twice]
                                                a message that names @nightshift, in the words a person types
    submit       user [values view twice]       fills in the topmost modal and submits it
    close_view   user [everything]
    open_home    user
    event        event [team twice]
    say          user channel text [thread_ts]
    delete       channel ts                     a person deletes a message

`await running.slack.until(lambda: …)` returns when something has become so; it looks again at every journal entry.

A `Delivery` tells each attempt, whether it was acked, after how many seconds and with what, and `shown`: the error the
person saw (`operation_timeout`, `dispatch_failed`, `http_service_error` for 5xx, `http_client_error` for 4xx).

**Trouble** (the same two ways):

    fault        kind [method times channel seconds status error]
                 ratelimited, http, error, reset_before, hang: not accepted; late, reset_after: stored, not answered
    clear_faults
    hold         method when [channel]          the next call; before it is accepted, or after it is stored
    release                                     lets everything held go on
    cut                                         every socket ends without a word
    disconnect   [reason]                       every client is asked to leave
    archive      channel [archived]
    invite       channel [member]
    leave        channel user
    close_edit_window channel ts [closed]
    set_request_url   [url]                     signed HTTP there; none is Socket Mode again
    set_scopes   scopes
    revoke       token                          bot, app or both
    restore      token
    forget_limits

`method` is a Web API method, `response_url` or `*`; `times` null means until cleared. A call whose client died while it
was held *before* acceptance is dropped at release, as if it had never arrived.

**What can be read**:

    GET /control/channel/<id>    what it shows, and every message with its versions
    GET /control/user/<id>       ephemeral and direct messages, modals, Home
    GET /control/deliveries
    GET /control/requests        every call with its arguments, without tokens
    GET /control/trouble         faults, and which holds have caught a call
    GET /control/sockets         how many connections are open
    GET /control/channels
    GET /control/people
    GET /control/stream          every message, edit, view and command as lines of JSON, without end;
                                 with ?since=CURSOR&wait=SECONDS one answer with what came after

Kinds of entries in the stream: `posted`, `edited`, `deleted` (with channel, ts, thread_ts, broadcast, only_for, user,
text, blocks), `view`, `view updated`, `view closed`, `command`, `delivery`, `call`, `held`, `socket`.

Not played: options of an external select asked from the bot, streaming, files, unfurling, OAuth.
"""

from bot.sandbox.slack.calls import ControlError
from bot.sandbox.slack.deliveries import Attempt, Delivery
from bot.sandbox.slack.faults import Fault, Hold
from bot.sandbox.slack.limits import Limits
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import ALERTS, APP, BOT, BOT_USER, OTHER_TEAM, TEAM, Channel, Person
from bot.sandbox.slack.pretend import PretendSlack
from bot.sandbox.slack.server import Running, serve
from bot.sandbox.slack.state import SCOPES, Tokens
from bot.sandbox.slack.views import View

__all__ = [
    "ALERTS",
    "APP",
    "BOT",
    "BOT_USER",
    "OTHER_TEAM",
    "SCOPES",
    "TEAM",
    "Attempt",
    "Channel",
    "ControlError",
    "Delivery",
    "Fault",
    "Hold",
    "Limits",
    "Message",
    "Person",
    "PretendSlack",
    "Running",
    "Tokens",
    "View",
    "serve",
]
