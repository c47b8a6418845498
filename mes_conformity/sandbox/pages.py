"""What every page of the sandbox is made of: French, readable without a script, by keyboard alone.

Written after RGAA 4.1 (themes 8, 9, 10, 11 and 12): language and title, landmarks, one main heading, a link to the
content, grouped choices with a legend, each field with its label, errors told in text, on top with a link to the field
and again beside the field. The look is ours, not the State's.
"""

import base64
import hashlib
from collections.abc import Mapping
from html import escape

from starlette.responses import Response

_STYLE = """
:root { color-scheme: light; }
body { font: 1.125rem/1.5 system-ui, sans-serif; margin: 0; color: #1b1b1b; background: #fff; }
header, main, footer { max-width: 42rem; margin: 0 auto; padding: 0 1.5rem; }
main { padding-bottom: 1.5rem; } footer { border-top: 1px solid #6b6b6b; padding-bottom: 1.5rem; }
h1 { font-size: 1.75rem; line-height: 1.25; } h2 { font-size: 1.375rem; } h3 { font-size: 1.125rem; }
a { color: #00507d; }
fieldset { border: 1px solid #6b6b6b; border-radius: .25rem; margin: 1.5rem 0; padding: 1rem; min-width: 0; }
fieldset fieldset { border: 0; border-left: .25rem solid #6b6b6b; border-radius: 0; margin: 1rem 0;
  padding: 0 0 0 1rem; }
legend { font-weight: 700; padding: 0 .5rem; } fieldset fieldset legend { padding: 0; }
label { display: block; margin: .5rem 0 .25rem; }
input[type=text], input[type=password] {
  font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; border: 1px solid #4a4a4a; border-radius: .25rem;
}
input[type=radio], input[type=checkbox] { width: 1.25rem; height: 1.25rem; flex: none; }
.choice { display: flex; gap: .75rem; align-items: center; min-height: 2.75rem; } .choice label { margin: 0; }
button { font: inherit; padding: .75rem 1.5rem; margin: .5rem .5rem .5rem 0; border-radius: .25rem;
  border: 2px solid #00507d; background: #00507d; color: #fff; cursor: pointer; }
button.second { background: #fff; color: #00507d; }
:focus-visible { outline: 3px solid #b34000; outline-offset: 2px; }
.skip { position: absolute; left: -100vw; } .skip:focus { left: 1rem; top: 1rem; background: #fff; padding: .5rem; }
.error { border-left: .375rem solid #b00020; padding: .5rem 1rem; margin: 1rem 0; }
.field-error { color: #b00020; font-weight: 700; margin: .25rem 0; }
.notice { background: #f2f2f2; padding: .75rem 1rem; } .step { color: #4a4a4a; margin-bottom: 0; }
dt { font-weight: 700; } dd { margin: 0 0 .75rem; }
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

Errors = Mapping[str, str]
"""What is wrong: the `id` of the first control concerned → the sentence a person reads."""


def page(title: str, content: str, status: int = 200, *, errors: Errors | None = None) -> Response:
    """A whole page around `content` (HTML that its caller escaped). With errors: 400, and their summary on top."""
    told = _bound(f"{summary(errors)}{content}" if errors else content)
    text = f"""<!DOCTYPE html>
<html lang="fr">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{"Erreur – " if errors else ""}{escape(title)} – bac à sable</title>
<style>{_STYLE}</style></head>
<body><a class="skip" href="#contenu">Aller au contenu</a>
<header role="banner"><p class="notice">Bac à sable de test : ceci n'est pas Mon espace santé.
N'entrez aucune donnée réelle.</p></header>
<main id="contenu" tabindex="-1">
{told}
</main>
<footer role="contentinfo"><p>Pages fictives de mes-conformity : les pages réelles ne sont pas publiques.</p></footer>
</body>
</html>
"""
    return Response(text, 400 if errors else status, _HEADERS, media_type="text/html; charset=utf-8")


def _bound(content: str) -> str:
    """A French colon or question mark never starts a line: the space before it does not break."""
    return content.replace(" :", "\u00a0:").replace(" ?", "\u00a0?")


def summary(errors: Errors) -> str:
    """The errors, each a link to its field."""
    items = "".join(f'<li><a href="#{escape(name)}">{escape(text)}</a></li>' for name, text in errors.items())
    title = "Une erreur est à corriger" if len(errors) == 1 else f"{len(errors)} erreurs sont à corriger"
    return f'<div class="error" role="alert" id="erreurs"><h2>{title}</h2><ul>{items}</ul></div>\n'


def described(name: str, errors: Errors) -> str:
    """The attributes that tie a control to its error, if it has one."""
    return f' aria-invalid="true" aria-describedby="{name}-erreur"' if name in errors else ""


def beside(name: str, errors: Errors) -> str:
    """The error beside its control, if it has one."""
    return f'<p class="field-error" id="{name}-erreur">Erreur : {escape(errors[name])}</p>' if name in errors else ""


def text_field(name: str, label: str, errors: Errors, *, kind: str = "text", **attributes: str) -> str:
    """A labelled text input, obligatory."""
    more = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return (
        f'<label for="{name}">{escape(label)}</label>{beside(name, errors)}'
        f'<input type="{kind}" id="{name}" name="{name}"{more} required{described(name, errors)}>\n'
    )


def form(action: str, request_id: str, content: str) -> str:
    """A form that carries which visit it belongs to: no cookie is needed, and no other site can forge it."""
    return (
        f'<form method="post" action="{escape(action)}" novalidate>\n'
        f'<input type="hidden" name="request" value="{escape(request_id)}">\n{content}</form>\n'
    )


def button(label: str, name: str = "", value: str = "", *, second: bool = False) -> str:
    """A button that sends its form, with a name and value where it means more than « go on »."""
    said = f' name="{name}" value="{escape(value)}"' if name else ""
    look = ' class="second"' if second else ""
    return f'<button type="submit"{said}{look}>{escape(label)}</button>\n'
