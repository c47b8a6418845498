"""A result in words, the same in every format: one line that stands alone, then all there is to say."""

from collections.abc import Mapping
from typing import Any

from mes_conformity.foundation.i18n import _, pick
from mes_conformity.reporting.inert import brief

LINE, VALUE, CHECKS = 1_000, 2_000, 20


def false_checks(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The checks of a case that did not pass, in order."""
    return [check for check in entry["checks"] if check["outcome"] != "passed"]


def false_first(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The checks of a case, what did not pass first; in order otherwise."""
    return sorted(entry["checks"], key=lambda check: check["outcome"] == "passed")


def message(entry: Mapping[str, Any]) -> str:
    """One line: the first false check, else the reason. Never empty."""
    false = false_checks(entry)
    if entry["outcome"] == "failed" and false:
        line = told(false[0])
        return _("échec indicatif, ne refuse pas le service — {what}", what=line) if entry["advisory"] else line
    reason = entry["reason"]
    return brief(pick(reason) if reason else "", LINE) or _("sans motif enregistré")


def told(check: Mapping[str, Any]) -> str:
    """One check in a line: what is wrong in words where the validator said so, then the values."""
    line = _("{check} : attendu {expected}, obtenu {obtained}", **_values(check))
    return brief(f"{pick(check['message'])} — {line}" if check.get("message") else line, LINE)


def _values(check: Mapping[str, Any]) -> dict[str, str]:
    values = {key: brief(check.get(key) or "–", VALUE) for key in ("expected", "obtained", "where")}
    return {"check": brief(check["check"], VALUE), **values}


def explanation(entry: Mapping[str, Any]) -> str:
    """Everything: the line first, since some readers show only this; then each false check, sources and remedy."""
    false = false_checks(entry)
    lines = [message(entry), ""]
    lines += [
        _("- {check} : attendu {expected} ; obtenu {obtained} ; où : {where}", **_values(check))
        for check in false[:CHECKS]
    ]
    if false[CHECKS:]:
        lines.append(_("- et {count} autres contrôles faux", count=len(false) - CHECKS))
    lines.append(_("Exigences : {names}", names=", ".join(entry["requirements"]) or "–"))
    lines.append(_("Où lire l'exigence : {source} ({basis})", source=entry["source"], basis=entry["basis"]))
    if entry["subject"] == "target":
        lines.append(_("Porte sur la cible, pas sur le service : à signaler à qui l'exploite."))
    if entry.get("remedy"):
        lines.append(_("Que faire : {remedy}", remedy=entry["remedy"]))
    return "\n".join(brief(line, 4 * VALUE) for line in lines)
