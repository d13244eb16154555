"""Everything that can be done to the operational system, one function a command, one file a subject.

Each command takes the session of one transaction first (`operations.database.writing`), asks `operations.access`
whether its actor may, checks what it is given, writes, and adds a row to the audit log.
Never here: a read for a page (that is `queries/`), HTTP, or anything of the warehouse.
"""
