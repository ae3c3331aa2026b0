"""Click's commands and help in Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cqo_docs.cli.texts import say

if TYPE_CHECKING:
    pass


class Help(click.HelpFormatter):
    """Click's formatter with our words."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The usage line under our own word for usage."""
        super().write_usage(prog, args, prefix or say("usage"))


class Option(click.Option):
    """An option whose own words say that it must be given."""

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Click's notes on an option, less its English word for required."""
        return {k: v for k, v in super().get_help_extra(ctx).items() if k != "required"}


class Command(click.Command):
    """A command whose headings and help option speak our language."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Click's help option with our words."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = say("help")
        return option

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options under our heading, then the commands of a group."""
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        rows = [r for p in options if (r := p.get_help_record(ctx)) is not None]
        if rows:
            with formatter.section(say("options")):
                formatter.write_dl(rows)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)


class Group(Command, click.Group):
    """A group of such commands."""

    command_class = Command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands in the order in which one uses them."""
        rows = [
            (name, command.get_short_help_str(60))
            for name, command in self.commands.items()
            if not command.hidden
        ]
        with formatter.section(say("commands")):
            formatter.write_dl(rows)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands as they were added."""
        return list(self.commands)
