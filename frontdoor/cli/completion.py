"""`frontdoor completion`: the script that makes a shell complete commands, cases and events."""

from __future__ import annotations

__all__ = ["command"]

import click

_VARIABLE = "_FRONTDOOR_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the script that makes SHELL complete commands, options, and the cases, events and timers of a log.

    Put it where the shell reads it as it starts: for bash in ~/.bashrc, for zsh in ~/.zshrc after compinit, for fish in
    ~/.config/fish/completions/frontdoor.fish.

    \b
    Example:
      frontdoor completion bash >> ~/.bashrc
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(ctx.find_root().command, {}, "frontdoor", _VARIABLE).source())
    return 0
