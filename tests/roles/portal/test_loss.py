"""A portal that lost its database: what is refilled, what is lost, and that it is said."""

from pathlib import Path

from placing import removed
from portal_network import SmallNetwork
from portal_running import RunningPortal

from renkei.roles.portal.store import codes
from renkei.wire.linkage.log import Feed
from renkei.wire.portal import messages as po
from renkei.wire.verifying import verify


async def lose(folder: Path, portal: RunningPortal, code: bytes) -> RunningPortal:
    """The same portal with an empty database; the person's code is acquired anew."""
    portal.database.close()
    removed(folder / "portal.sqlite")
    fresh = RunningPortal.open(folder, portal.network)
    await fresh.database.write(lambda c: codes.add_to_set(c, code))
    return fresh


async def test_lines_that_no_stated_ledger_has_are_filed_once_more(
    tmp_path: Path, portal: RunningPortal, network: SmallNetwork
) -> None:
    """The network keeps what opens a line until it is stated, so nothing of it is lost."""
    base, code = await portal.person()
    for _ in range(3):
        network.exchange(base)
    await portal.catch_up()
    await portal.catch_up()
    assert network.acknowledged == 0
    fresh = await lose(tmp_path, portal, code)
    await fresh.state()
    file = await fresh.file(code)
    assert file.total == 3
    assert verify(file, network.anchors).witnessed
    await fresh.catch_up()
    assert network.acknowledged == 3
    fresh.database.close()


async def test_what_is_lost_is_said_on_page_in_file_and_by_verify(
    tmp_path: Path, portal: RunningPortal, network: SmallNetwork
) -> None:
    """Lines stated before stand in nobody's account: one finding, and every file counts them."""
    base, code = await portal.person()
    for _ in range(3):
        network.exchange(base)
    older = await portal.state()
    file = await portal.file(code)
    await portal.catch_up()
    assert network.acknowledged == 3
    fresh = await lose(tmp_path, portal, code)
    network.exchange(base)
    newer = await fresh.state()
    assert newer > older, "the log has another root of the older size: this portal gives none"
    found = await fresh.ask(po.FindingsRequest, after=0, limit=100)
    assert [(one.kind, one.leaf) for one in found.findings] == [("lines-lost", 0)]
    (lost,) = found.findings
    commission = network.parties["oversight"]
    (line,) = commission.read_inside(lost.feed or "", (Feed,), aud="portal").message.lines
    assert (line.leaf, line.portal_code) == (0, None), "the network's own letter of nothing"
    view = await fresh.history.view(code)
    assert (view.total, view.unassigned) == (1, 3)
    after = await fresh.file(code)
    assert after.total == 1
    check = next(one for one in verify(after, network.anchors).checks if one.name == "unassigned")
    assert check.holds is None
    assert "3 lines of the log belong to nobody" in check.why
    assert verify(file, network.anchors).verified
    fresh.database.close()


async def test_a_root_that_the_log_refuses_holds_up_no_other(
    tmp_path: Path, portal: RunningPortal, network: SmallNetwork
) -> None:
    """Where the log has another root of the same size the portal goes on with the next size."""
    base, code = await portal.person()
    network.exchange(base)
    size = await portal.state()
    await portal.catch_up()
    fresh = await lose(tmp_path, portal, code)
    network.cosigned = network.cosign(network.checkpoint(size))
    await fresh.catch_up()
    await fresh.ledger.publish()
    assert fresh.rows("SELECT log_size, form FROM root") == [(size, 0)]
    assert await fresh.state() > size
    fresh.database.close()
