"""The configuration of a client, as a publisher registers it: addresses, flow, PKCE, algorithms, secrets.

The document has the members of RFC 7591 (client metadata) and OpenID Connect Dynamic Client Registration 1.0, plus
`code_challenge_method`, our own name: registration has no member that says which PKCE method a client uses.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import Finding, Notes, RuleInfo, Steps
from mes_conformity.validators.reading import items, mapping, shown, text

_LOOPBACK = ("127.0.0.1", "::1")
_PRIVATE_KEY_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})
_SECRET_NAMES = ("secret", "password", "private_key", "passphrase")
_REFERENCES = ("env:", "keyring:")
_SIGNED = (
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "request_object_signing_alg",
    "token_endpoint_auth_signing_alg",
)
_MAX_DEPTH = 64


def _rule(source: str, title: Text, remedy: Text) -> RuleInfo:
    return RuleInfo(title, remedy, source, "published")


RULES: Final[Mapping[str, RuleInfo]] = {
    "oidc-client/document": _rule(
        "RFC 7591, §2",
        both("la configuration est un objet JSON"),
        both("écrivez les métadonnées du client dans un objet"),
    ),
    "oidc-client/redirect-declared": _rule(
        "RFC 7591, §2; RFC 9700, §4.1.3",
        both("au moins une adresse de redirection est déclarée, chacune exacte"),
        both("listez dans redirect_uris chaque adresse complète, sans joker ni fragment"),
    ),
    "oidc-client/redirect-https": _rule(
        "RFC 9700, §2.6; RFC 8252, §7.1, §7.3 and §8.3",
        both("les redirections passent par https, ou par l'exception des applications natives"),
        both("utilisez https, ou pour une application native http://127.0.0.1 ou un schéma inversé"),
    ),
    "oidc-client/logout": _rule(
        "OpenID Connect RP-Initiated Logout 1.0, §3.1; RFC 9700, §2.6",
        both("les adresses de retour après déconnexion sont exactes et protégées par https"),
        both("listez dans post_logout_redirect_uris des adresses https complètes, ou un schéma inversé"),
    ),
    "oidc-client/code-flow": _rule(
        "RFC 9700, §2.1.2 and §2.4; RFC 6749, §4.1",
        both("le flux est celui du code d'autorisation, et lui seul"),
        both("gardez response_types [code] et grant_types [authorization_code, refresh_token]"),
    ),
    "oidc-client/pkce": _rule(
        "RFC 7636, §4.2; RFC 9700, §2.1.1",
        both("PKCE est utilisé avec S256"),
        both("écrivez code_challenge_method S256"),
    ),
    "oidc-client/algorithm": _rule(
        "OpenID Connect Core 1.0, §2 and §3.1.3.7; RFC 8725, §3.1 and §3.2",
        both("aucun jeton n'est accepté sans signature"),
        both("choisissez un algorithme asymétrique, par exemple RS256 ou ES256, jamais none"),
    ),
    "oidc-client/secret": _rule(
        "RFC 6819, §4.1.1; RFC 8252, §8.5",
        both("aucun secret n'est écrit en clair dans la configuration"),
        both("remplacez le secret par une référence, par exemple env:NOM_DE_VARIABLE"),
    ),
    "oidc-client/native-authentication": _rule(
        "RFC 8252, §8.4 and §8.5",
        both("une application native ne s'authentifie pas par un secret partagé"),
        both("écrivez token_endpoint_auth_method none pour une application native"),
    ),
    "oidc-client/scope": _rule(
        "OpenID Connect Core 1.0, §3.1.2.1",
        both("la portée demandée contient openid"),
        both("ajoutez openid dans scope"),
    ),
    "oidc-client/least-scope": RuleInfo(
        both("la portée ne demande que des droits connus, chacun une fois"),
        both("ne demandez dans scope que les droits que le service emploie, parmi ceux du contrat de l'appariement"),
        "RFC 9700, §2.3 (least privilege); scopes of the contract mes-pairing, since those of MES were not read",
        "assumption",
    ),
    "oidc-client/scopes-unread": RuleInfo(
        both("les portées de l'API sont fournies au vérificateur"),
        both("donnez le contrat mes-pairing à la suite"),
        "mes-conformity",
        "assumption",
    ),
}
"""The rules of client settings, by id."""


def judge_client(data: Any, contract: Contract | None = None) -> list[Finding]:
    """Every fault of a client configuration; scopes are compared with those of `contract` (`mes-pairing`).

    Sources: those of each rule, RFC 8252 for native applications.
    """
    notes = Notes(RULES)
    if not isinstance(data, dict):
        notes.add("oidc-client/document", (), both("la configuration n'est pas un objet JSON"), obtained=shown(data))
        return notes.findings
    native = data.get("application_type") == "native"
    _judge_redirections(data, native, notes)
    _judge_logout(data, native, notes)
    _judge_flow(data, notes)
    if data.get("code_challenge_method") != "S256":
        message = both("PKCE n'est pas utilisé avec S256")
        obtained = shown(data.get("code_challenge_method"))
        notes.add("oidc-client/pkce", ("code_challenge_method",), message, expected="S256", obtained=obtained)
    _judge_algorithms(data, notes)
    _judge_secrets(data, notes)
    method = data.get("token_endpoint_auth_method", "client_secret_basic")
    if native and method in ("client_secret_basic", "client_secret_post", "client_secret_jwt"):
        message = both("une application native ne peut pas garder un secret partagé")
        steps = ("token_endpoint_auth_method",)
        notes.add("oidc-client/native-authentication", steps, message, expected="none", obtained=shown(method))
    if "openid" not in (text(data.get("scope")) or "").split():
        message = both("la portée openid n'est pas demandée")
        notes.add("oidc-client/scope", ("scope",), message, expected="openid", obtained=shown(data.get("scope")))
    _judge_scopes((text(data.get("scope")) or "").split(), contract, notes)
    return notes.findings


def _judge_scopes(asked: list[str], contract: Contract | None, notes: Notes) -> None:
    """A scope that the contract has not, or that is written twice (RFC 6749, §3.3: a list delimited by spaces)."""
    rule = "oidc-client/least-scope"
    if contract is None:
        message = both("les portées n'ont pas été comparées à celles de l'API : elles ne sont pas fournies")
        notes.add("oidc-client/scopes-unread", ("scope",), message, severity="information", unjudged=(rule,))
        return
    known = [str(scope) for scope in contract.get("scopes").values()]
    for index, scope in enumerate(asked):
        if scope not in known or scope in asked[:index]:
            message = both("cette portée n'est pas connue de l'API, ou est demandée deux fois")
            notes.add(rule, ("scope",), message, expected=" ".join(known), obtained=shown(scope))


def _judge_redirections(data: Mapping[str, Any], native: bool, notes: Notes) -> None:
    written = items(data.get("redirect_uris"))
    if not written:
        message = both("aucune adresse de redirection n'est déclarée")
        notes.add("oidc-client/redirect-declared", ("redirect_uris",), message, expected="https://…")
    for index, address in enumerate(written):
        parts = _split(address)
        steps: Steps = ("redirect_uris", index)
        if parts is None or not _is_exact(address, parts):
            message = both("l'adresse de redirection n'est pas une adresse complète et exacte")
            notes.add("oidc-client/redirect-declared", steps, message, expected="https://…", obtained=shown(address))
        elif not _is_protected(parts, native):
            message = both("la redirection n'est pas protégée par https")
            notes.add("oidc-client/redirect-https", steps, message, expected="https://…", obtained=shown(address))


def _judge_logout(data: Mapping[str, Any], native: bool, notes: Notes) -> None:
    """They are optional; those that are declared are as exact as the others."""
    for index, address in enumerate(items(data.get("post_logout_redirect_uris"))):
        parts = _split(address)
        if parts is None or not _is_exact(address, parts) or not _is_protected(parts, native):
            message = both("l'adresse de retour après déconnexion n'est pas exacte, ou pas protégée")
            steps: Steps = ("post_logout_redirect_uris", index)
            notes.add("oidc-client/logout", steps, message, expected="https://…", obtained=shown(address))


def _split(address: Any) -> SplitResult | None:
    if text(address) is None:
        return None
    try:
        parts = urlsplit(address)
        return parts if parts.scheme and (parts.port is None or parts.port > 0) else None
    except ValueError:  # a port that is no number, a broken IPv6 address
        return None


def _is_exact(address: str, parts: SplitResult) -> bool:
    """No wildcard, no fragment, no user, no blank: the server compares the texts (RFC 9700, §4.1.3)."""
    web = parts.scheme in ("http", "https")
    blank = any(character.isspace() or ord(character) < 32 for character in address)
    return (
        "*" not in address
        and "#" not in address
        and "@" not in parts.netloc
        and not blank
        and bool(parts.hostname or not web)
    )


def _is_protected(parts: SplitResult, native: bool) -> bool:
    if parts.scheme == "https":
        return True
    if parts.scheme == "http":
        return native and parts.hostname in _LOOPBACK
    return native and "." in parts.scheme  # a private-use scheme is a reversed domain name (RFC 8252, §7.1)


def _judge_flow(data: Mapping[str, Any], notes: Notes) -> None:
    for key, default, allowed in (
        ("response_types", ["code"], {"code"}),
        ("grant_types", ["authorization_code"], {"authorization_code", "refresh_token"}),
    ):
        written = data.get(key, default)
        wrong = [item for item in items(written) if not isinstance(item, str) or item not in allowed]
        if wrong or not items(written) or default[0] not in written:
            message = both("le flux n'est pas celui du code d'autorisation seul")
            expected, obtained = ", ".join(sorted(allowed)), shown(wrong[0]) if wrong else shown(written)
            notes.add("oidc-client/code-flow", (key,), message, expected=expected, obtained=obtained)


def _judge_algorithms(data: Mapping[str, Any], notes: Notes) -> None:
    for key in _SIGNED:
        written = data.get(key, "RS256")
        if not isinstance(written, str) or written.lower() in ("none", ""):
            message = both("cet algorithme laisse passer un jeton sans signature")
            notes.add("oidc-client/algorithm", (key,), message, expected="RS256, ES256…", obtained=shown(written))
        elif written.startswith("HS"):
            message = both("cet algorithme symétrique signe avec le secret du client")
            notes.add(
                "oidc-client/algorithm", (key,), message, severity="warning", expected="RS256, ES256…", obtained=written
            )


def _judge_secrets(data: Mapping[str, Any], notes: Notes) -> None:
    message = both("un secret est écrit en clair")
    for steps, key, value in _members(data, ()):
        secret = key in _PRIVATE_KEY_MEMBERS and "jwks" in steps
        named = any(name in key.lower() for name in _SECRET_NAMES)
        if (secret or named) and text(value) is not None and not _is_reference(key, value):
            # The value itself is never shown: a finding is kept in reports.
            notes.add("oidc-client/secret", (*steps, key), message, expected="env:NOM", obtained="…")


def _is_reference(key: str, value: str) -> bool:
    return value.startswith(_REFERENCES) or (key.endswith("_method") and value.startswith("client_secret_"))


def _members(value: Any, steps: Steps) -> Iterator[tuple[Steps, str, Any]]:
    if len(steps) > _MAX_DEPTH:
        return
    for key, item in mapping(value).items():
        yield steps, key, item
        yield from _members(item, (*steps, key))
    for index, item in enumerate(items(value)):
        yield from _members(item, (*steps, index))
