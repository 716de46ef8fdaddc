"""The command that says whether an order is covered."""

from __future__ import annotations

from pathlib import Path

import click

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("order", type=FILE)
@click.option("--date", "on", metavar="DATE", help="Date of service, YYYY-MM-DD [today, UTC].")
@click.option("--json", "as_json", is_flag=True, help="The whole answer as JSON.")
@click.option("--policies", type=FOLDER, help="Folder of policies beside the shipped ones.")
def determine(order: Path, on: str | None, as_json: bool, policies: Path | None) -> int:
    """Is what ORDER asks for covered on a date, clause by clause, and what would change it?

    ORDER is a file with an order as JSON (docs/orders.md); ``-`` reads it from standard input. The payer's
    policy of that date and place decides; where none is held the answer is "policy not held", never an older
    one (docs/policies.md).

    \b
    Exit codes:
      0  covered
      1  not covered, incomplete, or policy not held
      2  the order, the date or a policy cannot be read: a line for each fault

    \b
    einthoven determine order.json --date 2023-03-01
    einthoven determine order.json --json --policies my-policies
    """
    from einthoven.bootstrap.determining import determine_file

    return determine_file(order, on, as_json=as_json, policies=policies)
