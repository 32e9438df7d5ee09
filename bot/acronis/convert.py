"""Raw records → our nouns: which id, which name, which time. Knows neither HTTP nor how JSON is read."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple

from pydantic import ValidationError

from bot.acronis import schema
from bot.acronis.fields import moment
from bot.acronis.kinds import Classifier
from bot.errorbook.book import Book
from bot.errorbook.explain import says_something, text_in
from bot.model import (
    OUTCOME_UNKNOWN,
    STAND_IN,
    Activity,
    Blocker,
    Fault,
    Kind,
    Policy,
    Progress,
    Resource,
    Result,
    ResultCode,
    Task,
    TaskState,
    Tenant,
    Workload,
)
from bot.model.names import cleaned
from bot.model.remembered import remembered

_NAME_LENGTH = 512
_SKEW = timedelta(days=1)
"""By more, times that are written by different machines do not differ."""
_TEXT_LENGTH = 1000
_MOST_LINKS = 64
_MOST_WARNINGS = 20
_MOST_BLOCKERS = 10
_QUOTED = re.compile(r"'([^'\n]{1,256})'")
_LAST_WORD = re.compile(r"(?<!\w)\w++$")
_NOTHING = frozenset({"null", "none", "nil", "undefined", "unknown", "n/a"})
_NOT_A_MACHINE = frozenset({"plan", "id"})
_NO_CONTEXT = schema.RawContext()
_NO_NAMED = schema.RawNamed()
_named = itemgetter("id", "type", "name")
_said = itemgetter(
    *("resource_id", "resource_name", "machine_name", "persistent_name"),
    *("policy_id", "policy_name", "plan_name", "backup_plan_id", "backup_plan_name"),
    *("activity_type", "suite", "command_id"),
)
_CODES = {code.value: code.value for code in ResultCode}
_OK = ResultCode.OK.value
_STATES = {state.value: state.value for state in TaskState}
_plain_result = remembered(Result)

_At = datetime | None
_Named = tuple[str, str, str]
"""Id, type and name."""
_Shared = tuple[
    str,
    str,
    datetime,
    str,
    Tenant,
    Resource,
    Policy,
    str,
    str,
    str,
    Kind,
    Workload,
    Result | None,
    str,
    _At,
    _At,
    Progress | None,
]
"""The fields of `Execution` behind its id, in their order."""


class _Work(NamedTuple):
    """What ran, of what, under which plan: the fields of `Execution` that say it."""

    resource: Resource
    policy: Policy
    name: str
    plan: str
    title: str
    kind: Kind
    workload: Workload


class Malformed(ValueError):
    """This item cannot be used; the text says why, for the log. `item_id` is "" where it has none."""

    def __init__(self, reason: str, item_id: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.item_id = item_id


def task(raw: schema.RawTask, account: str, classifier: Classifier, book: Book | None = None) -> Task:
    """Raises Malformed where there is no id or not a single time. Without a book, faults stay unexplained."""
    context = raw.context or _NO_CONTEXT
    item_id, updated_at = _identity(raw, raw.enqueued_at)
    latest = updated_at + _SKEW
    return Task(
        account,
        item_id,
        *_shared(raw, context, updated_at, classifier, book),
        context.is_root if context.is_root is not None else not context.parent,
        context.run_mode[:_NAME_LENGTH].lower(),
        _believed(raw.enqueued_at, latest),
        _believed(raw.assigned_at, latest),
        tuple(_blocker(blocker) for blocker in raw.blockers[:_MOST_BLOCKERS] if blocker) if raw.blockers else (),
        bool(raw.cancel_requested),
        raw.assign_count or 0,
        raw.cancellable,
    )


def activity(raw: schema.RawActivity, account: str, classifier: Classifier, book: Book | None = None) -> Activity:
    """Raises Malformed where there is no id or not a single time. Without a book, faults stay unexplained."""
    item_id, updated_at = _identity(raw, raw.created_at)
    return Activity(
        account,
        item_id,
        *_shared(raw, raw.context or _NO_CONTEXT, updated_at, classifier, book),
        task_id=_exact(raw.task_id_string) or _exact(raw.task_id),
        parent_id=_exact(raw.parent_activity_id_string) or _exact(raw.parent_activity_id),
        created_at=moment(raw.created_at),
    )


def fault(raw: schema.RawFault, book: Book | None = None) -> Fault:
    """A domainError of either shape; each text is cut to 1,000 characters. `explained` where there is a book."""
    found = Fault(
        domain=raw.domain[:_TEXT_LENGTH],
        code=(raw.code or raw.reason)[:_TEXT_LENGTH],
        cause=(raw.context_cause or raw.cause)[:_TEXT_LENGTH],
        effect=(raw.context_effect or raw.effect)[:_TEXT_LENGTH],
        message=(raw.debug_message or raw.message)[:_TEXT_LENGTH],
        leaf=(_leaf(raw.context_source) or _leaf(raw.origin))[:_TEXT_LENGTH],
        ser_code=(raw.link_code or raw.ser_code)[:_TEXT_LENGTH],
    )
    return _explained(found, book)


def _shared(
    raw: schema.RawRecord, context: schema.RawContext, updated_at: datetime, classifier: Classifier, book: Book | None
) -> _Shared:
    """By place, not by name: that is a fifth of what a task costs here."""
    type_name, latest, tenant = raw.type or "", updated_at + _SKEW, raw.tenant
    resource, policy = vars(raw.resource or _NO_NAMED), vars(raw.policy or _NO_NAMED)
    agents, title, said = (raw.executor, raw.agent), context.title[:_TEXT_LENGTH], vars(context)
    return (
        type_name,
        _state(raw),
        updated_at,
        raw.uuid,
        _tenant(tenant.id, tenant.uuid, tenant.name[:_NAME_LENGTH], tenant.locator) if tenant else Tenant(),
        *_work(classifier, type_name, _named(resource), _named(policy), agents, title, _said(said)),
        None if raw.result is None and raw.error is None else _result(raw, book),
        raw.started_by_user[:_NAME_LENGTH],
        _believed(raw.started_at, latest),
        _believed(raw.completed_at, latest),
        _progress(raw.progress) if raw.progress else None,
    )


@remembered
def _work(
    classifier: Classifier,
    type_name: str,
    resource: _Named,
    policy: _Named,
    agents: tuple[str, str],
    title: str,
    context: tuple[str, ...],
) -> _Work:
    """The same texts come again every night, so they are looked at once. `context` is what `_said` takes of it."""
    resource_id, resource_name, machine_name, persistent_name, *plans, activity_type, suite, command_id = context
    policy_id, policy_name, plan_name, backup_plan_id, backup_plan_name = plans
    own_id, resource_type, own_name = resource
    own_plan_id, policy_type, own_plan = policy
    has_plan = bool(backup_plan_name or backup_plan_id)
    kind = classifier.kind(type_name, policy_type, title, has_plan, activity_type, suite, command_id)
    plan = _first(own_plan, backup_plan_name, plan_name, policy_name)
    id_, name = _first(own_id, resource_id), _first(own_name, resource_name, machine_name, persistent_name)
    agent = _first(*agents)
    stand_in = "" if id_ or name else _stand_in(agent, title)
    shown = name or _name_in(title, plan) or id_ or _agent(agent, kind)
    return _Work(
        Resource(id_ or stand_in, resource_type, own_name[:_NAME_LENGTH]),
        Policy(_first(own_plan_id, policy_id, backup_plan_id), policy_type, own_plan[:_NAME_LENGTH]),
        shown[:_NAME_LENGTH],
        plan[:_NAME_LENGTH],
        title[:_NAME_LENGTH],
        kind,
        classifier.workload(type_name, resource_type, suite, policy_type),
    )


def _identity(raw: schema.RawRecord, begun_at: str | None) -> tuple[str, datetime]:
    """The id as exact text (`idString`, else the integer's digits), and the time of change or the next best."""
    item_id = _exact(raw.id_string) or _exact(raw.id)
    if not item_id:
        raise Malformed("it has no id")
    for text in (raw.updated_at, raw.completed_at, raw.started_at, begun_at):
        at = moment(text)
        if at is not None:
            return item_id, at
    raise Malformed("it has no time at all", item_id)


def _believed(text: str | None, latest: datetime) -> datetime | None:
    """None for what is to come, by our clock and by the record: a good run of the year 8999 would heal all others."""
    at = moment(text)
    return at if at is None or at <= latest or at - datetime.now(UTC) <= _SKEW else None


def _exact(value: int | str | None) -> str:
    return str(value) if value else ""


@remembered
def _tenant(*parts: str) -> Tenant:
    """`parts` are its fields."""
    return Tenant(*map(_naming, parts))


def _first(*texts: str) -> str:
    """The first that names something."""
    for text in texts:
        if text and _naming(text):
            return text
    return ""


@remembered
def _naming(text: str) -> str:
    """ "" for what names nothing: blanks, zeros, signs that do not show, a word for nothing."""
    bare = cleaned(text[:_NAME_LENGTH]).strip("0-–—_ {}./?")
    return text if bare and bare.casefold() not in _NOTHING else ""


def _stand_in(agent: str, title: str) -> str:
    """Of a resource that nothing names. Its task's own id, the last resort, is left to the rules."""
    if agent:
        return f"{STAND_IN}agent {agent}"
    return f"{STAND_IN}title {title[:_NAME_LENGTH]}" if title.strip() else ""


def _agent(agent: str, kind: Kind) -> str:
    """What a person may tell two backups by of which nothing else is known."""
    return f"agent {agent}" if agent and kind in (Kind.BACKUP, Kind.RESTORE) else ""


def _name_in(title: str, plan: str) -> str:
    """The first quoted name of a title such as "Adding agent 'SRV'": no plan's name, no id."""
    end = 0
    for quoted in _QUOTED.finditer(title[:_TEXT_LENGTH]):
        word = _LAST_WORD.search(title[end : quoted.start()].rstrip())
        if quoted[1] != plan and (word is None or word[0].casefold() not in _NOT_A_MACHINE):
            return quoted[1]
        end = quoted.end()
    return ""


def _result(raw: schema.RawRecord, book: Book | None) -> Result | None:
    """None for `{}`: an outcome that says nothing is none. Of what is over, one that cannot be read is unknown."""
    found = raw.result
    if isinstance(found, dict):
        if found.get("code") == _OK and not (found.get("error") or found.get("warnings")):
            return _plain_result(_OK)
        with suppress(ValidationError):
            found = schema.RawResult.model_validate(found)
    beside = tuple(filter(None, (raw.error, raw.errors, raw.message, raw.warnings, raw.context_error)))
    if not isinstance(found, schema.RawResult):
        return _odd_result(raw, "", (found, *beside), book) if found != {} or raw.error is not None else None
    code = _CODES.get(found.code or "") or _spelled(found.code or "")
    if found.error is None and not found.warnings and (code == ResultCode.OK or not (found.model_extra or beside)):
        return _plain_result(code) if code else _odd_result(raw, code, (), book) if found.model_fields_set else None
    if not isinstance(found.warnings, list | None):
        found.warnings = [found.warnings]
    warnings = tuple(filter(None, (_fault(warning, book) for warning in (found.warnings or ())[:_MOST_WARNINGS])))
    result = _odd_result(raw, code, (found.error, found.model_extra, *beside), book)
    return replace(result, warnings=warnings) if result else None


def _odd_result(raw: schema.RawRecord, code: str, places: Sequence[Any], book: Book | None) -> Result | None:
    error = _cause_in(places, book)
    if (not code or (error and code not in _CODES)) and _state(raw) == TaskState.COMPLETED:
        code = OUTCOME_UNKNOWN
    return Result(code, error) if code or error else None


def _cause_in(places: Sequence[Any], book: Book | None) -> Fault | None:
    """The first cause that says something, wherever it stands; else the first."""
    first = None
    for found in filter(None, (_fault(place, book) for place in places if place)):
        if _says_something(found):
            return found
        first = first or found
    return first


def _spelled(code: str) -> str:
    """A documented code as it is documented, in whatever case it came; "" for a number. What says it failed, did."""
    word = cleaned(code).lower()
    known = ResultCode.ERROR.value if word.startswith("fail") else _CODES.get(word, code)
    return known if word.strip("0123456789+-.") else ""


def _state(raw: schema.RawRecord) -> str:
    """A documented state as it is documented, in whatever case it came."""
    state = raw.state or ""
    return _STATES.get(state) or _STATES.get(cleaned(state).lower(), state)


def _fault(raw: Any, book: Book | None) -> Fault | None:
    """A domainError, or whatever text there is in one's place."""
    found = _domain_error(raw)
    if found and _says_something(found):
        return _explained(found, book)
    text, coded = text_in(raw)[:_TEXT_LENGTH], found or Fault()
    return _explained(replace(coded, message=text), book) if text or coded.code or coded.ser_code else None


def _domain_error(raw: Any) -> Fault | None:
    if isinstance(raw, dict):
        with suppress(ValidationError):
            return fault(schema.RawFault.model_validate(raw))
    return None


def _says_something(fault: Fault) -> bool:
    return any(map(says_something, (fault.cause, fault.effect, fault.message, fault.leaf)))


def _explained(fault: Fault, book: Book | None) -> Fault:
    return replace(fault, explained=book.explain(fault)) if book else fault


def _leaf(link: schema.RawLink | None) -> str:
    deepest = ""
    for _ in range(_MOST_LINKS):
        if link is None:
            break
        deepest = link.text.strip() or deepest
        link = link.suberror
    return deepest


def _progress(raw: schema.RawProgress) -> Progress:
    left = raw.left_time[:_NAME_LENGTH]
    return Progress(raw.total or 0, raw.current, raw.bytes_processed, raw.bytes_saved, raw.processing_speed, left)


def _blocker(raw: schema.RawBlocker) -> Blocker:
    solutions = tuple(solution.key[:_NAME_LENGTH] for solution in raw.possible_solutions or () if solution)
    return Blocker(raw.issue[:_NAME_LENGTH], solutions[:_MOST_BLOCKERS])
