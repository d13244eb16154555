"""What every table of the warehouse means: contracts, SQL, reference data and time-keeping.

Where to find what (everything takes paths and connections as arguments; nothing here knows the settings):

`warehouse.lake`
    `open_lake(catalogue, files, *, read_only=False)` → a DuckDB connection with `USE lake`;
    `current_snapshot(con)` (a cache key for readers).
`warehouse.transactions`, `warehouse.unavailable`
    `transaction(con)` (context manager), `in_transaction(con, action)` and `retry(action)` with bounded retries;
    `LakeUnavailable`, which shows no password.
`warehouse.tables`
    `catalogue()` → all `Table`s, upstream first; `table("raw.taps")` → one of them;
    `table.contract` has `columns` (name, type, nullable, meaning, unit, zh, en), `keys`, `title`, `build`, `checks`;
    `create_all(con)` → makes missing schemas and tables, with types, partitions and comments.
`warehouse.contracts`
    the models behind it, and `ContractError`.
`warehouse.build`
    `build(con, table, *, whole=False, guard=None)` → brings one SQL or reference table up to date and returns a
    `BuildResult` (how, why, touched and replaced partitions, rows written and removed).
`warehouse.changes`
    for tables that Python fills: `last_build(con, name)`, `tables_changed(con, snapshot)`, `changes_since(con, name,
    snapshot, columns)` → what changed really (net), `record_build(con, name, …)` in the caller's transaction;
    `oldest_snapshot_needed(con)` for upkeep.
`warehouse.checks`
    `run_checks(con, table, partitions)` → per rule of the contract, the rows that break it.
`warehouse.portable_sql`, `warehouse.data_dictionary`
    what the SQL may use and its rendering for Spark; docs/data-dictionary.md.
`warehouse.timekeeping`
    events → sessions: a pure function.
"""
