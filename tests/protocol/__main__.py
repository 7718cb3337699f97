"""Explores the model within larger bounds and prints the tables of docs/model.md: `python -m tests.protocol`.

It fails when a rule is broken, or when the page says something else.
"""

import sys

from tests.protocol.page import PAGE, explored_table, variants_table

if __name__ == "__main__":
    tables = [explored_table(), variants_table()]
    print(*tables, sep="\n\n")
    page = PAGE.read_text("utf-8")
    sys.exit(None if all(table in page for table in tables) else f"{PAGE} has other tables")
