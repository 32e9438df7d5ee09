"""What the API says when it says no: each shape of error body that the reference knows (§13)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Refusal(Exception):
    """Ends a request. `body` is JSON, or text for a gateway that knows no JSON."""

    status: int
    body: dict[str, Any] | str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def __str__(self) -> str:
        return f"{self.status}: {self.body}"


def domain_error(status: int, code: str, message: str) -> Refusal:
    """The Task Manager's own: a bare domainError."""
    body = {"domain": "TaskManager", "code": code, "reason": code, "context": {}, "debug": {"msg": message}}
    return Refusal(status, body)


def bad_request(message: str) -> Refusal:
    return domain_error(400, "BadRequest", message)


def account_error(status: int, message: str) -> Refusal:
    """Account Management's shape: everything inside `error`."""
    return Refusal(status, {"error": {"code": status, "message": message, "domain": "AccountServer", "details": {}}})


def token_error(status: int, error: str, description: str) -> Refusal:
    """The token endpoint's shape."""
    return Refusal(status, {"error": error, "error_description": description})


def gateway_error(status: int, title: str) -> Refusal:
    """The page of an nginx in front of the services."""
    heading = f"{status} {title}"
    page = f"<html>\r\n<head><title>{heading}</title></head>\r\n<body>\r\n<center><h1>{heading}</h1></center>\r\n"
    return Refusal(status, page + "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")


def policy_error(status: int, code: str, message: str, **context: str) -> Refusal:
    """A bare error object of Policy and Resource Management; 401 and 403 come from the domain of access."""
    domain = "Access" if status in (401, 403) else "PolicyManagement"
    return Refusal(status, {"domain": domain, "code": code, "message": message, "context": context})


def forbidden(tenant: str, scope: str, given: str = "urn:acronis.com::policy_management:{tenant}:read") -> Refusal:
    """Says which scope is missing, and which one the caller has."""
    scopes = {"scope": given.format(tenant=tenant), "required_scope": scope.format(tenant=tenant)}
    return policy_error(403, "AccessDeniedError", "access denied", **scopes)
