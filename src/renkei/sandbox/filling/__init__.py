"""Filling the databases of a new country, one module for each role that holds people (初期登録).

The folder is the list: a module called like a role has `fill(site)`, which gives the party's own
person ids by the population's serial numbers. A role without one starts empty.
"""

import pkgutil
from importlib import import_module

from renkei.sandbox.filling.site import Site
from renkei.values import PersonId

__all__ = ["Site", "fill"]


def fill(site: Site) -> dict[int, PersonId]:
    """Write what a party holds from the first day; empty where its role holds nobody."""
    name = site.plan.role.replace("-", "_")
    if name not in {one.name for one in pkgutil.iter_modules(__path__)}:
        return {}
    found: dict[int, PersonId] = import_module(f"{__name__}.{name}").fill(site)
    return found
