"""Several processes of a party: ports, configurations, what the balancer is told (負荷分散)."""

import shutil
import subprocess
from pathlib import Path

import pytest
from inprocess import built
from postgres import Server

from renkei.kit.config import ConfigError
from renkei.kit.location import Location
from renkei.kit.progress import Progress
from renkei.run.config import read
from renkei.sandbox import balancing
from renkei.sandbox.balancing import haproxy_configuration, replicate
from renkei.sandbox.country import Country, open_existing
from renkei.sandbox.relocation import relocate


@pytest.fixture
def country(tmp_path: Path) -> Country:
    """A built country of its own."""
    return open_existing(Path(shutil.copytree(built(), tmp_path / "country")))


def test_databases_in_files_are_for_one_process(country: Country) -> None:
    """Where databases are files, more processes are refused with what to do, nothing changed."""
    with pytest.raises(ConfigError, match=r"for one process.*--database"):
        replicate(country, 2)
    assert open_existing(country.folder).manifest.replicas == 1
    assert not list(country.folder.glob("*/serve.1.toml"))


def test_a_missing_balancer_is_said(
    country: Country, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without HAProxy on the path the command that installs it is named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="sudo apt install haproxy"):
        balancing.balancer_program()
    assert country.manifest.replicas == 1


@pytest.mark.postgresql
@pytest.mark.haproxy
def test_each_process_has_its_ports_and_the_balancer_knows_them(
    country: Country, postgres: Server
) -> None:
    """Processes listen at ports of their own, the balancer at the party's, and back again."""
    addresses = {plan.party: country.address(plan.party) for plan in country.plans}
    relocate(country, Location.from_configuration(postgres.url(), Path()), Progress(quiet=True))
    replicate(country, 2)
    services = country.services()
    assert len(services) == 2 * len(country.plans) - 1  # the Commission is one process
    configured = {one.name: read(one.config) for one in services}
    assert {name: one.port for name, one in configured.items()} == {
        one.name: one.port for one in services
    }
    listened = [one.port for one in configured.values()]
    listened += [one.people_port for one in configured.values() if one.people_port]
    assert len(set(listened)) == len(listened) == len(services) + 2  # the portal's two doors
    assert {plan.party: country.address(plan.party) for plan in country.plans} == addresses
    assert len({one.log for one in configured.values()}) == len(services)
    told = haproxy_configuration(country)
    for service in services:
        if service.name != "oversight":
            assert f"server {service.name} 127.0.0.1:{service.port}\n" in told
            assert f"bind 127.0.0.1:{addresses[service.name.partition('.')[0]]}\n" in told
    (people,) = [part for part in told.split("listen ") if part.startswith("portal-people")]
    assert "balance source" in people
    path = country.folder / balancing.CONFIGURATION
    path.write_text(told)
    checked = subprocess.run(
        [balancing.balancer_program(), "-c", "-f", str(path)], capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    replicate(country, 1)
    assert [one.name for one in country.services()] == [plan.party for plan in country.plans]
