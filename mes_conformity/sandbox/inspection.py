"""`GET /_sandbox/`: what the developer wants to see of this sandbox, as a page without a script.

Everything shown is escaped; what came in is shown as the redacted journal keeps it.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox.faults import FAULTS
from mes_conformity.sandbox.pages import page as whole_page
from mes_conformity.sandbox.world import World

_SHOWN = 100
_BASES = "published, republished, draft, assumption ; tool : moyen du bac à sable"


async def page(world: World, request: Request) -> Response:  # noqa: ARG001 - the shape of a handler
    """The state, the faults in force and the last requests, newest first."""
    entries = world.journal.to_json()
    content = (
        "<h1>Ce bac à sable, vu du développeur</h1>"
        "<p>Cette adresse ne fait pas partie de Mon espace santé. "
        '<a href="/openapi.json">Description OpenAPI</a> (chaque route y dit ce qu\'elle vaut : '
        f'{_BASES}) · <a href="/_sandbox/target">Cible</a> · <a href="/_sandbox/journal">Journal en JSON</a></p>'
        f"<h2>État</h2>{_definitions(_state(world))}"
        f"<h2>Défauts en vigueur</h2>{_faults(world.faults)}"
        f"{''.join(_of_case(case, names) for case, names in world.faults_of_cases.items())}"
        f"<h2>Dernières requêtes</h2>{_journal(entries)}"
    )
    return whole_page("Inspection", content)


def _state(world: World) -> dict[str, str]:
    counted = world.store.counts()
    return {
        "Adresse": world.url,
        "Heure du bac à sable": world.instant() + (" (arrêtée)" if world.fixed else ""),
        "Avance de l'horloge": f"{world.advanced_s:g} s",
        "État du service au catalogue": world.service_status,
        "Version du service": world.service_version,
        "Limite de requêtes": str(world.rate_limit) if world.rate_limit else "aucune",
        "Personnes": str(counted["users"]),
        "Appariements": str(counted["pairings"]),
        "Ressources": str(counted["resources"]),
    }


def _definitions(rows: Mapping[str, str]) -> str:
    return "<dl>" + "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in rows.items()) + "</dl>"


def _faults(names: Iterable[str]) -> str:
    items = "".join(f"<li><code>{escape(n)}</code> : {escape(FAULTS[n].description['fr'])}</li>" for n in names)
    return f"<ul>{items}</ul>" if items else "<p>Aucun : le bac à sable répond comme les contrats le disent.</p>"


def _of_case(case: str, names: Iterable[str]) -> str:
    return f"<h3>Pour le cas <code>{escape(case)}</code></h3>{_faults(names)}"


def _journal(entries: list[Mapping[str, Any]]) -> str:
    if not entries:
        return "<p>Rien n'est arrivé depuis le départ.</p>"
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Heure", "Requête", "Réponse", "En-têtes"))
    rows = "".join(_row(entry) for entry in reversed(entries[-_SHOWN:]))
    caption = f"{min(len(entries), _SHOWN)} dernières requêtes sur {len(entries)}, valeurs caviardées"
    return f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _row(entry: Mapping[str, Any]) -> str:
    address = entry["path"] + (f"?{entry['query']}" if entry["query"] else "")
    headers = ", ".join(f"{name}: {value}" for name, value in entry["headers"].items())
    cells = (entry["at"], f"{entry['method']} {address}", str(entry.get("status", 0)), headers)
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
