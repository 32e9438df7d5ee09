"""Tenants of an account → our noun (acronis-plans §8). Its ids are UUIDs; other APIs name a tenant by its number."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, TypeVar

from bot.acronis import pieces
from bot.acronis.fields import NAME_LENGTH, Else, Flag, Moment, Snake, Text, folded_id, when
from bot.acronis.refusals import unreadable
from bot.acronis.resources import own_id, word
from bot.model.plans import TenantStatus

M = TypeVar("M", bound=Snake)
Pairs = list[Annotated["_Pair | None", Else(None)]]


class RawTenantStatus(Snake):
    id: Text = ""
    name: Text = ""
    kind: Text = ""
    parent_id: Text = ""
    enabled: Flag = None
    ancestral_access: Flag = None
    deleted_at: Moment = None


class _Pair(Snake):
    id: Text = ""
    uuid: Text = ""


class _Numbers(Snake):
    items: Annotated[Pairs | None, Else(None)] = None


class _Client(Snake):
    tenant_id: Text = ""


def make_tenant(raw: RawTenantStatus, account: str) -> tuple[TenantStatus, ...]:
    """Raises Malformed where it has no id."""
    return (
        TenantStatus(
            account=account,
            id=own_id(raw.id),
            name=raw.name[:NAME_LENGTH],
            kind=word(raw.kind),
            parent_id=folded_id(raw.parent_id),
            is_enabled=raw.enabled is not False,
            is_visible=raw.ancestral_access is not False,
            deleted_at=when(raw.deleted_at),
        ),
    )


def root_of(content: bytes) -> str:
    """The tenant that an API client belongs to. Raises AcronisUnavailable where the answer does not say."""
    found = folded_id(_read(_Client, content).tenant_id)
    if not found:
        raise unreadable()
    return found


def question_for_numbers(tenants: Sequence[TenantStatus]) -> dict[str, Any]:
    return {"items": [{"uuid": tenant.id} for tenant in tenants]}


def numbers_in(content: bytes) -> dict[str, str]:
    """By the tenant's id."""
    pairs = filter(None, _read(_Numbers, content).items or ())
    return {folded_id(pair.uuid): folded_id(pair.id) for pair in pairs}


def numbered(tenants: Sequence[TenantStatus], numbers: Mapping[str, str]) -> tuple[TenantStatus, ...]:
    return tuple(replace(tenant, number=numbers.get(tenant.id, "")) for tenant in tenants)


def _read(model: type[M], content: bytes) -> M:
    try:
        return model.model_validate(pieces.read(content))
    except (ValueError, RecursionError) as error:
        raise unreadable() from error
