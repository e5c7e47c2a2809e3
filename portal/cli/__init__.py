"""The `portal` command: what an operator does from a shell.

Commands are loaded when they are called, so that `portal --help` is quick. Whatever goes wrong is one line on
standard error (`faults`): exit status 1 for a refusal or a failure, 2 for a wrong call or a bad file.
"""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from ..loading import uncollected
from .faults import REFUSED, fault_of, let_go_of_output

COMMANDS = {
    "api": ".api:api",
    "backup": ".backups:backup",
    "bank": ".bank:bank",
    "care": ".care:care",
    "clock": ".clock:clock",
    "close": ".close:close",
    "demo": ".demo:demo",
    "designs": ".posters:designs",
    "faces": ".faces:faces",
    "files": ".files:files",
    "health": ".health:health",
    "import": ".imports:import_",
    "judge": ".judge:judge_file",
    "keys": ".keys:keys",
    "ledger": ".ledger:ledger",
    "measures": ".measures:measures",
    "migrate": ".operate:migrate",
    "poster": ".posters:poster",
    "privacy": ".privacy:privacy",
    "reporting": ".reporting:reporting",
    "restore": ".backups:restore",
    "run": ".operate:run",
    "secrets": ".operate:secrets",
    "simulate": ".simulate:simulate",
    "user": ".users:user",
    "worker": ".operate:worker",
}

SAYS = {
    "api": "The partner API: keys of agencies' own systems; events for who builds one.",
    "backup": "Write database and files into one archive.",
    "bank": "Prove a bank file, or answer one as a rehearsing bank.",
    "care": "Client care: what a care plan wants, and what is due.",
    "clock": "The clock by which things end, and whether it is in doubt.",
    "close": "Close a month: seal its ranks, issue the statements.",
    "demo": "Make a small world, start the portal in it, say who signs in.",
    "designs": "List the designs of posters.",
    "faces": "Compare photos, calibrate thresholds, change the engine.",
    "files": "The stored files: photos, papers, attachments.",
    "health": "Say how the portal's signs of life stand.",
    "import": "Bring in what comes as a file.",
    "judge": "Judge a file of touches under a rule profile.",
    "keys": "The keys that this database was written with.",
    "ledger": "The double-entry ledger.",
    "measures": "Print the board of a month.",
    "migrate": "Bring the database's schema up to date.",
    "poster": "Draw a referrer's poster into a file.",
    "privacy": "Requests to erase a person's data.",
    "reporting": "The reporting views, and who may read them.",
    "restore": "Bring back a portal from its archive.",
    "run": "Serve the portal (gunicorn).",
    "secrets": "Print fresh secrets, or write them into a file.",
    "simulate": "Rate a file of deals under a plan.",
    "user": "Open, close and list accounts.",
    "worker": "Run what is due in the background.",
}
"""A line each for `portal --help`, which would load the whole portal to read it off the commands themselves."""


class Commands(click.Group):
    """Subcommands by the address of their function."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        with uncollected():
            command: click.Command = getattr(import_module(module, __name__), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by what is said of them here; one of which nothing is said is asked itself."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, SAYS.get(name) or self._says(ctx, name)) for name in self.list_commands(ctx)])

    def _says(self, ctx: click.Context, name: str) -> str:
        command = self.get_command(ctx, name)
        return "" if command is None else command.get_short_help_str()

    def main(self, *given: Any, standalone_mode: bool = True, **named: Any) -> Any:
        """Run a command to its end; whatever goes wrong is said in one line (`faults`)."""
        run: Callable[..., Any] = super().main
        if not standalone_mode:
            return run(*given, standalone_mode=False, **named)
        try:
            status = run(*given, standalone_mode=False, **named)
        except click.exceptions.NoArgsIsHelpError as asked:
            asked.show()
            status = asked.exit_code
        except click.Abort:
            click.echo("Aborted!", err=True)
            status = REFUSED
        except Exception as error:
            fault = fault_of(error)
            if fault is None:
                raise
            click.echo(f"Error: {fault.line}", err=True)
            let_go_of_output()
            status = fault.status
        sys.exit(status if isinstance(status, int) else 0)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="portal")
def main() -> None:
    """The channel-partner and referral portal. Settings come from the environment (PORTAL_…)."""
    os.umask(0o077)  # whatever a command writes is its owner's alone: databases, archives, files
