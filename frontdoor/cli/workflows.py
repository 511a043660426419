"""`frontdoor workflows`: list the workflows, or show one in sentences with its sources."""

from __future__ import annotations

__all__ = ["command"]

import click

from frontdoor.cli.common import library_options, say, say_json


@click.group("workflows", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the workflows, or show one in sentences that a practitioner reads, with its sources.

    \b
    Example:
      frontdoor workflows show referral --guidance working_together_2010
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print names, titles and editions as JSON.")
@library_options
def list_(
    as_json: bool = False, local: tuple[str, ...] = (), guidance: str | None = None, workflows: str | None = None
) -> int:
    """List the workflows and the editions of guidance, each with the day from which it applies.

    \b
    Example:
      frontdoor workflows list --local my_borough.toml
    """
    from frontdoor.library import load
    from frontdoor.report import workflow_text

    library = load(workflows, local=local, guidance=guidance)
    if as_json:
        say_json(workflow_text.as_object(library))
    else:
        say("\n".join(workflow_text.listing(library)))
    return 0


@command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the declaration as JSON.")
@library_options
def show(name: str, as_json: bool, local: tuple[str, ...], guidance: str | None, workflows: str | None) -> int:
    """Show workflow NAME in sentences, under the latest edition or the one `--guidance` names.

    \b
    Example:
      frontdoor workflows show mash --local london_mash
    """
    from frontdoor.library import load
    from frontdoor.report import workflow_text

    library = load(workflows, local=local, guidance=guidance)
    if as_json:
        say_json(workflow_text.declaration(library, name))
    else:
        say("\n".join(workflow_text.sentences(library, name)))
    return 0
