"""What a client asks of a person: exchanges (a perimeter and an action), gathered under the purpose they serve.

A purpose (« finalité ») that lists exchanges, each a perimeter and an action, is how the public application of Mon
espace santé shows them (ens-mobile, 27/08/2025); the words are ours, and the whole is an assumption for partners.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mes_conformity.sandbox.identities import Client
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World

_ACTIONS = ("read", "write")
_LABELS = {
    ("measures", "read"): "Lire mes mesures de santé",
    ("measures", "write"): "Ajouter des mesures à mon espace",
    ("documents", "read"): "Lire mes documents",
    ("documents", "write"): "Ajouter des documents à mon espace",
    ("agenda", "read"): "Lire mes rendez-vous",
    ("agenda", "write"): "Ajouter des rendez-vous à mon agenda",
    ("patient", "read"): "Lire mon identité et mon profil",
    ("profile", "read"): "Lire mon profil médical",
}
_PURPOSES = {
    "documents": "Retrouver vos documents de santé dans l'application du service.",
    "agenda": "Retrouver vos rendez-vous de santé dans l'application du service.",
    "patient": "Vérifier que les données sont bien les vôtres.",
    "profile": "Adapter le service à votre profil.",
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One thing to accept or refuse. `key` is that of `scopes` in the contract (`measures_read`), `field` the name of
    the control on the page, `kept` the name in a pairing."""

    key: str
    scope: str
    label: str

    @property
    def kept(self) -> str:
        """`read` and `write` for measures, which came first; the key for the others."""
        return self.key.removeprefix("measures_")

    @property
    def field(self) -> str:
        """The name of the radio buttons."""
        return f"consent_{self.kept}"


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why the client asks, in a sentence, and what for."""

    title: str
    exchanges: tuple[Exchange, ...]


def purposes(world: World, client: Client, asked: set[str]) -> list[Purpose]:
    """The purposes of the scopes in `asked`, in the order of the contract; other words of the demand ask nothing."""
    found: dict[str, list[Exchange]] = {}
    for exchange in exchanges(world):
        if exchange.scope in asked:
            found.setdefault(exchange.key.rpartition("_")[0], []).append(exchange)
    return [Purpose(_PURPOSES.get(perimeter, client.purpose), tuple(members)) for perimeter, members in found.items()]


def exchanges(world: World) -> Iterator[Exchange]:
    """Every exchange that the pairing contract has a scope for (keys `<perimeter>_read`, `<perimeter>_write`)."""
    for key, scope in world.pairing.get("scopes").items():
        perimeter, _, action = key.rpartition("_")
        if perimeter and action in _ACTIONS:
            label = _LABELS.get((perimeter, action), f"{'Lire' if action == 'read' else 'Ajouter'} : {scope}")
            yield Exchange(key, scope, label)


def of_pairing(world: World, client: Client, pairing: Row) -> list[Purpose]:
    """The purposes of what was asked of this person so far, accepted or not."""
    asked = {exchange.scope for exchange in exchanges(world) if exchange.kept in pairing.get("asked", _ACTIONS)}
    return purposes(world, client, asked)
