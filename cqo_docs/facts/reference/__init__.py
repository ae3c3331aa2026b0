"""The reference tables: official figures as frozen data, and what follows from them."""

from cqo_docs.facts.reference.reading import read_reference
from cqo_docs.facts.reference.tables import (
    Act,
    FundGroup,
    FundItem,
    Industry,
    Organ,
    PostSituation,
    Reference,
    Registration,
    ScaleVerdict,
)
from cqo_docs.facts.reference.verdicts import (
    above_scale,
    category_of,
    control_option,
    deciding_organ,
    education_cap,
    find_industry,
    find_registration,
    ownership_group,
    size_class,
    size_indicators,
    state_owned,
)

__all__ = [
    "Act",
    "FundGroup",
    "FundItem",
    "Industry",
    "Organ",
    "PostSituation",
    "Reference",
    "Registration",
    "ScaleVerdict",
    "above_scale",
    "category_of",
    "control_option",
    "deciding_organ",
    "education_cap",
    "find_industry",
    "find_registration",
    "ownership_group",
    "read_reference",
    "size_class",
    "size_indicators",
    "state_owned",
]
