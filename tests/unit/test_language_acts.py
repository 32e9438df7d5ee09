"""The words of acts: which alert, until when, for whom, and text that is kept as it was typed."""

from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.language import ActWords, act_verb, parse, parse_act, spoken
from bot.language.acts import ACT_WORDS
from bot.model import Act, SnoozeEnd, Takes, Verb

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Berlin
NAMES = ("SRV-SQL01", "SRV-SQL02", "Acme Corp", "Run until dawn", "Because Ltd", "Parts for Noah", "O’Brien & Sons")
ACTS = [Verb(act, "", Takes.ALERT) for act in ("take", "release", "snooze", "wake", "resolve", "note")]


def read(text: str, thread: Collection[int] | None = None, zone: ZoneInfo = BERLIN, now: datetime = NOW) -> ActWords:
    return parse_act(text, now, zone, NAMES, thread)


def ends(text: str, zone: ZoneInfo = BERLIN, now: datetime = NOW) -> str:
    """When a snooze ends, by the clocks of the zone; or what else ends it."""
    found = read(f"snooze 14 {text}", zone=zone, now=now).ending
    assert found is not None
    return f"{found.until.astimezone(zone):%Y-%m-%d %H:%M}" if found.until else found.end.value


@pytest.mark.parametrize(
    "text",
    [
        "take 14",
        "take #14",
        "take alert 14",
        "take alert #14",
        "Take 14.",
        "ack 14",
        "TAKE 14",
        "take\xa014",
        "take \u200b14",
        "please take 14",
        "i’ll take 14 please",
        "could you take no. 14",
        "take ＃14",
    ],
)
def test_a_number_is_an_alerts(text: str) -> None:
    words = parse_act(parse(text, NOW, BERLIN, ACTS).text, NOW, BERLIN, NAMES)
    assert (words.act, words.number, words.name) == (Act.TAKE, 14, "")


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("take SRV-SQL01", "SRV-SQL01", ""),
        ("take srv–sql01", "srv–sql01", ""),
        ("take “SRV-SQL01” for @noah", "SRV-SQL01", "@noah"),
        ("take Parts for Noah for @noah", "Parts for Noah", "@noah"),
        ("take Parts for Noah", "Parts for Noah", ""),
        ("take the Acme Corp for @noah", "Acme Corp", "@noah"),
        ("take O'Brien & Sons for @mia brandt", "O'Brien & Sons", "@mia brandt"),
        ("take sql", "sql", ""),
    ],
)
def test_a_known_name_may_have_any_word_in_it(text: str, name: str, rest: str) -> None:
    words = read(text)
    assert (words.name, words.to) == (name, rest)
    assert words.near == ""


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("note SRV-SQL01 disk ordered", "SRV-SQL01", "disk ordered"),
        ("note SRV-SQL01: disk ordered", "SRV-SQL01", "disk ordered"),
        ("note “SRV-SQL01” — disk ordered", "SRV-SQL01", "disk ordered"),
        ("note sql01 disk ordered", "sql01", "disk ordered"),
        ("note Because Ltd because", "Because Ltd", "because"),
        ("resolve Because Ltd because Because", "Because Ltd", "Because"),
        ("resolve Run until dawn because done", "Run until dawn", "done"),
        ("resolve sql01 because done", "sql01", "done"),
    ],
)
def test_text_begins_where_the_name_ends(text: str, name: str, said: str) -> None:
    assert (read(text).name, read(text).text) == (name, said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('note 14 disk 19" ordered', 'disk 19" ordered'),
        ("note 14 “so he says”", "“so he says”"),
        ("note 14: *bold* <@U1>\nsecond line", "*bold* <@U1>\nsecond line"),
        ("resolve 14 because disk 19\" isn't new", "disk 19\" isn't new"),
        ("close 14 — it’s done", "it’s done"),
        ("resolve 14", ""),
    ],
)
def test_text_is_kept_as_it_was_typed(text: str, said: str) -> None:
    assert (read(text).number, read(text).text) == (14, said)


@pytest.mark.parametrize(
    ("text", "near"),
    [("take srv-sql1", "SRV-SQL01"), ("note SRV-SQ01 ordered", "SRV-SQL01"), ("snooze Acme Crop 2h", "Acme Corp")],
)
def test_a_slip_in_a_name_is_near_to_the_name(text: str, near: str) -> None:
    assert read(text).near == near


@pytest.mark.parametrize("text", ["take zebra", "note zebra ordered", "take SRV-MAIL", "resolve Beta because x"])
def test_another_name_is_near_to_none(text: str) -> None:
    assert read(text).name
    assert read(text).near == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("note disk ordered", "disk ordered"),
        ("note 3 disks ordered", "3 disks ordered"),
        ("note 7 disk ordered", "disk ordered"),
        ("resolve replaced the disk", "replaced the disk"),
        ("resolve because replaced", "replaced"),
        ("resolve 3 disks replaced", "3 disks replaced"),
        ("note “quoted” words", "“quoted” words"),
    ],
)
def test_in_a_thread_nothing_needs_to_name_the_alert(text: str, said: str) -> None:
    words = read(text, {7})
    assert (words.number or 7, words.name, words.text) == (7, "", said)


@pytest.mark.parametrize("text", ["note #3 disks", "note alert 3: disks", "note 3: disks"])
def test_in_a_thread_a_marked_number_is_an_alerts(text: str) -> None:
    assert read(text, {7}).number == 3


@pytest.mark.parametrize(
    ("text", "to"), [("take for @noah", "@noah"), ("take", ""), ("take please", ""), ("take to @noah", "@noah")]
)
def test_in_a_thread_it_is_taken_by_one_word(text: str, to: str) -> None:
    words = read(text, {7})
    assert (words.number, words.to) == (0, to)


def test_an_alert_that_another_has_is_taken_over() -> None:
    assert all(read(text).over for text in ("take over 14", "take 14 over"))
    assert not read("take 14").over


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2h", "2026-11-25 12:00"),
        ("for 2 hours", "2026-11-25 12:00"),
        ("1h30m", "2026-11-25 11:30"),
        ("1 hour and 30 minutes", "2026-11-25 11:30"),
        ("half an hour", "2026-11-25 10:30"),
        ("an hour please", "2026-11-25 11:00"),
        ("in 3 days", "2026-11-28 10:00"),
        ("until 2h", "2026-11-25 12:00"),
        ("until 08:00", "2026-11-26 08:00"),
        ("until 8am", "2026-11-26 08:00"),
        ("until 8", "2026-11-26 08:00"),
        ("til 18", "2026-11-25 18:00"),
        ("until 0800", "2026-11-26 08:00"),
        ("until 21.00", "2026-11-25 21:00"),
        ("until noon", "2026-11-25 12:00"),
        ("until friday 9:00", "2026-11-27 09:00"),
        ("until 9:00 on friday", "2026-11-27 09:00"),
        ("until friday", "2026-11-27 00:00"),
        ("until next wednesday", "2026-12-02 00:00"),
        ("until tomorrow morning", "2026-11-26 08:00"),
        ("tomorrow 7:30", "2026-11-26 07:30"),
        ("until 2026-12-01", "2026-12-01 00:00"),
        ("until 2026-12-01 8:15", "2026-12-01 08:15"),
        ("until 2026-12-01T08:00Z", "2026-12-01 09:00"),
        ("until 1 dec 9am", "2026-12-01 09:00"),
        ("until fri 27 nov 9:00", "2026-11-27 09:00"),
        ("until the next run", "next run"),
        ("until next run", "next run"),
        ("till it recovers", "recovery"),
        ("until recovered", "recovery"),
        ("until it's fixed", "recovery"),
    ],
)
def test_a_snooze_ends(text: str, until: str) -> None:
    assert ends(text) == until


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("until yesterday", "is past"),
        ("until 2020-01-01", "is past"),
        ("until 09:30 today", "is past"),
        ("until 25 nov", "is past"),
        ("15 days", "14 days at most"),
        ("until 2027-11-25", "14 days at most"),
        ("forever", "always ends"),
        ("until further notice", "always ends"),
        ("banana", "no time that I can read"),
        ("until", "needs a time"),
        ("-2h", "no time that I can read"),
        ("0h", "more than nothing"),
        ("until 25:00", "no time of the day"),
        ("until 1/12", "two ways"),
        ("2h 8:00", "one end"),
        ("until friday or monday", "one end"),
    ],
)
def test_an_end_that_cannot_be_is_a_sentence_that_points_at_it(text: str, told: str) -> None:
    typed = f"snooze 14 {text}"
    with pytest.raises(UsageError, match=told) as caught:
        read(typed)
    error = caught.value
    assert error.text == typed
    assert error.offset >= len("snooze 14 ")
    assert parse_act(error.example.removeprefix("/tasks "), NOW, BERLIN).ending


def test_hours_are_counted_and_days_go_by_the_clock_where_clocks_are_moved() -> None:
    before = datetime(2026, 10, 24, 10, 0, tzinfo=UTC)  # 12:00; the clock goes back an hour in the night
    assert ends("1 day", now=before) == "2026-10-25 12:00"
    assert ends("24h", now=before) == "2026-10-25 11:00"
    assert ends("until 08:00", now=before) == "2026-10-25 08:00"
    spring = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)  # 02:30 does not come on the 29th
    assert ends("until 02:30", now=spring) == "2026-03-29 03:00"


def test_the_time_is_the_askers() -> None:
    assert ends("until 08:00", TOKYO) == "2026-11-26 08:00"
    found = read("snooze 14 until 08:00", zone=TOKYO).ending
    assert found is not None
    assert found.until == datetime(2026, 11, 25, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["snooze", "snooze 14", "snooze Acme Corp"])
def test_an_end_may_be_missing(text: str) -> None:
    assert read(text).ending is None


@pytest.mark.parametrize(
    "text",
    [
        *("resolve 14 and 15", "resolve 14, 15", "resolve #14 & #15", "close alert 14, 15."),
        *("resolve 14 15", "resolve #14 #15", "resolve 14 15 16", "resolve #14 #15 disk replaced"),
        *("resolve 14, 15 because storage was full", "close 14 & 15: disk replaced", "note 14, 15: same host"),
        *("take 14, 15 for @noah", "ack 14 15 looking", "take 14+15", "ack 14/15", "ack 14,15", "take 14 or 15"),
        *("snooze 14 15 until 8am", "snooze 14, 15", "mute 14 and 15 till 8", "resolve SRV-SQL01 and 15"),
    ],
)
def test_an_act_is_done_to_one_alert_at_a_time(text: str) -> None:
    with pytest.raises(UsageError, match="one alert at a time"):
        read(text)


def test_a_verb_of_an_act_that_begins_a_question_elsewhere_is_an_act_here() -> None:
    assert (read("resolved this 0").act, read("resolved last night").act) == (Act.RESOLVE, Act.RESOLVE)


@pytest.mark.parametrize("text", ["snooze 2 hours", "snooze 2h", "snooze until 08:00", "snooze until it recovers"])
def test_a_length_is_no_number_of_an_alert(text: str) -> None:
    words = read(text)
    assert (words.number, words.name) == (0, "")
    assert words.ending


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ack 14 customer informed", "customer informed"),
        ("ack 14 because disk is being replaced", "disk is being replaced"),
        ("take over 14: Noah sleeps", "Noah sleeps"),
        ("ack 14 working on it, customer informed", "customer informed"),
        ("ack 14 - on it", ""),
        ("ack 14 now, please", ""),
        ("take SRV-SQL01 because the disk is full", "the disk is full"),
        ("take SQL01 - the disk is full", "the disk is full"),
        ("snooze 14 2h because customer maintenance", "customer maintenance"),
        ("snooze 14 1h 30m customer maintenance", "customer maintenance"),
        ("snooze 14 until 08:00 waiting for the customer", "waiting for the customer"),
        ("snooze 14 2h (disk ordered)", "disk ordered"),
        ("snooze 14 until it recovers – disk ordered", "disk ordered"),
        ("snooze 14 until friday because until then nobody is there", "until then nobody is there"),
        ("snooze 14 because customer maintenance", "customer maintenance"),
    ],
)
def test_a_remark_may_stand_behind_a_take_and_a_snooze(text: str, said: str) -> None:
    assert read(text).text == said


@pytest.mark.parametrize(
    ("text", "to", "said"),
    [
        ("take 14 for @noah because he knows the site", "@noah", "he knows the site"),
        ("take 14 @noah", "@noah", ""),
        ("take 14 @noah smith please", "@noah smith", ""),
    ],
)
def test_whom_an_alert_is_handed_to_may_have_a_remark_behind(text: str, to: str, said: str) -> None:
    words = read(text)
    assert (words.to, words.text) == (to, said)


@pytest.mark.parametrize(
    "text",
    [
        "take 14 noah",
        "snooze 14 2h maintenance",
        "snooze 14 until 08:00 tomorrow morning",
        "snooze 14 until 8 or 9 am",
        "snooze 14 22:00 - 06:00",
        "snooze 14 tomorrow 9:00 then 10:00",
        "snooze 14 2 or 3 hours",
        "snooze 14 2h 30",
    ],
)
def test_what_may_be_a_name_or_another_end_is_no_remark(text: str) -> None:
    with pytest.raises(UsageError, match="too much"):
        read(text)


@pytest.mark.parametrize("text", ["snooze 14 2", "snooze 14 15", "snooze 14 8 disk ordered today"])
def test_a_bare_number_may_be_an_hour_or_a_length_of_a_snooze(text: str) -> None:
    with pytest.raises(UsageError, match=r"say which|too much"):
        read(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("resolve 14, 2 disks replaced", "2 disks replaced"),
        ("ack 14, 2 disks ordered", "2 disks ordered"),
        ("note 14 15 disks ordered", "15 disks ordered"),
    ],
)
def test_a_number_of_a_remark_is_no_other_alert(text: str, said: str) -> None:
    assert (read(text).number, read(text).text) == (14, said)


@pytest.mark.parametrize("text", ["wake 14 now then", "release 14 because x"])
def test_what_is_too_much_is_pointed_at(text: str) -> None:
    with pytest.raises(UsageError, match="too much"):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "take #14",
        "take over #14 for @U0NOAH",
        "take #14 for @U0NOAH because he – for once – knows it",
        "take #14 because of the disk",
        "snooze #14 until 2026-11-26T08:00:00Z because until then nobody is there",
        "snooze #14 because the disk comes",
        "snooze #14 until 2026-11-26T08:00:00Z",
        "snooze #14 until next run",
        "snooze #14 until it recovers",
        'resolve #14 because disk 19" new',
        "note #14 so\nit is",
        "wake #14",
        "note #14",
    ],
)
def test_words_said_back_mean_the_same(text: str) -> None:
    words = read(text)
    assert spoken(words, 14) == text
    assert read(spoken(words, 14)) == words


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("ack 14", "take"),
        ("mute 14 2h", "snooze"),
        ("silence 14", "snooze"),
        ("close 14 because x", "resolve"),
        ("unsnooze 14", "wake"),
        ("unmute 14", "wake"),
        ("note 14 x", "note"),
        ("Note: 14 x", "note"),
    ],
)
def test_other_words_for_an_act_lead_to_it(text: str, verb: str) -> None:
    assert parse(text, NOW, BERLIN, ACTS).verb == verb


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cancel 14", "console"),
        ("stop 14", "cancelled from here"),
        ("retry 14", "not switched on"),
        ("rerun SRV-SQL01", "console"),
        ("run 14", "not switched on"),
        ("run #14", "not switched on"),
    ],
)
def test_what_cannot_be_done_from_here_says_where_it_can(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        parse(text, NOW, BERLIN, ACTS)
    word = text.split(maxsplit=1)[0]
    assert text[caught.value.offset : caught.value.offset + caught.value.length] == word


@pytest.mark.parametrize("text", ["run 14", "run now #14", "retry 14", "rerun alert 14", "retry now 14"])
def test_where_run_is_a_verb_it_is_of_an_alert(text: str) -> None:
    verbs = [*ACTS, Verb("run", "", Takes.ALERT)]
    invocation = parse(text, NOW, BERLIN, verbs)
    assert invocation.verb == "run"
    assert read(invocation.text).number == 14


def test_run_alone_is_what_runs() -> None:
    for text in ("run", "run o365", "run today"):
        assert parse(text, NOW, BERLIN, ACTS).verb == ""


@pytest.mark.parametrize("text", ["taken", "snoozed", "noted today", "failed", "notebook", "running", "closed"])
def test_other_words_are_no_acts(text: str) -> None:
    assert act_verb(text) == ("", 0)


def test_a_long_note_reaches_its_reader_whole() -> None:
    text = f"note 14 {'ä' * 5_000}"
    assert read(parse(text, NOW, BERLIN, ACTS).text).text == "ä" * 5_000


@pytest.mark.parametrize("rest", [";", " !", "?;", ";;;"])
@pytest.mark.parametrize("verb", sorted({"retire", "resolve", "note", "take", "snooze"} & ACT_WORDS.keys()))
def test_signs_behind_an_act_are_read_or_pointed_at(verb: str, rest: str) -> None:
    with suppress(UsageError):
        read(f"{verb} {rest}")


@given(
    st.sampled_from(sorted(set(ACT_WORDS) - {"cancel", "abort", "stop", "kill", "retry", "rerun", "run"})), st.text()
)
def test_any_words_are_read_or_pointed_at(verb: str, rest: str) -> None:
    try:
        words = read(f"{verb} {rest}")
    except UsageError as error:
        words, offset, text = None, error.offset, error.text
    if words is None:
        assert 0 <= offset <= len(text)
        return
    end = words.ending
    if end and end.until:
        assert NOW < end.until <= NOW + timedelta(days=14)
    assert end is None or end.until or end.end is not SnoozeEnd.TIME


@given(
    st.sampled_from(["take", "snooze", "resolve", "note"]),
    st.lists(
        st.sampled_from([*NAMES, "14", "#14", "for", "until", "because", "2h", "08:00", "“", "”", "@noah", ",", "-"])
    ),
)
def test_words_of_the_language_in_any_order_are_read_or_pointed_at(verb: str, rest: list[str]) -> None:
    for thread in (None, {14}):
        with suppress(UsageError):
            read(f"{verb} {' '.join(rest)}", thread)
