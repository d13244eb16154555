"""The history of the tables, as Alembic reads it. `operations.database.migrate` runs what is missing.

To change the tables: change the models, then `python -m operations.migrations.make_revision "What changed"`, then read
what it wrote and mend it. A migration that was released never changes.
"""
