"""Reference data: dated rules and codes that ship as CSV files and become tables of the schema `reference`.

Belongs here: reading such a file as its contract says. Does not belong here: what a rule means.
"""

from pathlib import Path

from warehouse.contracts import Contract, ContractError


def select_csv(file: Path, contract: Contract) -> str:
    """Return the SELECT that reads the file with the columns and types of the contract; empty fields are NULL.

    Raises ContractError if the header differs from the contract's columns.
    """
    with file.open(encoding="utf-8") as lines:
        header = lines.readline().strip().split(",")
    if header != list(contract.column_names()):
        raise ContractError(
            f"reference/{file.name} has the columns {', '.join(header)}; "
            f"its contract says {', '.join(contract.column_names())}"
        )
    types = ", ".join(f"'{column.name}': '{column.type}'" for column in contract.columns)
    path = str(file).replace("'", "''")
    read = "header = true, delim = ',', quote = '\"', nullstr = ''"
    return f"SELECT * FROM read_csv('{path}', {read}, columns = {{{types}}})"
