"""The `portal` command: what an operator does from a shell.

Commands are loaded when they are called, so that `portal --help` is quick. Whatever goes wrong is one line on
standard error: exit status 1 for a refusal or a failure, 2 for a wrong call or a bad file.
"""

import os
from importlib import import_module

import click
from sqlalchemy.exc import OperationalError

from commissions.refusal import Refusal

from ..config import ConfigError
from ..crypto import SealBroken

COMMANDS = {
    "backup": ".backups:backup",
    "bank": ".bank:bank",
    "close": ".close:close",
    "demo": ".demo:demo",
    "designs": ".posters:designs",
    "faces": ".faces:faces",
    "import": ".imports:import_",
    "ledger": ".ledger:ledger",
    "migrate": ".operate:migrate",
    "poster": ".posters:poster",
    "restore": ".backups:restore",
    "run": ".operate:run",
    "secrets": ".operate:secrets",
    "simulate": ".simulate:simulate",
    "user": ".users:user",
    "worker": ".operate:worker",
}


class Commands(click.Group):
    """Subcommands by the address of their function."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(module, __name__), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            from ..web.messages import say  # needs the web's words; only when a rule said no

            raise click.ClickException(say(refusal)) from refusal
        except ConfigError as error:
            raise click.ClickException(str(error)) from error
        except SealBroken as error:
            why = "PORTAL_DATA_KEYS lacks its key, or it was changed"
            raise click.ClickException(f"a sealed {error} does not open: {why}") from error
        except OperationalError as error:
            raise click.ClickException(f"the database does not answer: {error.orig}".splitlines()[0]) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="portal")
def main() -> None:
    """The channel-partner and referral portal. Settings come from the environment (PORTAL_…)."""
    os.umask(0o077)  # whatever a command writes is its owner's alone: databases, archives, files
