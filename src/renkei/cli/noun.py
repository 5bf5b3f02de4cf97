"""How commands are grouped: nouns and verbs, found by name, loaded when they are used (名詞と動詞).

Help is plain text, without frames: it can be read aloud, searched and pasted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Final, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from renkei.cli.saying import as_typed

EXIT_USAGE: Final = 2
_LIKE_A_NUMBER: Final = re.compile(r"\d{4}")


class Commands(TyperGroup):
    """A noun's verbs. An unknown one is never repeated: it may be somebody's number or name."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The verb of that name; ends with a hint where there is none."""
        found = super().get_command(ctx, cmd_name)
        if found is None and not ctx.resilient_parsing:
            refuse(unknown(cmd_name, self.list_commands(ctx), ctx.command_path))
        return found


def unknown(typed: str, known: list[str], path: str) -> str:
    """What to say of a command that does not exist, without repeating it."""
    if _LIKE_A_NUMBER.search(typed):
        return "unknown command; to check a number type: renkei number check NUMBER"
    near = get_close_matches(typed, known, n=1)
    if near:
        return f"unknown command; did you mean: {path} {near[0]}"
    return f"unknown command; `{path} --help` lists the commands."


def refuse(sentence: str) -> NoReturn:
    """End with a sentence on standard error and the exit status of wrong usage."""
    typer.echo(as_typed(sentence), err=True)
    raise typer.Exit(EXIT_USAGE)


def noun(help: str, **more: Any) -> typer.Typer:
    """A group of verbs as every noun of Renkei is one (コマンドの名詞)."""
    return typer.Typer(
        **{
            "cls": Commands,
            "no_args_is_help": True,
            "add_completion": False,
            "rich_markup_mode": None,
            "pretty_exceptions_enable": False,
            "help": help,
            **more,
        }
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command's code lies and what its line in the help says (コマンドの所在)."""

    module: str
    name: str
    """A function, which becomes a command, or a group of commands."""
    help: str


class Unloaded(TyperCommand):
    """A command of which only the name and the line in the help are known yet."""

    def __init__(self, name: str, place: Place) -> None:
        super().__init__(name, help=place.help, rich_markup_mode=None)
        self._place = place

    def load(self) -> Any:
        """The command itself; imports what it needs."""
        found = getattr(import_module(self._place.module), self._place.name)
        if isinstance(found, typer.Typer):
            command: Any = typer.main.get_group(found)
        else:
            single = noun("")
            single.command(self.name)(found)
            command = typer.main.get_command(single)
        command.name = self.name
        return command


class LazyCommands(Commands):
    """The top of the tree: a command is imported only when it is called (必要時の読込み)."""

    places: Mapping[str, Place] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, place in self.places.items():
            self.add_command(Unloaded(name, place))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command to run and load it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, Unloaded) else command, rest
