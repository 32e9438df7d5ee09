"""What is done without a running bot: trying everything it needs, and printing what its database holds."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final

from bot import wiring
from bot.acronis import AcronisClient
from bot.errors import AcronisRefused, AcronisUnavailable, SettingsError, StoreUnavailable
from bot.jobs.events import OFF, standing
from bot.model import AuditQuery
from bot.services.audit import csv_lines
from bot.services.settings_names import NO_COPY, warnings_of
from bot.settings import Mode, Settings
from bot.slack.preflight import Preflight
from bot.slack.sign_in import check_app_token, open_session, sign_in
from bot.store.address import Address
from bot.store.audit import Audit
from bot.store.engine import Database
from bot.wiring.events import events_clients

Tell = Callable[[str], None]

NO_AUDIT: Final = (
    "{} is not there, or is of another version of Nightshift. DATABASE_URL names the bot's database; `migrate` brings"
    " an older one up to date."
)


async def check(settings: Settings, tell: Tell, *, say: bool = False) -> None:
    """Tries everything the bot needs, once, and tells what is well. With `say` one line is posted to each channel.

    Raises what is refused or cannot be reached, and SettingsError with all that Slack lacks.
    """
    async with AsyncExitStack() as stack:
        faults = await _check_slack(settings, tell, stack, say=say)
        for client in wiring.acronis_clients(settings):
            stack.push_async_callback(client.aclose)
            try:
                await client.check()
            except (AcronisRefused, AcronisUnavailable) as error:
                if not faults:
                    raise
                faults.append(error.told)
            else:
                tell(f"Acronis: account {client.account} may read tasks.")
                await _check_plans(settings, client, tell)
        await _tell_events(settings, tell, stack)
    if faults:
        raise SettingsError(faults)


async def _check_slack(settings: Settings, tell: Tell, stack: AsyncExitStack, *, say: bool) -> list[str]:
    """Returns what it lacks."""
    session = await stack.enter_async_context(open_session(settings.slack_api_url))
    slack = wiring.slack_client(settings, session)
    identity = await sign_in(slack)
    tell(f"Slack: signed in to {identity.team}.")
    if settings.mode is Mode.RUN:
        await check_app_token(slack, settings.app_token)
        tell("Slack: Socket Mode may be opened.")
    preflight = Preflight(slack, identity, wiring.slack_needs(settings))
    looks = [await preflight.look(), *([await preflight.say()] if say else [])]
    for line in (line for found in looks for line in found.well):
        tell(line)
    return [fault for found in looks for fault in found.faults]


async def _check_plans(settings: Settings, client: AcronisClient, tell: Tell) -> None:
    """What cannot be read is told, and is no fault: the bot goes on without it."""
    if settings.plans is None:
        tell("Acronis: plans are not read (read = false under [plans]).")
        return
    accesses = await client.plans.probe()
    if may_read := ", ".join(each.api.value for each in accesses if not each.words):
        tell(f"Acronis: account {client.account} may read {may_read}.")
    for each in accesses:
        if each.words:
            tell(f"Acronis: account {client.account} goes on without {each.api.value}. {each.words}")


async def _tell_events(settings: Settings, tell: Tell, stack: AsyncExitStack) -> None:
    """Whether events have the accounts polled."""
    for client in events_clients(settings):
        stack.push_async_callback(client.aclose)
        told = await standing(client) if settings.wake else OFF
        tell(f"Acronis: account {client.account} is {told}.")


async def name_warnings(settings: Settings) -> list[str]:
    """Names in the settings that nobody in the copy bears, and tenants that are better named by their ids."""
    database = Database(settings.database)
    try:
        if not await database.is_current():
            return [NO_COPY]
        return await warnings_of(settings.routing, wiring.questions(settings, database))
    finally:
        await database.close()


async def print_audit(address: Address, query: AuditQuery, write: Callable[[str], object]) -> None:
    """The audit as CSV. Only reads the database: a bot may run on it meanwhile. Raises StoreUnavailable."""
    database = Database(address)
    try:
        if not await database.is_current():
            raise StoreUnavailable(NO_AUDIT.format(address.name))
        async for line in csv_lines(Audit(database), query):
            write(line)
    finally:
        await database.close()
