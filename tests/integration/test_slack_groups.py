"""Members of user groups: asked for every ten minutes, remembered for an hour while Slack is silent, else unknown."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.model import Act, Grant, Membership, Person, Role, Routing, Whence
from bot.model.routing import UTC_ZONE
from bot.sandbox import slack as sandbox
from bot.sandbox.slack import Running, serve
from bot.services import Access
from bot.slack.groups import AGAIN_AFTER, GOOD_FOR, LAST_KNOWN_FOR, UserGroups
from bot.slack.sign_in import make_client
from bot.store.engine import Database
from tests.builders import alert
from tests.integration.test_slack_people import Hand
from tests.patience import PATIENCE
from tests.slack_house import small_database

MIA, LEA = Person("U0MIA", "T0SANDBOX", UTC_ZONE), Person("U0LEA", "T0SANDBOX", UTC_ZONE)
ONCALL = frozenset({"S0ONCALL"})
HERE = Whence("C0OPS")


@pytest.fixture
async def slack() -> AsyncIterator[Running]:
    running = await serve()
    yield running
    await running.close()


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
async def groups(slack: Running, clock: Hand) -> AsyncIterator[UserGroups]:
    async with aiohttp.ClientSession() as session:
        client = make_client("xoxb-sandbox", slack.api_url, session, timeout=PATIENCE)
        yield UserGroups(client, ["S0ONCALL"], patience=PATIENCE, monotonic=clock)


def asked(slack: Running) -> int:
    return sum(request["method"] == "usergroups.users.list" for request in slack.slack.requests)


def without_scope(slack: Running) -> None:
    slack.slack.set_scopes(tuple(scope for scope in sandbox.SCOPES if scope != "usergroups:read"))


async def test_members_are_asked_for_every_ten_minutes(slack: Running, groups: UserGroups, clock: Hand) -> None:
    for _ in range(3):
        assert await groups.of("U0MIA") == Membership(ONCALL)
        assert await groups.of("U0LEA") == Membership()
    assert asked(slack) == 1
    clock.at += GOOD_FOR
    assert await groups.of("U0MIA") == Membership(ONCALL)
    assert asked(slack) == 2


async def test_many_who_wait_ask_once(slack: Running, groups: UserGroups) -> None:
    assert set(await asyncio.gather(*(groups.of("U0MIA") for _ in range(50)))) == {Membership(ONCALL)}
    assert asked(slack) == 1


async def test_the_last_known_count_for_an_hour_while_slack_is_silent(
    slack: Running, groups: UserGroups, clock: Hand
) -> None:
    await groups.of("U0MIA")
    without_scope(slack)
    clock.at += LAST_KNOWN_FOR - 1
    assert await groups.of("U0MIA") == Membership(ONCALL)
    clock.at += 1
    after = await groups.of("U0MIA")
    assert (after.groups, after.unsure) == (frozenset(), ONCALL)
    assert "lacks the scope usergroups:read" in after.trouble


async def test_after_a_failure_slack_is_not_asked_at_each_press(
    slack: Running, groups: UserGroups, clock: Hand
) -> None:
    without_scope(slack)
    for _ in range(5):
        assert (await groups.of("U0MIA")).unsure == ONCALL
    assert asked(slack) == 1
    slack.slack.set_scopes(sandbox.SCOPES)
    clock.at += AGAIN_AFTER
    assert await groups.of("U0MIA") == Membership(ONCALL)


async def test_nobody_is_in_a_group_that_is_not_there_or_switched_off(slack: Running) -> None:
    async with aiohttp.ClientSession() as session:
        client = make_client("xoxb-sandbox", slack.api_url, session, timeout=PATIENCE)
        assert await UserGroups(client, ["S0NOPE", "S0RETIRED"]).of("U0MIA") == Membership()


async def test_a_slack_that_cannot_be_reached_is_waited_for_a_moment_only() -> None:
    async with aiohttp.ClientSession() as session:
        client = make_client("xoxb-sandbox", "http://127.0.0.1:9/api/", session, timeout=PATIENCE)
        found = await UserGroups(client, ["S0ONCALL"], patience=0.5).of("U0MIA")
    assert found.unsure == ONCALL
    assert "could not be read" in found.trouble


# ── with the rules ──


GRANTS = (Grant(Role.VIEWER, frozenset({"everyone"})), Grant(Role.MANAGER, ONCALL))


async def test_a_group_gives_its_members_a_role(groups: UserGroups) -> None:
    access = Access(GRANTS, groups=groups, team_id="T0SANDBOX")
    assert await access.check(Act.RUN, MIA, HERE, [alert()]) == ""
    assert await access.role(MIA, HERE) is Role.MANAGER
    assert "Only a responder" in await access.check(Act.TAKE, LEA, HERE, [alert()])


async def test_a_refusal_says_that_groups_could_not_be_read(slack: Running, groups: UserGroups) -> None:
    without_scope(slack)
    access = Access(GRANTS, groups=groups, team_id="T0SANDBOX")
    told = await access.check(Act.TAKE, MIA, HERE, [alert()])
    assert told.startswith("Only a responder may take alerts")
    assert "lacks the scope usergroups:read" in told


async def test_slack_is_asked_only_where_grants_name_groups(slack: Running, groups: UserGroups) -> None:
    access = Access(GRANTS[:1], groups=groups, team_id="T0SANDBOX")
    assert await access.check(Act.TAKE, MIA, HERE, [alert()])
    assert asked(slack) == 0


@pytest.mark.parametrize(
    "person",
    [
        Person("U0MIA", "T0ELSEWHERE", UTC_ZONE),
        Person("", "T0SANDBOX", UTC_ZONE),
        Person("everyone", "T0SANDBOX", UTC_ZONE),
        Person("S0ONCALL", "T0SANDBOX", UTC_ZONE),
        Person("U0MIA\n", "T0SANDBOX", UTC_ZONE),
        Person("U0MIA", "", UTC_ZONE),
    ],
)
@pytest.mark.parametrize("act", [Act.TAKE, Act.RUN, Act.AUDIT])
async def test_who_is_not_ours_never_acts(person: Person, act: Act) -> None:
    access = Access((Grant(Role.MANAGER, frozenset({"everyone"})),), team_id="T0SANDBOX")
    assert await access.check(act, person, HERE, [alert()]) == "Only members of this workspace act on alerts."
    assert await access.role(person, HERE) is Role.VIEWER


async def test_one_alert_that_is_not_allowed_refuses_all() -> None:
    everyone = frozenset({"everyone"})
    routing = Routing(bound={"C0ACME": frozenset({"Acme Corp"})})
    other = alert(tenant=alert().latest.tenant.__class__("70", name="Globex"))
    async with small_database() as database:
        access = Access((Grant(Role.MANAGER, everyone),), routing, database)
        assert await access.check(Act.TAKE, MIA, Whence("C0ACME"), [alert()]) == ""
        assert await access.check(Act.TAKE, MIA, Whence("C0OPS"), [alert(), other]) == ""
        told = await access.check(Act.TAKE, MIA, Whence("C0ACME"), [alert(), other])
    assert "bound to other tenants" in told
    assert "Globex" not in told


async def test_a_bound_channels_name_means_the_tenant_that_bore_it_first() -> None:
    tenant = alert().latest.tenant
    impostor = tenant.__class__("71", "9a959847-ca47-4a48-90a5-cb42789d5b34", tenant.name, "/1/71/")
    async with small_database() as database:
        await _meet(database, tenant.id, tenant.uuid)
        access = Access((), Routing(bound={"C0ACME": frozenset({tenant.name})}), database)
        assert await access.check(Act.TAKE, MIA, Whence("C0ACME"), [alert()]) == ""
        assert await access.check(Act.TAKE, MIA, Whence("C0ACME"), [alert(tenant=impostor)])


async def _meet(database: Database, id_: str, uuid: str) -> None:
    async with database.write() as connection:
        await connection.exec_driver_sql("INSERT INTO bound_names VALUES (?, ?, ?)", ("acme corp", id_, uuid))
