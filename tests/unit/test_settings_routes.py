"""Routes, targets, bound channels and their numbers in nightshift.toml: what they become, and every fault of them."""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errorbook.book import shipped
from bot.errors import SettingsError
from bot.language import parse_match, parse_target
from bot.model import Fault, Quiet, Route, Rules, Severity, Target
from bot.settings import Mode, Settings, load, route_lines
from bot.settings.model import SETTINGS
from tests.unit.test_language_properties import QUICK
from tests.unit.test_settings import ENOUGH

ROOT = Path(__file__).parents[2]
BERLIN = ZoneInfo("Europe/Berlin")
Load = Callable[..., Settings]
Faults = Callable[..., list[str]]


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    def load_it(text: str, **environment: str) -> Settings:
        (tmp_path / "nightshift.toml").write_text(text)
        return load({**ENOUGH, **environment}, Mode.RUN, folder=tmp_path)

    return load_it


@pytest.fixture
def faults(loaded: Load) -> Faults:
    """What is told of this file, without the file's name."""

    def faults_of(text: str, **environment: str) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            loaded(text, **environment)
        return [fault.removeprefix("nightshift.toml ") for fault in caught.value.faults]

    return faults_of


def route(name: str, *lines: str, channel: str = "C1") -> str:
    return "\n".join(("[[routes]]", f'name = "{name}"', f'channel = "{channel}"', *lines, ""))


# ── what they become ──


def test_without_a_file_all_that_failed_goes_to_the_alert_channel(loaded: Load) -> None:
    settings = loaded("")
    assert settings.routing.routes == (Route("default", ENOUGH["ALERT_CHANNEL"], parse_match("")),)
    assert settings.routing.target == settings.rules.target == timedelta(hours=48)
    assert settings.book is shipped()


def test_the_documented_example_is_what_it_says(loaded: Load) -> None:
    example = re.search(r"^```toml\n(.*?)^```", (ROOT / "bot/settings/README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert example is not None
    settings = loaded(example[1])
    routing = settings.routing
    assert routing.routes == (
        Route("lab", "", parse_match("machine lab-*, test-*")),
        Route(
            "on call",
            "C0ONCALL",
            parse_match(""),
            "<!subteam^S0ONCALL>",
            frozenset({Severity.CRITICAL}),
            goes_on=True,
        ),
        Route("acme", "C0ACME", parse_match('backups tenant "Acme Corp"'), quiet=Quiet(time(19), time(7), BERLIN)),
        Route(
            "warnings",
            "C0MAIL",
            parse_match("warnings m365 not tenant Acme"),
            quiet=Quiet(time(), time(), ZoneInfo("UTC"), frozenset({5, 6})),
        ),
        Route("default", ENOUGH["ALERT_CHANNEL"], parse_match(""), "<!here>"),
    )
    assert routing.bound == {"C0ACME": {"Acme Corp", "Acme Labs*", "1234"}}
    assert routing.targets == (Target(parse_target('tenant "Acme Corp" plan hourly'), timedelta(hours=4)),)
    assert settings.fallback_channel == "C0FALLBACK"


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("", ""),
        ("@here", "<!here>"),
        ("@channel", "<!channel>"),
        ("U0MIA", "<@U0MIA>"),
        ("@W0MIA", "<@W0MIA>"),
        ("S0TEAM", "<!subteam^S0TEAM>"),
    ],
)
def test_a_mention_takes_slacks_own_form(loaded: Load, written: str, form: str) -> None:
    routing = loaded(f'[alerts]\nmention = "{written}"\n' + route("a", f'mention = "{written}"')).routing
    assert [each.mention for each in routing.routes] == [form, form]


@pytest.mark.parametrize("hours", ["22:00-07:00", "22:00 – 7:00", "22:00—07:00"])
def test_quiet_hours_take_the_bots_zone_where_they_name_none(loaded: Load, hours: str) -> None:
    text = f'[alerts]\nquiet_hours = "{hours}"\nquiet_days = ["Friday", "sat"]'
    quiet = loaded(text, TIME_ZONE="Europe/Berlin").routing.routes[-1].quiet
    assert quiet == Quiet(time(22), time(7), BERLIN, frozenset({4, 5}))


def test_numbers_of_storms_repeats_and_targets_go_into_the_rules(loaded: Load) -> None:
    rules = loaded(
        """
        [alerts]
        target_hours = 12.5
        [storm]
        threshold = 7
        window_seconds = 60
        restores = 4
        platform_tenants = 9
        [repeat]
        after_minutes = 0
        factor = 1.5
        most = 3
        """
    ).rules
    assert rules == Rules(
        target=timedelta(hours=12.5),
        storm_threshold=7,
        storm_window=timedelta(seconds=60),
        storm_restores=4,
        platform_tenants=9,
        repeat_after=timedelta(),
        repeat_factor=1.5,
        repeat_most=3,
    )


def test_a_file_that_says_nothing_leaves_the_rules_as_they_are(loaded: Load) -> None:
    assert loaded("").rules == Rules()


OWN_BOOK = '[[error]]\nkey = "nas"\ntext = "nas is asleep"\nsentence = "The NAS is asleep."\nstep = "Wake it."\n'


def test_the_teams_error_book_lies_where_the_file_lies(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "errors.toml").write_text(OWN_BOOK)
    book = loaded('[explain]\nfile = "errors.toml"').book
    assert book.explain(Fault(cause="nas is asleep")).text == "The NAS is asleep."


def test_faults_of_the_teams_error_book_are_told_with_all_others(faults: Faults, tmp_path: Path) -> None:
    (tmp_path / "errors.toml").write_text(OWN_BOOK.replace("text =", "txt ="))
    told = faults('[explain]\nfile = "errors.toml"\n[storm]\nthreshold = 0')
    assert any("nas" in each for each in told)
    assert any("threshold" in each for each in told)


def test_the_routes_are_said_in_words_and_in_their_order(loaded: Load) -> None:
    settings = loaded(
        '[alerts]\nmention = "@here"\n'
        + route("night", 'match = "m365 tenant Acme"', 'quiet_hours = "22:00-07:00"', 'quiet_days = ["sun", "sat"]')
        + route("people", 'mention = "S0TEAM"', 'severities = ["critical"]', "continue = true", channel="C2")
        + route("lab", 'match = "machine lab-*"', channel="none")
        + "[[targets]]\nmatch = 'plan hourly'\nhours = 4\n[channels.C1]\ntenants = ['Acme Corp', '12']"
    )
    assert list(route_lines(settings.routing, settings.zone)) == [
        "Route 1, night: Failed Microsoft 365 backups and restores, tenant “Acme”; to C1; quiet 22:00 to 07:00 on Sat, "
        "Sun, UTC.",
        "Route 2, people: Failed backups and restores; only critical; to C2; critical ones mention S0TEAM; then the "
        "next route.",
        "Route 3, lab: Failed backups and restores, machine “lab-*”; to nobody, only recorded.",
        "Route 4, default: Failed backups and restores; to C0123456789; critical ones mention @here.",
        "Target 4 h: Runs, plan “hourly”.",
        "Target 48 h: everything of which it is not known when it is due.",
        "Target by when it is due, 1 run may fail: everything else.",
        "Channel C1 shows only 12, Acme Corp.",
    ]


# ── every fault, with its line and the nearest name ──


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('chanel = "C1"', "`chanel` is not a setting. Did you mean `channel`?"),
        ("colour = 1", "`colour` is not a setting. bot/settings/README.md lists them."),
        ('match = "runing backups"', "`match` cannot be read: I do not know the word “runing”."),
        (
            'match = "failed since monday"',
            "`match` cannot be read: “since monday” is a time, and a route has none: it hears of each failure as it "
            'comes. Try: failed tenant "Acme Corp".',
        ),
        ("match = 5", "`match` must be text"),
        ('severities = ["critcal"]', "must be critical or warning, not “critcal”. Did you mean `critical`?"),
        ("severities = []", "`severities` must not be empty."),
        ('severities = "critical"', "`severities` must be a list, not “critical”."),
        ('mention = "@hre"', "Did you mean @here?"),
        ('mention = "U1"', "`mention` must be @here or @channel, or the id of a person"),  # Slack has none so short
        ('mention = "mia"', "`mention` must be @here or @channel, or the id of a person"),
        ('quiet_hours = "10pm-7am"', '`quiet_hours` must be two times, such as "22:00-07:00", not “10pm-7am”.'),
        ('quiet_hours = "22:00-25:00"', "`quiet_hours` has 25:00, which no clock shows."),
        ('quiet_hours = "07:00-07:00"', "`quiet_hours` never end."),
        ('quiet_days = ["sat"]', "`quiet_days` is for `quiet_hours`, which is not there"),
        ('zone = "Europe/Berlin"', "`zone` is for `quiet_hours`, which is not there"),
        ('quiet_hours = "22:00-07:00"\nquiet_days = ["snu"]', "not “snu”. Did you mean `sun`?"),
        ('quiet_hours = "22:00-07:00"\nzone = "Mars/Base"', "`zone` “Mars/Base” is not known."),
        ('severities = ["warning"]\nmention = "@here"', "`mention` is for critical alerts"),
        ('continue = "yes"', "`continue` must be true or false, not “yes”."),
    ],
)
def test_a_fault_in_a_route_is_told_with_its_line(faults: Faults, line: str, told: str) -> None:
    (fault,) = faults(route("first", 'match = "restores"') + route("second", line))
    assert fault.startswith(f"line {7 + line.count(chr(10)) + 1}: [[routes]] 2: ")
    assert told in fault


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('[[routes]]\nname = "a"', 1, "[[routes]] 1: `channel` is missing."),
        (
            "[[targets]]\nmatch = 'tenant a'\nhours = 4\n[[targets]]\nmatch = 'tenant a'\nhours = 5",
            4,
            "[[targets]] 2: this target never counts: the one on line 1 is for the same.",
        ),
        (route("a", 'mention = "@here"', channel="none"), 4, "`mention` is for a channel, and `channel` is none"),
        ('[[routes]]\nchannel = "C1"', 1, "[[routes]] 1: `name` is missing."),
        ('[[routes]]\nname = ""\nchannel = "C1"', 2, "[[routes]] 1: `name` must not be empty."),
        (route("a", channel="#ops"), 3, "`channel` must be a channel's id, such as C0123456789, not its name “#ops”."),
        (route("a", channel="ops"), 3, '`channel` must be a channel\'s id, such as C0123456789, or "none", not “ops”.'),
        (route("Default"), 2, "`name` “default” is the last route's"),
        ('[alerts]\nfallback_channel = "#x"', 2, "[alerts]: `fallback_channel` must be a channel's id"),
        ("[alerts]\ntarget_hours = 0", 2, "[alerts]: `target_hours` must be more than 0, not 0."),
        ("[[targets]]\nmatch = 'failed'\nhours = 1", 2, "[[targets]] 1: `match` cannot be read: “failed” is a result"),
        ("[[targets]]\nhours = 1\nmatch = ''", 3, "[[targets]] 1: `match` cannot be read: A target says for what"),
        ("[[targets]]\nmatch = 'plan x'", 1, "[[targets]] 1: `hours` is missing."),
        ("[channels.ops]\ntenants = ['a']", 1, "[channels.ops]: its name must be a channel's id"),
        ("[channels.C1]\ntenants = []", 2, "[channels.C1]: `tenants` must not be empty."),
        ("[channels.C1]\ntenants = [\n'a',\n'*']", 4, "[channels.C1]: `tenants` has “*”, which fits every tenant"),
        ("[channels]\nC1 = 'Acme'", 2, "[channels.C1]: must be a section of its own"),
        ("channels = 5", 1, "[channels]: write it as [channels.C0123456789]"),
        ("[routes]\nname = 'a'", 1, "[routes]: write it as [[routes]]"),
        ("[channels.C0123456789]\ntenants = ['a']", 1, "this is ALERT_CHANNEL, which hears of every tenant"),
        (
            "[alerts]\nfallback_channel = 'C2'\ntarget_hours = 5\n[channels.C2]\ntenants = ['a']",
            4,
            "this is `fallback_channel`, which hears of every tenant",
        ),
        ("[strom]\nx = 1", 1, "[strom]: this is not a section of settings. Did you mean [storm]?"),
        ("[storm]\nthreshold = 1", 2, "[storm]: `threshold` must be 2 or more, not 1."),
        ("[storm]\nthreshold = '5'", 2, "[storm]: `threshold` must be a whole number, not “5”."),
        ("[storm]\nrestores = true", 2, "[storm]: `restores` must be a whole number, not true."),
        ("[repeat]\nfactor = 0.5", 2, "[repeat]: `factor` must be 1 or more, not 0.5."),
        ("[repeat]\nafter_minutes = -1", 2, "[repeat]: `after_minutes` must be 0 or more, not -1."),
        ("[explain]\nfile = 'nowhere.toml'", 2, "[explain]: `file` names nowhere.toml, which is not there."),
        ("[storm]\nthreshold = 5\nthreshold = 6", 3, "this is no TOML"),
        ("[storm]\n\nthreshold = ", 3, "this is no TOML"),
        ("storm = 5", 1, "[storm]: must be a section of its own"),
    ],
)
def test_a_fault_is_told_with_its_line(faults: Faults, text: str, line: int, told: str) -> None:
    (fault,) = faults(text)
    assert fault.startswith(f"line {line}: ")
    assert told in fault


def test_all_faults_are_told_at_once_in_the_order_of_the_lines(faults: Faults) -> None:
    text = (
        "[storm]\nthresold = 5\n[alerts]\nmention = 'x'\nfallback_channel = 'C2'\n"
        + route("a", 'match = "since monday"')
        + route("b", "x = 1", 'severities = ["loud", "soft"]', channel="#b")
        + "[channels.C2]\ntenants = ['a']\n"
    )
    told = faults(text)
    assert [re.match(r"line (\d+)", fault)[1] for fault in told] == ["2", "4", "9", "12", "13", "14", "14", "15"]  # type: ignore[index]


def test_a_secret_of_a_wrong_kind_is_not_repeated(faults: Faults) -> None:
    (fault,) = faults("[[accounts]]\nname='a'\nurl='https://x.example'\nclient_id='i'\nclient_secret=73571")
    assert "`client_secret` must be text" in fault
    assert "73571" not in fault


def test_a_name_that_is_there_twice_is_told_with_the_other_line(faults: Faults) -> None:
    (fault,) = faults(route("Acme", 'match = "plan a"') + route("acme", 'match = "plan b"'))
    assert fault == "line 6: [[routes]] 2: `name` “acme” is another route's, on line 2. Give each its own."


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("", "tenant Acme"),
        ("failed", "o365"),
        ("backups", "backups machines plan x"),
        ("tenant Acme", "tenant Acme backups"),
        ("all warnings failed", "management"),
        ("not google", "backups not google"),
        ("machines google", "google"),
    ],
)
def test_a_route_after_one_that_takes_all_of_it_is_never_reached(faults: Faults, earlier: str, later: str) -> None:
    (fault,) = faults(route("a", f'match = "{earlier}"') + route("b", f'match = "{later}"'))
    assert fault.startswith("line 5: [[routes]] 2: this route is never reached: “a” on line 1 takes all of it")


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ('match = "tenant Acme"', 'match = ""'),
        ('match = ""', 'match = "warnings"'),
        ('match = ""', 'match = "all"'),
        ('match = ""', 'match = "type X"'),
        ('match = "backups"', 'match = "o365"'),
        ('match = "google"', 'match = ""'),
        ('match = "not google"', 'match = "backups"'),
        ('severities = ["critical"]', ""),
        ("continue = true", 'match = "tenant Acme"'),
    ],
)
def test_a_route_that_may_be_reached_is_no_fault(loaded: Load, earlier: str, later: str) -> None:
    assert len(loaded(route("a", earlier) + route("b", later)).routing.routes) == 3


def test_a_bound_channel_leaves_other_tenants_to_later_routes(loaded: Load) -> None:
    text = route("acme") + route("beta", channel="C2") + "[channels.C1]\ntenants = ['Acme Corp']\n"
    assert len(loaded(text).routing.routes) == 3


VALUES = (
    "5",
    "-1",
    "0",
    "nan",
    "1e400",
    "true",
    '""',
    '"none"',
    '"C1"',
    '"#x"',
    '"@here"',
    '"22:00-07:00"',
    "[]",
    "{}",
)
ODD_VALUES = (
    '["sat", 5]',
    '"tenant Acme"',
    '"since monday"',
    "1979-05-27",
    "[[1], {a = 2}]",
    '"\\u202e"',
    "'''a\nb'''",
)
KEYS = sorted({name for names in SETTINGS.values() for name in names})
HEADERS = [form.format(name) for name in SETTINGS for form in ("[{}]", "[[{}]]")]
LINES = st.one_of(
    st.sampled_from([*HEADERS, "[channels.C1]", "[channels.ops]", "[x.y]"]),
    st.builds("{} = {}".format, st.sampled_from([*KEYS, "C1", "x"]), st.sampled_from([*VALUES, *ODD_VALUES])),
)


@given(st.lists(LINES, max_size=12).map("\n".join))
@QUICK
def test_any_file_is_settings_or_faults_with_their_lines(text: str) -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / "nightshift.toml").write_text(text)
        try:
            settings = load(ENOUGH, Mode.RUN, folder=Path(folder))
        except SettingsError as error:
            told = error.faults
        else:
            assert settings.routing.routes[-1].name == "default"
            assert list(route_lines(settings.routing, settings.zone))
            return
    assert told
    assert all(re.match(r"nightshift\.toml line [0-9]+: ", fault) for fault in told)


def test_a_file_from_windows_is_read(tmp_path: Path) -> None:
    (tmp_path / "nightshift.toml").write_bytes(b"\xef\xbb\xbf[storm]\r\nthreshold = 7\r\n")
    assert load(ENOUGH, Mode.RUN, folder=tmp_path).rules.storm_threshold == 7


def test_check_prints_the_routes_before_it_tries_anything(tmp_path: Path) -> None:
    (tmp_path / "nightshift.toml").write_text(route("acme", 'match = "tenant Acme"'))
    nobody = {"SLACK_API_URL": "http://127.0.0.1:1/api/", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot", "check"]
    ended = subprocess.run(command, cwd=tmp_path, env={**ENOUGH, **nobody}, capture_output=True, text=True, check=False)
    said = ended.stdout.splitlines()
    assert said[:3] == [
        "Settings: as understood.",
        "Route 1, acme: Failed backups and restores, tenant “Acme”; to C1.",
        "Route 2, default: Failed backups and restores; to C0123456789.",
    ]
    assert ended.returncode == 1  # nobody is there to sign in to
