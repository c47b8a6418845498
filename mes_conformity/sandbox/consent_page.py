"""The pages of a pairing: sign in, one-time code, who asks for what and why, summary; and those that end it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from starlette.responses import Response

from mes_conformity.sandbox.pages import Errors, beside, button, described, form, page, text_field
from mes_conformity.sandbox.purposes import Exchange, Purpose

_STEPS = 4
SAID = {"granted": "accepté", "refused": "refusé"}


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a form of this visit goes, and which visit it is. `client` is the name of the service that sent the
    person, "" where they came by themselves."""

    action: str
    request_id: str
    client: str = ""

    def title(self, text: str) -> str:
        """A title that says for whom."""
        return f"{text} – {self.client}" if self.client else text

    def step(self, number: int) -> str:
        """Where the person is among the steps of a pairing."""
        return f'<p class="step">Étape {number} sur {_STEPS}</p>\n' if self.client else ""

    @property
    def refuse(self) -> str:
        """The way out of a pairing, on every one of its pages."""
        return button("Tout refuser et revenir au service", "decision", "refuse", second=True) if self.client else ""


def sign_in_page(visit: Visit, errors: Errors | None = None) -> Response:
    """First step: login and password."""
    errors = errors or {}
    sent = f"<p><strong>{escape(visit.client)}</strong> vous envoie ici pour relier votre espace.</p>"
    why = sent if visit.client else ""
    fields = text_field("login", "Identifiant", errors, autocomplete="username")
    fields += text_field("password", "Mot de passe", errors, kind="password", autocomplete="current-password")
    content = f"{visit.step(1)}<h1>Vous identifier</h1>\n{why}<p>Tous les champs sont obligatoires.</p>\n"
    content += form(visit.action, visit.request_id, fields + button("Continuer") + visit.refuse)
    return page(visit.title("Vous identifier"), content, errors=errors)


def code_page(visit: Visit, errors: Errors | None = None) -> Response:
    """Second step: the one-time code."""
    errors = errors or {}
    field = text_field(
        "otp", "Code à usage unique (6 chiffres)", errors, inputmode="numeric", autocomplete="one-time-code"
    )
    content = f"{visit.step(2)}<h1>Saisir votre code à usage unique</h1>\n<p>Dans ce bac à sable, aucun message n'est "
    content += "envoyé : le code est donné avec l'identifiant fictif.</p>\n"
    content += form(visit.action, visit.request_id, field + button("Continuer") + visit.refuse)
    return page(visit.title("Code à usage unique"), content, errors=errors)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is put to the person: `choices` (kept name → granted or refused) are those made before; `why` says why
    it is asked again; a minor's representative must say who they are (`represented`: they did)."""

    person: str
    purposes: tuple[Purpose, ...]
    choices: Mapping[str, str]
    why: str = ""
    minor: bool = False
    represented: bool = False


def choices_page(visit: Visit, asked: Asked, errors: Errors | None = None) -> Response:
    """Third step: each exchange accepted or refused, one by one; nothing is chosen beforehand for the person."""
    errors = errors or {}
    content = f"{visit.step(3)}<h1>Choisir ce que vous partagez avec {escape(visit.client)}</h1>\n"
    content += f"<p>Espace de <strong>{escape(asked.person)}</strong>.</p>\n"
    content += f'<p class="notice">{escape(asked.why)}</p>\n' if asked.why else ""
    content += f"<p><strong>{escape(visit.client)}</strong> demande ce qui suit. Répondez à chaque ligne : refuser "
    content += "ne vous empêche pas d'utiliser votre espace.</p>\n"
    fields = representative_field(asked, errors) if asked.minor else ""
    fields += purposes_fields(asked.purposes, asked.choices, errors)
    fields += button("Continuer", "step", "summary") + visit.refuse
    content += form(visit.action, visit.request_id, fields)
    return page(visit.title("Vos choix"), content, errors=errors)


def purposes_fields(purposes: Iterable[Purpose], choices: Mapping[str, str], errors: Errors) -> str:
    """One group for each purpose, in it one group of two radio buttons for each exchange."""
    return "".join(
        f"<fieldset><legend>Finalité : {escape(purpose.title)}</legend>\n"
        f"{''.join(_exchange(exchange, choices.get(exchange.kept, ''), errors) for exchange in purpose.exchanges)}"
        "</fieldset>\n"
        for purpose in purposes
    )


def first_control(exchange: Exchange) -> str:
    """The `id` of the first radio button of an exchange: where its error leads."""
    return f"{exchange.kept}-accept"


def _exchange(exchange: Exchange, chosen: str, errors: Errors) -> str:
    name = first_control(exchange)
    told = f' aria-describedby="{name}-erreur"' if name in errors else ""
    options = "".join(
        f'<div class="choice"><input type="radio" id="{exchange.kept}-{value}" name="{exchange.field}" value="{value}"'
        f"{' checked' if chosen == kept else ''} required{told}>"
        f'<label for="{exchange.kept}-{value}">{label}</label></div>\n'
        for value, kept, label in (("accept", "granted", "J'accepte"), ("refuse", "refused", "Je refuse"))
    )
    return f"<fieldset><legend>{escape(exchange.label)}</legend>{beside(name, errors)}\n{options}</fieldset>\n"


def representative_field(asked: Asked, errors: Errors) -> str:
    """The box that a minor's legal representative ticks."""
    name = "representative"
    return (
        f"<fieldset><legend>Cet espace est celui d'une personne mineure</legend>{beside(name, errors)}"
        f'<div class="choice"><input type="checkbox" id="{name}" name="{name}" value="yes" required'
        f"{' checked' if asked.represented else ''}{described(name, errors)}>"
        f'<label for="{name}">Je suis son représentant légal et je choisis pour elle</label></div></fieldset>\n'
    )


def summary_page(visit: Visit, asked: Asked) -> Response:
    """Last step: what was chosen, before it is worth anything."""
    content = f"{visit.step(4)}<h1>Vérifier et confirmer vos choix</h1>\n"
    content += f"<p>Voici ce que <strong>{escape(visit.client)}</strong> pourra faire dans l'espace de "
    content += f"<strong>{escape(asked.person)}</strong>.</p>\n"
    for purpose in asked.purposes:
        lines = "".join(
            f"<dt>{escape(exchange.label)}</dt><dd>{SAID[asked.choices[exchange.kept]]}</dd>\n"
            for exchange in purpose.exchanges
        )
        content += f"<h2>Finalité : {escape(purpose.title)}</h2>\n<dl>\n{lines}</dl>\n"
    content += "<p>Vous pourrez changer d'avis à tout moment depuis votre espace.</p>\n"
    buttons = button("Confirmer", "decision", "accept") + button("Modifier", "step", "choices", second=True)
    content += form(visit.action, visit.request_id, buttons + visit.refuse)
    return page(visit.title("Confirmer"), content)


def closed_page(reason: str, back: str) -> Response:
    """The person cannot pair: why, and a link that tells the service so. 403."""
    content = f'<h1>Cet espace ne peut pas être relié</h1>\n<div class="error"><p>{escape(reason)}</p></div>\n'
    content += f'<p><a href="{escape(back)}">Revenir au service sans rien partager</a></p>'
    return page("Espace impossible à relier", content, 403)


def refusal_page(reason: str, status: int) -> Response:
    """A demand that cannot go on and must not be sent back (RFC 6749, §4.1.2.1)."""
    content = (
        f'<h1>Cette demande ne peut pas aboutir</h1><div class="error" role="alert"><p>{escape(reason)}</p></div>'
        "<p>Revenez au service qui vous a envoyé ici, et recommencez.</p>"
    )
    return page("Demande refusée", content, status)
