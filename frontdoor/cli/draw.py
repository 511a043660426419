"""`frontdoor draw`: a workflow as a drawing, with its clocks."""

from __future__ import annotations

__all__ = ["command"]

import os
from pathlib import Path

import click

from frontdoor.cli.common import library_options, say_table, written_to

_ENDINGS = {".svg": "svg", ".dot": "dot", ".gv": "dot"}


@click.command("draw")
@click.argument("workflow")
@click.option("--svg", "as_svg", is_flag=True, help="Draw SVG; needs graphviz.")
@click.option("--dot", "as_dot", is_flag=True, help="Write the text that graphviz draws from.")
@click.option(
    "--output", "-o", metavar="FILE", default="-", help="Write it here; a name in .svg or .dot says which it is to be."
)
@library_options
def command(
    workflow: str,
    *,
    as_svg: bool,
    as_dot: bool,
    output: str,
    local: tuple[str, ...],
    guidance: str | None,
    workflows: str | None,
) -> int:
    """Draw WORKFLOW with its clocks, under the latest edition or the one `--guidance` names: as mermaid, unless told.

    \b
    Example:
      frontdoor draw referral --guidance working_together_2010 --output referral.svg
    """
    if as_svg and as_dot:
        raise click.UsageError("--svg and --dot are two drawings: ask for one of them.")
    if os.path.realpath(output) in map(os.path.realpath, local):
        raise click.UsageError(f"{output} is the local file itself: name another to write the drawing to.")
    from frontdoor import drawing
    from frontdoor.library import load

    library = load(workflows, local=local, guidance=guidance)
    flow, edition = library.workflow(workflow), library.editions[-1]
    under = edition.title or edition.name
    if workflow not in library.under().has:
        under += ", which does not have it"
    form = "svg" if as_svg else "dot" if as_dot else _ENDINGS.get(Path(output).suffix.lower(), "mermaid")
    draw = {"svg": drawing.svg, "dot": drawing.dot, "mermaid": drawing.mermaid}[form]
    _write(draw(flow, under=under), output)
    return 0


def _write(text: str, path: str) -> None:
    if path == "-":
        say_table(text)
        return
    with written_to(path):
        Path(path).write_text(text, encoding="utf-8", newline="\n")
