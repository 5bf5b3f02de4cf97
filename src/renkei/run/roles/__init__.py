"""Every role that can run: each module here describes one as `ROLE` (役割一覧).

The folder is the list. A new role is a module more; no line anywhere else names it.
"""

import pkgutil
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renkei.run.role import RoleDescription


def _found() -> "dict[str, RoleDescription]":
    modules = sorted(one.name for one in pkgutil.iter_modules(__path__))
    described = (import_module(f"{__name__}.{name}").ROLE for name in modules)
    return {role.name: role for role in described}


ROLES: "Final[Mapping[str, RoleDescription]]" = MappingProxyType(_found())
"""The description of each role by its name."""
