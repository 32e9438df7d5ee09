"""A name that nobody has is pointed at, before a question for it finds nothing."""

from dataclasses import replace

import pytest

from bot.errors import UsageError
from bot.model import Invocation, Mark, NameField, NameFilter, TaskQuery, Tenant
from bot.services.names import unknown_name
from tests.builders import task
from tests.services_house import Account, FakeCopy, reach, tasks_of

NAMES = ("SRV-SQL01", "SRV-SQL02", "Acme Corp", "Beta 24/7", "mail.example.com")


def named(
    pattern: str, *, field: NameField = NameField.MACHINE, text: str = "", leaves_out: bool = False
) -> Invocation:
    text = text or f"failed machine {pattern} today"
    query = TaskQuery(names=(NameFilter(field, (pattern,), leaves_out),))
    return Invocation("", query, text=text, marks=(Mark(field, pattern, text.index(pattern), len(pattern)),))


async def fault(invocation: Invocation, copy: FakeCopy | None = None) -> UsageError | None:
    known = copy or FakeCopy(known=(reach(),), names=NAMES)
    try:
        await tasks_of(Account(), copy=known).check_names(invocation)
    except UsageError as error:
        return error
    return None


async def test_a_name_that_nobody_has_is_marked_and_the_nearest_offered() -> None:
    error = await fault(named("srv-sq101"))
    assert error
    assert error.told == "No machine is called “srv-sq101”. Did you mean “SRV-SQL01”?"
    assert error.text[error.offset : error.offset + error.length] == "srv-sq101"
    assert error.example == '/tasks failed machine "SRV-SQL01" today'


async def test_a_name_in_quotes_stays_in_them() -> None:
    error = await fault(named("acme crop", field=NameField.TENANT, text="tenant “acme crop” failed"))
    assert error
    assert error.example == "/tasks tenant “Acme Corp” failed"
    assert error.told.startswith("No tenant is called “acme crop”")


@pytest.mark.parametrize("pattern", ["srv-sql01", "SQL", "srv-*", "acme*", "MAIL."])
async def test_a_name_that_somebody_has_passes(pattern: str) -> None:
    assert await fault(named(pattern)) is None


@pytest.mark.parametrize("pattern", ["67", "ba959847-ca47-4a48-90a5-cb42789d5b34"])
async def test_an_id_passes(pattern: str) -> None:
    assert await fault(named(pattern)) is None


async def test_a_type_or_a_name_to_leave_out_passes() -> None:
    assert await fault(named("nosuch", field=NameField.TYPE)) is None
    assert await fault(named("nosuch", leaves_out=True)) is None


@pytest.mark.parametrize("known", [(), (reach(minutes=9),), (reach(is_whole=False),)])
async def test_no_name_is_refused_where_not_all_names_are_known(known: tuple[object, ...]) -> None:
    assert await fault(named("nosuch"), FakeCopy(known=known, names=NAMES)) is None  # type: ignore[arg-type]


async def test_where_nothing_was_found_a_name_like_a_known_one_is_doubted_before_all_are_known() -> None:
    """History may still be read: then a name is only doubted where one like it is known."""
    tasks = tasks_of(Account(), copy=FakeCopy(known=(reach(is_whole=False),), names=NAMES))
    with pytest.raises(UsageError) as doubted:
        await tasks.doubt_names(named("srv-sq101"))
    assert (
        doubted.value.told == "No machine is called “srv-sq101”, as far as the bot has read. Did you mean “SRV-SQL01”?"
    )
    await tasks.doubt_names(named("ωωωωω"))
    await tasks.doubt_names(named("srv-sql"))


async def test_no_name_is_refused_where_the_copy_knows_none() -> None:
    assert await fault(named("nosuch"), FakeCopy(known=(reach(),))) is None


async def test_a_name_like_no_other_is_refused_without_an_offer() -> None:
    error = await fault(named("ωωωωω"))
    assert error
    assert (error.told, error.example) == ("No machine is called “ωωωωω”.", "")


async def test_of_several_names_the_unknown_one_is_marked() -> None:
    text = "tenant Acme Corp, Bta 24/7"
    marks = tuple(Mark(NameField.TENANT, name, text.index(name), len(name)) for name in ("Acme Corp", "Bta 24/7"))
    query = TaskQuery(names=(NameFilter(NameField.TENANT, ("Acme Corp", "Bta 24/7")),))
    error = await fault(Invocation("", query, text=text, marks=marks))
    assert error
    assert (error.offset, error.example) == (18, '/tasks tenant Acme Corp, "Beta 24/7"')


async def test_names_are_remembered_for_a_minute() -> None:
    copy = FakeCopy(known=(reach(),), names=NAMES)
    tasks = tasks_of(Account(), copy=copy)
    for _ in range(3):
        await tasks.check_names(named("srv-sql01"))
    assert copy.asked == ["names of a machine"]


async def test_the_nearest_of_ten_thousand_names_is_found() -> None:
    names = (*(f"host-{number:05}" for number in range(10_000)), "SRV-EXCHANGE")
    error = await fault(named("srv-exchagne"), FakeCopy(known=(reach(),), names=names))
    assert error
    assert "“SRV-EXCHANGE”" in error.told


def test_what_cannot_be_typed_in_quotes_is_any_character() -> None:
    mark = Mark(NameField.MACHINE, "oharas", 8, 6)
    error = unknown_name(named("oharas", text="machine oharas"), mark, "O'Hara\n“1”")
    assert error.example == '/tasks machine "O*Hara*1*"'


def test_an_example_is_no_longer_than_a_phone_shows() -> None:
    long = "x" * 256
    error = unknown_name(named("xy"), Mark(NameField.MACHINE, "xy", 15, 2), long)
    assert (error.example, len(error.told) < 200) == ("", True)


async def test_a_question_asked_again_by_a_button_is_not_checked() -> None:
    assert await fault(replace(named("nosuch"), text="", marks=())) is None


@pytest.mark.parametrize(
    ("names", "machine"),
    [
        (("SRV-9", "failed"), "SRV-9"),
        (("failed", "zoo"), '"failed"'),
        (("Front desk",), '"Front desk"'),
        (("<!channel>", "a*b", '"x"', "x" * 40), None),
        ((), None),
    ],
)
async def test_examples_have_names_that_are_known_and_can_be_typed(names: tuple[str, ...], machine: str | None) -> None:
    found = await tasks_of(Account(), copy=FakeCopy(known=(reach(),), names=names)).example_names()
    assert found.get("SRV-SQL01") == machine


# ── which of several names is meant ──

TENANTS = {
    "Acme Corp": "/1/66/",
    "Acme Corp Berlin": "/1/67/",
    "Acme Corp Hamburg": "/1/66/68/",
    "Acme Corp Köln": "/1/69/",
    "Beta": "/1/70/",
}


@pytest.mark.parametrize(
    ("field", "wholes", "told"),
    [
        (
            NameField.TENANT,
            ("Acme Corp",),
            (("Acme Corp", ("Acme Corp Berlin", "Acme Corp Köln")),),
        ),  # Hamburg is below
        (NameField.TENANT, ("Acme Corp", "Acme Corp Berlin"), (("Acme Corp", ("Acme Corp Köln",)),)),
        (NameField.TENANT, ("acme corp berlin",), ()),
        (NameField.TENANT, ("Beta",), ()),
        (NameField.TENANT, (), ()),
        (NameField.PLAN, ("Beta",), ()),
    ],
)
async def test_the_longer_names_that_a_whole_name_does_not_mean_are_told(
    field: NameField, wholes: tuple[str, ...], told: object
) -> None:
    """A tenant below the one that is asked for is meant."""
    copy = FakeCopy(
        tuple(task(tenant=Tenant(id=locator[-3:-1], name=name, locator=locator)) for name, locator in TENANTS.items()),
        known=(reach(),),
        names=tuple(TENANTS),
    )
    tasks = tasks_of(Account(), copy=copy)
    await tasks.known_names()
    within = ("66",) if "Acme Corp" in wholes else ()
    query = TaskQuery(names=(NameFilter(field, (), wholes=wholes, within=within),))
    assert tasks.other_names(query) == told
    left_out = replace(query, names=(replace(query.names[0], leaves_out=True),))
    assert tasks.other_names(left_out) == ()
