"""The page where a person signs in and accepts or refuses: French, readable without a script, by keyboard alone.

Written after RGAA 4.1 (themes 8, 9, 11): language and title, one main heading, grouped choices with a legend, each
field with its label, an error told in text beside what it is about. The look is ours, not the State's.
"""

import base64
import hashlib
from collections.abc import Iterable
from html import escape

from starlette.responses import Response

_STYLE = """
:root { color-scheme: light; }
body { font: 1.125rem/1.5 system-ui, sans-serif; margin: 0; color: #1b1b1b; background: #fff; }
main { max-width: 40rem; margin: 0 auto; padding: 1.5rem; }
fieldset { border: 1px solid #6b6b6b; border-radius: .25rem; margin: 1.5rem 0; padding: 1rem; }
legend { font-weight: 700; padding: 0 .5rem; }
label { display: block; margin: .5rem 0 .25rem; }
input[type=text], input[type=password] {
  font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; border: 1px solid #4a4a4a; border-radius: .25rem;
}
.choice { display: flex; gap: .5rem; align-items: baseline; } .choice label { margin: .25rem 0; }
button { font: inherit; padding: .75rem 1.5rem; margin: .5rem .5rem .5rem 0; border-radius: .25rem;
  border: 2px solid #00507d; background: #00507d; color: #fff; cursor: pointer; }
button.second { background: #fff; color: #00507d; }
:focus-visible { outline: 3px solid #b34000; outline-offset: 2px; }
.error { border-left: .375rem solid #b00020; padding: .5rem 1rem; }
.notice { background: #f2f2f2; padding: .75rem 1rem; }
""".strip()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def consent_page(
    request_id: str, client_name: str, purpose: str, actions: Iterable[str], action_path: str, error: str = ""
) -> Response:
    """The form. `actions` holds `read` and `write` as far as the client asks for them; `error` is told on top."""
    asked = "".join(_choice(action) for action in ("read", "write") if action in set(actions))
    told = f'<div class="error" role="alert" id="erreur"><p><strong>Erreur :</strong> {escape(error)}</p></div>'
    described = ' aria-describedby="erreur" aria-invalid="true"' if error else ""
    content = f"""<h1>Partager vos données avec {escape(client_name)}</h1>
{told if error else ""}<p><strong>{escape(client_name)}</strong> demande l'accès à votre espace. Finalité : {escape(purpose)}</p>
<form method="post" action="{escape(action_path)}">
<input type="hidden" name="request" value="{escape(request_id)}">
<fieldset><legend>Vous identifier</legend>
<label for="login">Identifiant</label>
<input type="text" id="login" name="login" autocomplete="username" required{described}>
<label for="password">Mot de passe</label>
<input type="password" id="password" name="password" autocomplete="current-password" required{described}>
<label for="otp">Code à usage unique (6 chiffres)</label>
<input type="text" id="otp" name="otp" inputmode="numeric" autocomplete="one-time-code" required{described}>
</fieldset>
{asked}<p>Vous pourrez changer d'avis à tout moment.</p>
<button type="submit" name="decision" value="accept">Valider mes choix</button>
<button type="submit" name="decision" value="refuse" class="second" formnovalidate>Tout refuser</button>
</form>"""  # noqa: E501 - the page reads as a page
    return _page(f"{'Erreur – ' if error else ''}Consentement – {client_name}", content, 400 if error else 200)


def refusal_page(reason: str, status: int) -> Response:
    """A demand that cannot go on and must not be sent back (RFC 6749, §4.1.2.1)."""
    content = (
        f'<h1>Cette demande ne peut pas aboutir</h1><div class="error" role="alert"><p>{escape(reason)}</p></div>'
        "<p>Revenez au service qui vous a envoyé ici, et recommencez.</p>"
    )
    return _page("Demande refusée", content, status)


def _choice(action: str) -> str:
    legend = {
        "read": "Lire mes mesures de santé",
        "write": "Ajouter des mesures à mon espace",
    }[action]
    options = "".join(
        f'<div class="choice"><input type="radio" id="{action}-{value}" name="consent_{action}" value="{value}"'
        f'{" checked" if value == "refuse" else ""}><label for="{action}-{value}">{label}</label></div>'
        for value, label in (("accept", "J'accepte"), ("refuse", "Je refuse"))
    )
    return f"<fieldset><legend>{legend}</legend>{options}</fieldset>\n"


def _page(title: str, content: str, status: int) -> Response:
    page = f"""<!DOCTYPE html>
<html lang="fr">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} – bac à sable</title>
<style>{_STYLE}</style></head>
<body><main>
<p class="notice">Bac à sable de test : ceci n'est pas Mon espace santé. N'entrez aucune donnée réelle.</p>
{content}
</main></body>
</html>
"""
    return Response(page, status, _HEADERS, media_type="text/html; charset=utf-8")
