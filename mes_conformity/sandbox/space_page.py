"""The pages of « Mon espace »: the services a person is paired with, one of them to change, one to end."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from starlette.responses import Response

from mes_conformity.sandbox.consent_page import SAID, Asked, Visit, purposes_fields, representative_field
from mes_conformity.sandbox.pages import Errors, button, form, page

_STATUSES = {
    "PENDING": "en cours d'appariement",
    "ACTIVE": "actif",
    "REAPPROVAL_REQUIRED": "à réapprouver : rien n'est échangé d'ici là",
    "REVOKED": "désynchronisé",
    "EXPIRED": "expiré, faute de réapprobation",
}


@dataclass(frozen=True, slots=True)
class Paired:
    """A pairing as the list shows it; `status` is one of the pairing contract."""

    pairing_id: str
    client: str
    status: str
    asked: Asked


def list_page(visit: Visit, person: str, pairings: Iterable[Paired], done: str = "") -> Response:
    """Everything the person shared; `done` says what their last answer changed."""
    content = "<h1>Services reliés à mon espace</h1>\n"
    content += f'<p class="notice" role="status">{escape(done)}</p>\n' if done else ""
    content += f"<p>Espace de <strong>{escape(person)}</strong>.</p>\n"
    listed = "".join(_paired(visit, paired) for paired in pairings)
    content += listed or "<p>Aucun service n'est relié à cet espace.</p>\n"
    content += form(visit.action, visit.request_id, button("Me déconnecter", "step", "leave", second=True))
    return page("Services reliés à mon espace", content)


def _paired(visit: Visit, paired: Paired) -> str:
    name = escape(paired.client)
    lines = "".join(
        f"<dt>{escape(exchange.label)}</dt><dd>{SAID[paired.asked.choices.get(exchange.kept, 'refused')]}</dd>\n"
        for purpose in paired.asked.purposes
        for exchange in purpose.exchanges
    )
    text = f"<section><h2>{name}</h2>\n<p>État : {_STATUSES[paired.status]}.</p>\n"
    text += f'<p class="notice">{escape(paired.asked.why)}</p>\n' if paired.asked.why else ""
    if paired.status in ("REVOKED", "EXPIRED"):
        return f"{text}</section>\n"
    hidden = f'<input type="hidden" name="pairing" value="{escape(paired.pairing_id)}">\n'
    word = "Réapprouver" if paired.asked.why else "Modifier mes choix pour"
    buttons = button(f"{word} {paired.client}", "step", "change")
    buttons += button(f"Désynchroniser {paired.client}", "step", "end", second=True)
    return f"{text}<dl>\n{lines}</dl>\n{form(visit.action, visit.request_id, hidden + buttons)}</section>\n"


def change_page(visit: Visit, client: str, pairing_id: str, asked: Asked, errors: Errors) -> Response:
    """The choices of one pairing, as they are now."""
    content = f"<h1>Vos choix pour {escape(client)}</h1>\n"
    content += f'<p class="notice">{escape(asked.why)}</p>\n' if asked.why else ""
    content += "<p>Vos choix prennent effet dès le prochain échange.</p>\n"
    fields = f'<input type="hidden" name="pairing" value="{escape(pairing_id)}">\n'
    fields += representative_field(asked, errors) if asked.minor else ""
    fields += purposes_fields(asked.purposes, asked.choices, errors)
    fields += button("Enregistrer mes choix", "step", "save") + button("Annuler", "step", "list", second=True)
    return page(f"Vos choix pour {client}", content + form(visit.action, visit.request_id, fields), errors=errors)


def end_page(visit: Visit, client: str, pairing_id: str) -> Response:
    """Before everything ends: what it means."""
    content = f"<h1>Désynchroniser {escape(client)} ?</h1>\n<p>Ce service ne pourra plus rien lire ni rien ajouter "
    content += "dans votre espace, dès maintenant. Ce qu'il a déjà ajouté y reste.</p>\n"
    fields = f'<input type="hidden" name="pairing" value="{escape(pairing_id)}">\n'
    fields += button("Désynchroniser", "step", "ended") + button("Annuler", "step", "list", second=True)
    return page(f"Désynchroniser {client}", content + form(visit.action, visit.request_id, fields))


def left_page() -> Response:
    """The visit is over."""
    content = '<h1>Vous êtes déconnecté</h1>\n<p><a href="/espace">Revenir à mon espace</a></p>\n'
    return page("Déconnexion", content)
