"""Numbers and codes as frozen types: parse, check digit, mask, compare (番号・符号の値).

No clock, no randomness, no I/O. Whatever the law protects (`IndividualNumber`, `ResidentCode`,
`InstitutionCode`) prints masked and needs `.reveal(purpose)`; whatever is public prints as it is.
"""

from renkei.values.acquisition_number import AcquisitionNumber
from renkei.values.corporate_number import CorporateNumber, corporate_number_check_digit
from renkei.values.errors import ValueFormatError
from renkei.values.individual_number import (
    IndividualNumber,
    NumberScheme,
    individual_number_check_digit,
)
from renkei.values.institution_code import InstitutionCode
from renkei.values.municipality_code import MunicipalityCode, municipality_code_check_digit
from renkei.values.person_id import PersonId
from renkei.values.resident_code import ResidentCode, resident_code_check_digit
from renkei.values.reveal import Purpose
from renkei.values.transaction_id import TransactionId

__all__ = [
    "AcquisitionNumber",
    "CorporateNumber",
    "IndividualNumber",
    "InstitutionCode",
    "MunicipalityCode",
    "NumberScheme",
    "PersonId",
    "Purpose",
    "ResidentCode",
    "TransactionId",
    "ValueFormatError",
    "corporate_number_check_digit",
    "individual_number_check_digit",
    "municipality_code_check_digit",
    "resident_code_check_digit",
]
