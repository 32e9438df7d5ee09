"""Alerts of Acronis's own Alert Manager → our noun (acronis-plans §7, acronis-api §15). Their ids are in upper case."""

from typing import Annotated, Any

from pydantic import ValidationError

from bot.acronis import convert, schema
from bot.acronis.fields import NAME_LENGTH, Count, Else, Moment, Raw, Text, folded_id, inside, when
from bot.acronis.resources import own_id, word
from bot.errorbook.book import Book
from bot.errorbook.explain import clean, explain
from bot.model.plans import AcronisAlert

_MOST_DAYS = 36_500


class RawDetails(Raw):
    """`title`, `category` and `description` are those of newer types, which have no fields of their own."""

    plan_id: Text = ""
    plan_name: Text = ""
    resource_id: Text = ""
    resource_name: Text = ""
    activity_id: Text = ""
    activity: Text = inside("activity", "id")
    days_passed: Count = None
    error_message: Any = None
    title: Text = ""
    category: Text = ""
    description: Text = ""


_NO_DETAILS = RawDetails()


class RawAlert(Raw):
    id: Text = ""
    type: Text = ""
    category: Text = ""
    severity: Text = ""
    tenant_id: Text = inside("tenant", "id")
    tenant_uuid: Text = inside("tenant", "uuid")
    details: Annotated[RawDetails | None, Else(None)] = None
    created_at: Moment = None
    updated_at: Moment = None
    deleted_at: Moment = None


def make_alert(raw: RawAlert, account: str, book: Book) -> tuple[AcronisAlert, ...]:
    """Raises Malformed where it has no id."""
    details = raw.details or _NO_DETAILS
    days = details.days_passed
    return (
        AcronisAlert(
            account=account,
            id=own_id(raw.id),
            type=raw.type[:NAME_LENGTH],
            category=(raw.category or details.category)[:NAME_LENGTH],
            severity=word(raw.severity),
            tenant_id=folded_id(raw.tenant_id),
            tenant_uuid=folded_id(raw.tenant_uuid),
            resource_id=folded_id(details.resource_id),
            resource_name=details.resource_name[:NAME_LENGTH],
            plan_id=folded_id(details.plan_id),
            plan_name=details.plan_name[:NAME_LENGTH],
            activity_id=folded_id(details.activity_id or details.activity),
            text=_text(details, book),
            days=days if days is not None and days <= _MOST_DAYS else None,
            created_at=when(raw.created_at),
            updated_at=when(raw.updated_at),
            ended_at=when(raw.deleted_at),
        ),
    )


def _text(details: RawDetails, book: Book) -> str:
    """What the error book makes of its error, else its own words."""
    own = clean(details.description) or clean(details.title)
    if not isinstance(details.error_message, dict):
        return own
    try:
        fault = convert.fault(schema.RawFault.model_validate(details.error_message), book)
    except ValidationError:
        return own
    cause, has_words = explain(fault), any((fault.cause, fault.effect, fault.message, fault.leaf))
    return (cause.text if cause.entry or has_words else "") or own
