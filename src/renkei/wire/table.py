"""All calls and messages of the country, joined from the folders of the receivers (電文一覧).

Every folder `wire/<role>/` with a `calls.py` is a receiver, named like its role: a new one needs no
line here. OpenAPI
and the walls read this table; roles use the calls themselves.
"""

import pkgutil
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from renkei import wire
from renkei.wire.call import Call, Files, Kind, kind_of
from renkei.wire.fields import Message
from renkei.wire.problem import ProblemReport


def _receivers() -> dict[str, ModuleType]:
    """The `calls` module of each receiver by role, in the order of the folders' names."""
    folders = sorted(one.name for one in pkgutil.iter_modules(wire.__path__) if one.ispkg)
    modules = [import_module(f"{wire.__name__}.{folder}.calls") for folder in folders]
    roles = (folder.replace("_", "-") for folder in folders)
    return dict(zip(roles, modules, strict=True))


def _kinds(calls: tuple[Call[Any, Any], ...]) -> dict[type[Message], Kind]:
    """Every message that a call carries, as itself or inside another, and the problem report."""
    found: dict[type[Message], Kind] = {ProblemReport: kind_of(ProblemReport)}
    for call in calls:
        for message in (call.request, *call.answers):
            for one in (message, *message.INSIDE):
                found[one] = kind_of(one)
    return found


_RECEIVERS: Final = _receivers()
CALLS: Final[tuple[Call[Any, Any], ...]] = tuple(
    call for module in _RECEIVERS.values() for call in module.CALLS
)
TITLES: Final[dict[str, str]] = {role: module.TITLE for role, module in _RECEIVERS.items()}
"""What each receiver is, in English and Japanese."""
FILES: Final[tuple[Files, ...]] = tuple(
    files for module in _RECEIVERS.values() for files in getattr(module, "FILES", ())
)
KIND_OF: Final[dict[type[Message], Kind]] = _kinds(CALLS)
KIND_BY_TYP: Final[dict[str, Kind]] = {kind.typ: kind for kind in KIND_OF.values()}


def calls_to(role: str) -> tuple[Call[Any, Any], ...]:
    """All calls a role answers, in the order of its list."""
    return tuple(call for call in CALLS if call.receiver == role)


def call_for(request: type[Message]) -> Call[Any, Any]:
    """The one call that carries this request type."""
    return next(call for call in CALLS if call.request is request)
