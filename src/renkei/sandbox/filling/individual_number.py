"""Filling J-LIS's register: everybody, with the seeds their codes will come from (住民基本台帳)."""

from renkei.crypto.codes import link_seed
from renkei.kit.database import connect
from renkei.roles.individual_number.service import SEED_KEY
from renkei.roles.individual_number.store import register as store
from renkei.sandbox.filling.site import Site
from renkei.values import PersonId, Purpose
from renkei.wire.individual_number.messages import FourAttributes


def fill(site: Site) -> dict[int, PersonId]:
    """Write J-LIS's register; it has no person ids of its own."""

    def mac(data: bytes) -> bytes:
        return site.keys.mac(SEED_KEY, data, "sha256")

    rows = []
    for resident in site.copies.population.residents:
        code = resident.resident_code.reveal(Purpose.STORE_IN_REGISTER)
        earlier = (resident.previous_address.text,) if resident.previous_address else ()
        rows.append(
            store.Resident(
                resident_code=code,
                individual_number=resident.individual_number,
                attributes=FourAttributes(
                    name=resident.name,
                    address=resident.address.text,
                    birth_date=resident.birth_date.isoformat(),
                    sex=resident.sex.value,
                ),
                common_name=resident.common_name,
                earlier_addresses=earlier,
                municipality_code=resident.municipality,
                link_seed=link_seed(mac, code, 0),
                persona=next(iter(resident.personas), None),
            )
        )
    with connect(site.database) as connection:
        store.add_residents(connection, rows)
    return {}
