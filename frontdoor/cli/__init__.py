"""The command `frontdoor`. Each command is a module of this folder, loaded when it is called.

Exit status: 0 done; 1 findings at or above `--fail-on`; 2 usage; 3 the input is no good; 4 the log does not verify; 5 busy.
"""

from __future__ import annotations

__all__ = ["main"]

import io
import os
import sys
from keyword import iskeyword
from typing import NoReturn

import click

COMMANDS = {
    "accept-clock": "Say that the computer's clock is right, after a desk refused it.",
    "accept-copy": "Say that there is no more of a log than a file that was copied while it was in use.",
    "accept-keys": "Go on with new keys where those of a log's sealed details are lost for good.",
    "audit": "Judge a file of records against the guidance in force at the time.",
    "backup": "Copy a log while it is in use, verified, with a checkpoint beside it.",
    "calibrate": "Make a scenario for simulate of a log, and hold it to what came after.",
    "check": "Raise a breach of every deadline that has run out; make the daily check; list what is due soon.",
    "checkpoint": "Take note of a log, so that verify can hold it to that later.",
    "completion": "Print what makes a shell complete commands, cases and events.",
    "correct": "Say how an event that was recorded wrongly really was; nothing is erased.",
    "demo": "Audit the shipped example, explain one of its breaches, and keep a log of our own.",
    "doctor": "Look at a log's disk, clock, calendar, backups and files; nothing is written.",
    "draw": "Draw a workflow, with its clocks: mermaid, graphviz or SVG.",
    "explain": "Say how one due date was counted, and why.",
    "export": "Write the events of a log as a flat event log in CSV.",
    "forecast": "Say which of the deadlines that run now are likely to be missed.",
    "forget": "Destroy the key of what people wrote of a case, so that nobody can read it any more.",
    "import": "Bring a file of records into a log, all of it looked at first.",
    "keygen": "Make the key that a log's checkpoints are signed with.",
    "prove": "Hand over the events of a case with proof that they are as they were recorded.",
    "rebuild": "Make what stands in a log again, from its events.",
    "record": "Record that somebody did something, or be told why not and what may be done.",
    "restore": "Put a backup in the place of a log; one that is there is kept under another name.",
    "retention": "List the cases that have been kept as long as they are to be.",
    "show": "Show a case: its timeline, its deadlines, and what may be done next.",
    "simulate": "Run a duty desk many times: what is in time, what waits, and how sure that is.",
    "subject-access": "Write everything that is held about a case, to read and as JSON.",
    "validate": "Check workflow, guidance and local files: everything wrong, at once.",
    "verify": "See that every event in a log is as it was recorded.",
    "workflows": "List the workflows, or show one in sentences with its sources.",
}
"""What `frontdoor --help` says of each command, so that help need not load them."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        from importlib import import_module

        module = f"{name}_" if iskeyword(name) else name.replace("-", "_")
        command: click.Command = import_module(f"frontdoor.cli.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # here, for click would call it a failure
            _give_up(141)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            from frontdoor.errors import did_you_mean

            ctx.fail(f"there is no command {args[0]!r}.{did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="frontdoor", prog_name="frontdoor", message="%(prog)s %(version)s")
def group() -> None:
    """The clocks that protect children: workflows of the front door of children's social care.

    \b
    Example:
      frontdoor audit log.csv --deadlines deadlines.csv
    """


def _give_up(status: int) -> NoReturn:
    """Leave without another try at writing what could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(status)


def main() -> None:
    """Run the command line, and turn what is the user's to mend into a sentence and an exit status."""
    from frontdoor.errors import FrontdoorError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show is no reason to stop
    try:
        status = group.main(prog_name="frontdoor", standalone_mode=False) or 0
        if sys.stdout is not None:
            sys.stdout.flush()
        sys.exit(status)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.ClickException as error:
        from frontdoor.cli.common import shown

        vars(error)["message"] = shown(error.message)  # which may quote what was recorded
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        _give_up(141)  # the reader has gone, as in `frontdoor audit log.csv | head`
    except FrontdoorError as error:
        from frontdoor.cli.common import complain

        sys.exit(complain(error))
    except OSError as error:
        click.echo(f"frontdoor: what was found cannot be written: {error.strerror}.", err=True)
        _give_up(2)
