"""SQL: loads, applies, and answers questions. It decides nothing (design §1).

SQLAlchemy's asyncio package imports the whole ORM for its sessions, which takes 50 ms and 6 MiB. The store has no use
for sessions: here an empty module stands in place of each that they are in.
"""

import sys
from types import ModuleType


class _Empty(ModuleType):
    """Has every name, and None for it."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):  # what the import system asks for
            raise AttributeError(name)


for _module in ("sqlalchemy.ext.asyncio.scoping", "sqlalchemy.ext.asyncio.session"):
    sys.modules.setdefault(_module, _Empty(_module))
