"""SQL: loads, applies, and answers questions. It decides nothing (design §1).

SQLAlchemy's asyncio package imports the whole ORM for its sessions, which takes 50 ms and 6 MiB. The store has no use
for sessions.
"""

from bot.imports import leave_out

leave_out("sqlalchemy.ext.asyncio.scoping", "sqlalchemy.ext.asyncio.session")
