"""Who asks. Every question and every write takes a Principal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import Forbidden, Invalid
from domain.ids import EnterpriseId
from domain.scopes import Scope, ScopeKind


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    OFFICER = "officer"
    VIEWER = "viewer"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class Principal:
    """A known person or program. An enterprise principal carries the one enterprise it belongs to."""

    name: str
    role: Role
    enterprise: EnterpriseId | None = None

    def __post_init__(self) -> None:
        if (self.role is Role.ENTERPRISE) != (self.enterprise is not None):
            raise Invalid("an enterprise account names its enterprise, and no other account does")

    def may_write(self) -> bool:
        return self.role in (Role.ADMINISTRATOR, Role.OFFICER)

    def may_administer(self) -> bool:
        return self.role is Role.ADMINISTRATOR

    def require_write(self) -> None:
        if not self.may_write():
            raise Forbidden(f"{self.name} ({self.role}) may look but not change; ask an officer")

    def require_administrator(self) -> None:
        if not self.may_administer():
            raise Forbidden(f"{self.name} ({self.role}) is not an administrator")

    def sees_all(self) -> bool:
        return self.role is not Role.ENTERPRISE

    def require_staff(self) -> None:
        if not self.sees_all():
            raise Forbidden(f"{self.name} may see only enterprise {self.enterprise}; this is for the district's staff")

    def require_scope(self, scope: Scope, *, owner: EnterpriseId | None = None) -> None:
        """Invariant 11: an enterprise sees only its own data. ``owner`` : of a meter or of accounts."""
        if self.sees_all():
            return
        own = (scope.kind is ScopeKind.ENTERPRISE and scope.id == self.enterprise) or (
            scope.kind in (ScopeKind.METER, ScopeKind.ACCOUNTS) and owner is not None and owner == self.enterprise
        )
        if not own:
            raise Forbidden(f"{self.name} may see only enterprise {self.enterprise}")


#: The program itself, as an actor in the audit log.
SYSTEM = Principal("system", Role.ADMINISTRATOR)
