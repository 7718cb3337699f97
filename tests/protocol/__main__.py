"""Explores the model within larger bounds and prints the tables of docs/model.md: `python -m tests.protocol`."""

from tests.protocol.page import explored_table, variants_table

if __name__ == "__main__":
    print(explored_table(), variants_table(), sep="\n\n")
