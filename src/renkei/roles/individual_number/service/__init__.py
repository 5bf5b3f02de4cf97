"""J-LIS's services (機構の処理)."""

from renkei.roles.individual_number.service.acquisition import IndividualNumberService
from renkei.roles.individual_number.service.filling import SEED_KEY

__all__ = ["SEED_KEY", "IndividualNumberService"]
