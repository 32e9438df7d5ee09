"""The token endpoint: who gets a token, for how long, and what it may see (§2). Secrets stay in here; no HTTP."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from bot.sandbox.acronis.catalog import TENANTS, Tenant, guid_of
from bot.sandbox.acronis.errors import account_error, token_error
from bot.sandbox.acronis.times import HOUR, SECOND
from bot.sandbox.templates import Templates

_FILE: Final = Templates(__file__)
EXPIRIES: Final = ("expires_on", "expires_in", "both", "neither")
_SCOPE: Final = "urn:acronis.com:tenant-id:"
_JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for. `until` in unix nanoseconds; `may_act`: it is the client's that may start runs."""

    tenant: Tenant
    until: int
    may_act: bool = False


ACTING: Final = ("sandbox-acting", "sandbox-acting-secret")
"""The client that may start runs."""


class Tokens:
    """Issues tokens to a client that reads and to one, `acting`, that starts runs as well.

    `lifetime` (nanoseconds) and `expiry` hold for tokens issued from now on.
    """

    def __init__(self, client_id: str, client_secret: str, home: Tenant, acting: tuple[str, str] = ACTING) -> None:
        self._acting = acting
        self.lifetime = 2 * HOUR
        self.expiry = "expires_on"
        self.issued = 0
        self._client = (client_id, client_secret)
        self._home = home
        self._grants: dict[str, Grant] = {}
        self._dice = Random()

    def issue(self, form: Mapping[str, str], client: tuple[str, str], bearer: str, now: int) -> dict[str, Any]:
        """The token endpoint's answer to a client's id and secret. Raises Refusal, 401 or 400."""
        grant_type = form.get("grant_type", "")
        if grant_type == "client_credentials":
            if client not in (self._client, self._acting):
                raise token_error(401, "access_denied", "client authentication failed")
        elif grant_type == _JWT_BEARER:
            if not self.grant(form.get("assertion", ""), now) or not self.grant(bearer, now):
                raise token_error(401, "access_denied", "the assertion is expired or invalid")
        else:
            raise token_error(400, "invalid_request", f"grant_type {grant_type!r} is not accepted")
        tenant = self._narrowed(form.get("scope", ""))
        token = self._write(tenant, now)
        self._grants[token] = Grant(tenant, now + self.lifetime, may_act=client == self._acting)
        self.issued += 1
        answer: dict[str, Any] = {"access_token": token, "token_type": "bearer", "id_token": self._write(tenant, now)}
        if self.expiry in ("expires_on", "both"):
            answer["expires_on"] = (now + self.lifetime) // SECOND
        if self.expiry in ("expires_in", "both"):
            answer["expires_in"] = self.lifetime // SECOND
        return answer

    def _narrowed(self, scope: str) -> Tenant:
        """The tenant that the scope names, else the client's own."""
        wanted = [word.removeprefix(_SCOPE) for word in scope.split() if word.startswith(_SCOPE)]
        if not wanted:
            return self._home
        for tenant in TENANTS:
            if tenant.uuid == wanted[0].casefold() and tenant.locator.startswith(self._home.locator):
                return tenant
        raise token_error(400, "access_denied", "the tenant of the scope is out of reach")

    def _write(self, tenant: Tenant, now: int) -> str:
        """Looks like a JWT and is as long as a real one. The signature is noise: tokens are known by heart."""
        head = {"alg": "RS256", "typ": "JWT", "kid": guid_of("key")}
        role = {"rs": "urn:acronis.com::task_manager", "role": "viewer", "tid": tenant.uuid, "n": self._dice.random()}
        claims = {"sub": self._client[0], "tenant_id": tenant.uuid, "iat": now // SECOND, "scope": [role], "ver": 2}
        claims |= {"exp": (now + self.lifetime) // SECOND, "iss": "https://sandbox.example", "sub_type": "api_client"}
        parts = (json.dumps(head).encode(), json.dumps(claims).encode(), self._dice.randbytes(256))
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)

    def grant(self, token: str, now: int) -> Grant | None:
        """What a token stands for; None for one that is unknown, revoked or past its end."""
        found = self._grants.get(token)
        return found if found and now < found.until else None

    def revoke_all(self) -> int:
        """Makes every token invalid at once. Returns how many there were."""
        count = len(self._grants)
        self._grants.clear()
        return count

    def client(self, client_id: str) -> dict[str, Any]:
        """The Account Management record of the client. Raises Refusal (404) for any other id."""
        if client_id not in (self._client[0], self._acting[0]):
            raise account_error(404, f"client {client_id} not found")
        return _FILE.fill("client", id=client_id, home=self._home, user=guid_of("user"))
