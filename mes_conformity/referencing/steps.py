"""The path of a request, 0 to 6, as its sources tell it: who does what, and what allows the next step.

No delay stands here: no official one is published. Nothing is filled in where the sources say nothing.
"""

from dataclasses import dataclass
from typing import Any, Literal

from mes_conformity.foundation.i18n import Text, both

Who = Literal["publisher", "authority"]
Opinion = Literal[
    "favorable", "favorable_avec_reserves_non_suspensives", "favorable_avec_reserves_suspensives", "defavorable"
]

PRESENTATION = both("présentation du catalogue de services de Mon espace santé (2022)")
GNIUS = both("G_NIUS, démarche de référencement de Mon espace santé")
CSP = both("Code de la santé publique, art. R.1111-38")
GUIDE = both("notes d'un tiers sur le guide de référencement v3.8 ; texte officiel non lu")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what the publisher and the authority do in it; `done` is what recording it says.

    `waits_for` names who ends it. `number` is that of the path; the connection tests and the renewal stand beside it.
    """

    id: str
    number: int | None
    title: Text
    done: Text
    waits_for: Who
    publisher: Text | None
    authority: Text | None
    source: Text

    def to_json(self) -> dict[str, Any]:
        """`{id, number, title, done, waits_for, publisher, authority, source}`."""
        return {
            "id": self.id,
            "number": self.number,
            "title": self.title,
            "done": self.done,
            "waits_for": self.waits_for,
            "publisher": self.publisher,
            "authority": self.authority,
            "source": self.source,
        }


PATH = (
    Step(
        "documentation",
        0,
        both("documentation"),
        both("documentation lue"),
        "publisher",
        both(
            "lit la procédure et la documentation des tests unitaires ; peut écrire au GIE SESAM-Vitale à tout moment"
        ),
        None,
        PRESENTATION,
    ),
    Step(
        "eligibility",
        1,
        both("éligibilité"),
        both("conformité aux exigences saisie dans Convergence"),
        "publisher",
        both("ouvre un compte Convergence et y saisit sa conformité ; peut jouer les tests unitaires"),
        None,
        PRESENTATION,
    ),
    Step(
        "request",
        2,
        both("demande"),
        both("dossier de demande déposé et convention signée"),
        "publisher",
        both("remplit la demande préalable puis, une fois celle-ci validée, dépose son dossier et signe la convention"),
        both("le GIE SESAM-Vitale valide la demande préalable"),
        PRESENTATION,
    ),
    Step(
        "admissibility",
        3,
        both("recevabilité"),
        both("demande déclarée recevable"),
        "authority",
        None,
        both("les experts vérifient que la demande est recevable"),
        PRESENTATION,
    ),
    Step(
        "evaluation",
        4,
        both("évaluation"),
        both("évaluation des experts achevée"),
        "authority",
        both("répond aux demandes de compléments et traite les non-conformités"),
        both("les experts (ANS, GIE SESAM-Vitale) évaluent le dossier"),
        PRESENTATION,
    ),
    Step(
        "opinion",
        5,
        both("avis de la commission"),
        both("avis rendu"),
        "authority",
        None,
        both("la commission rend son avis"),
        CSP,
    ),
    Step(
        "decision",
        5,
        both("décision du ministre"),
        both("décision de référencement prise"),
        "authority",
        None,
        both("avis favorable et tests de connexion réussis, le ministre chargé de la santé décide"),
        PRESENTATION,
    ),
    Step(
        "publication",
        6,
        both("publication"),
        both("service publié au catalogue"),
        "authority",
        None,
        both("le service paraît au catalogue, pour un an"),
        PRESENTATION,
    ),
)

TESTS = Step(
    "connection-tests",
    None,
    both("tests de connexion"),
    both("tests de connexion réussis, dossier de recette envoyé"),
    "publisher",
    both("joue les tests de connexion des API et envoie le dossier de recette ; ils précèdent la décision"),
    None,
    PRESENTATION,
)

RENEWAL = Step(
    "renewal",
    None,
    both("renouvellement"),
    both("renouvellement accordé"),
    "publisher",
    both("demande le renouvellement par une nouvelle demande"),
    None,
    PRESENTATION,
)

STEPS = (*PATH[:5], TESTS, *PATH[5:], RENEWAL)
BY_ID = {step.id: step for step in STEPS}

_FRENCH = {
    "eligibilite": "eligibility",
    "demande": "request",
    "recevabilite": "admissibility",
    "tests": "connection-tests",
    "tests-connexion": "connection-tests",
    "tests-de-connexion": "connection-tests",
    "avis": "opinion",
    "renouvellement": "renewal",
}

OPINIONS: dict[str, Text] = {
    "favorable": both("favorable"),
    "favorable_avec_reserves_non_suspensives": both("favorable avec réserves non suspensives"),
    "favorable_avec_reserves_suspensives": both("favorable avec réserves suspensives"),
    "defavorable": both("défavorable"),
}


def named(text: str, *, opinion: bool = False) -> Step | None:
    """The step that `text` names: its number, its id, its French name. `5` is the opinion when one is given."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", text.strip().lower()).encode("ascii", "ignore").decode().replace("_", "-")
    if plain in ("0", "1", "2", "3", "4", "5", "6"):
        found = [step for step in PATH if step.number == int(plain)]
        return found[0] if opinion else found[-1]
    return BY_ID.get(_FRENCH.get(plain.replace(" ", "-"), plain))
