"""What other versions of FHIR have and R4 (4.0.1) has not, for the resources that are exchanged here.

Sources: HL7 FHIR DSTU2, STU3, R4 and R5, definitions of the resources; HL7 FHIR R4B, version history (4.3.0).
"""

from collections.abc import Mapping
from typing import Final

_OLDER, _NEWER, _BOTH = "DSTU2 / STU3", "R5", "STU3 / R5"
ELSEWHERE: Final[Mapping[str, Mapping[str, str]]] = {
    "Observation": {
        "comments": _OLDER,
        "comment": _OLDER,
        "context": _OLDER,
        "related": _OLDER,
        "triggeredBy": _NEWER,
        "bodyStructure": _NEWER,
        "instantiatesCanonical": _NEWER,
    },
    "Device": {
        "udi": _OLDER,
        "model": _OLDER,
        "displayName": _NEWER,
        "name": _NEWER,
        "conformsTo": _NEWER,
        "biologicalSourceEvent": _NEWER,
    },
    "DocumentReference": {
        "class": _OLDER,
        "indexed": _OLDER,
        "created": _OLDER,
        "attester": _NEWER,
        "basedOn": _NEWER,
        "bodySite": _NEWER,
        "facilityType": _NEWER,
        "modality": _NEWER,
        "practiceSetting": _NEWER,
        "version": _NEWER,
    },
    "Appointment": {
        "indication": _OLDER,
        "incomingReferral": _OLDER,
        "reason": _BOTH,
        "cancellationReason": _NEWER,
        "cancellationDate": _NEWER,
        "class": _NEWER,
        "note": _NEWER,
        "subject": _NEWER,
        "virtualService": _NEWER,
        "previousAppointment": _NEWER,
    },
    "Patient": {"animal": _OLDER, "careProvider": _OLDER},
    "Binary": {"content": _OLDER},
    "Schedule": {"type": _OLDER, "name": _NEWER},
    "Slot": {"type": _OLDER, "freeBusyType": _OLDER},
}
"""Elements that another version of FHIR has and R4 has not, by type of resource."""

SINCE_R4B: Final = frozenset(
    {
        "AdministrableProductDefinition",
        "Citation",
        "ClinicalUseDefinition",
        "EvidenceReport",
        "Ingredient",
        "ManufacturedItemDefinition",
        "MedicinalProductDefinition",
        "NutritionProduct",
        "PackagedProductDefinition",
        "RegulatedAuthorization",
        "SubscriptionStatus",
        "SubscriptionTopic",
        "SubstanceDefinition",
    }
)
"""Types of resource that R4B brought."""

OF_R4_ONLY: Final = frozenset(
    {
        "EffectEvidenceSynthesis",
        "Evidence",
        "EvidenceVariable",
        "MedicinalProduct",
        "MedicinalProductAuthorization",
        "MedicinalProductContraindication",
        "MedicinalProductIndication",
        "MedicinalProductIngredient",
        "MedicinalProductInteraction",
        "MedicinalProductManufactured",
        "MedicinalProductPackaged",
        "MedicinalProductPharmaceutical",
        "MedicinalProductUndesirableEffect",
        "RiskEvidenceSynthesis",
        "SubstanceNucleicAcid",
        "SubstancePolymer",
        "SubstanceProtein",
        "SubstanceReferenceInformation",
        "SubstanceSourceMaterial",
        "SubstanceSpecification",
    }
)
"""Types of resource of R4 that R4B left, or made over."""
