"""What `catalogue import` answers: the columns, the rows understood, and every row that is not."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from mes_conformity.catalogue.columns import IGNORED, Header
from mes_conformity.catalogue.drafting import Identity
from mes_conformity.catalogue.importing import Proposal, Reading
from mes_conformity.catalogue.requirement_rows import Remark
from mes_conformity.cli.catalogue_text import OBLIGATIONS
from mes_conformity.cli.context import Context
from mes_conformity.foundation.diagnostics import Diagnostic, summary
from mes_conformity.foundation.i18n import Text, _, both, pick, plural

SHOWN = 40
"""How many requirements, and how many remarks of each sort, the text shows; JSON has them all."""

FIELDS: dict[str, Text] = {
    "article": both("article"),
    "block": both("bloc"),
    "code": both("numéro d'exigence"),
    "evidence": both("preuve"),
    "evidence_id": both("numéro de preuve"),
    "function": both("fonction"),
    "guidance": both("explication"),
    "ignore": both("ignorée"),
    "level": both("niveau cible"),
    "nature": both("nature"),
    "obligation": both("obligation"),
    "profile": both("profil"),
    "row": both("rang"),
    "scenario": both("scénario"),
    "scenario_id": both("numéro de scénario"),
    "section": both("section"),
    "section_id": both("numéro de section"),
    "statement": both("énoncé"),
    "statement_en": both("énoncé en anglais"),
    "title": both("intitulé"),
    "title_en": both("intitulé en anglais"),
    "version": both("version"),
}

_WARNINGS: dict[str, Text] = {
    "CAT006": both("obligatoire sans preuve demandée"),
    "CAT007": both("texte anglais manquant"),
}


def document(
    reading: Reading, proposal: Proposal | None, identity: Identity, folder: str, *, applied: bool
) -> dict[str, Any]:
    """The JSON of the command: the columns, the rows by kind, the requirements, the remarks, what was written."""
    listing, found = reading.listing, reading.understanding
    ids = proposal.drafted.ids if proposal else ()
    diagnostics = proposal.diagnostics if proposal else ()
    return {
        "applied": applied,
        "folder": folder,
        "files": sorted(proposal.drafted.documents) if proposal else [],
        "catalogue": {"id": identity.id, "version": identity.version, "grade": identity.grade},
        "list": {
            "file": listing.name,
            "kind": listing.kind,
            "encoding": listing.encoding,
            "delimiter": listing.delimiter,
            "sha256": identity.sha256,
            "remarks": list(listing.remarks),
        },
        "mapping": [_header(name, header, reading) for name, header in found.headers.items()],
        "rows": {**found.rows, "total": sum(found.rows.values())},
        "requirements": [
            {
                "id": name,
                "label": draft.code or name,
                "sheet": draft.sheet,
                "line": draft.line,
                "obligation": draft.obligation,
                "statement": draft.statement,
                "evidence": len(draft.evidence),
                "profiles": draft.profiles,
            }
            for name, draft in zip(ids, found.drafts, strict=False)
        ],
        "not_understood": [_remark(item) for item in found.told("not_understood")],
        "remarks": [_remark(item) for item in found.told("chosen")],
        "headings": [_remark(item) for item in found.told("heading")],
        "diagnostics": [item.to_json() for item in diagnostics],
        "summary": summary(diagnostics),
    }


def _header(name: str, header: Header, reading: Reading) -> dict[str, Any]:
    sheet = next(sheet for sheet in reading.listing.sheets if sheet.name == name)
    return {
        "sheet": name,
        "line": sheet.rows[header.last].line,
        "columns": [
            {"column": column.letter, "header": column.header, "field": column.field} for column in header.columns
        ],
    }


def _remark(item: Remark) -> dict[str, Any]:
    return {
        "code": item.code,
        "sheet": item.sheet,
        "line": item.line,
        "reason": item.reason,
        "cells": [cell[:200] for cell in item.cells],
    }


def print_import(ctx: Context, reading: Reading, proposal: Proposal | None, folder: str, *, applied: bool) -> None:
    """The preview, or the account of what was written."""
    _print_reading(ctx, reading)
    for name, header in reading.understanding.headers.items():
        _print_columns(ctx, name, header)
    _print_rows(ctx, reading)
    if proposal is not None:
        _print_requirements(ctx, reading, proposal)
    found = reading.understanding
    _print_remarks(ctx, _("Lignes qui ne sont pas des exigences"), found.told("heading"))
    _print_remarks(ctx, _("Lignes reprises avec un choix"), found.told("chosen"))
    _print_remarks(ctx, _("Lignes non comprises"), found.told("not_understood"))
    if proposal is not None:
        _print_check(ctx, proposal.diagnostics)
    if applied:
        ctx.print(_("Référentiel écrit : {folder}", folder=folder))
        ctx.note(_("Contrôlez-le : mes-conformity catalogue check {folder}", folder=folder))
    elif proposal is not None and not proposal.sound:
        ctx.note(_("Rien n'est écrit : le référentiel aurait des erreurs."))
    else:
        ctx.note(_("Aperçu : rien n'est écrit dans {folder}. Relancez avec --apply.", folder=folder))


def _print_reading(ctx: Context, reading: Reading) -> None:
    listing = reading.listing
    how = listing.kind.upper()
    if listing.kind == "csv":
        names = {"\t": _("tabulation")}
        delimiter = names.get(listing.delimiter or "", f"« {listing.delimiter} »")
        how = _("CSV, {encoding}, séparateur {delimiter}", encoding=listing.encoding, delimiter=delimiter)
    ctx.print(f"{listing.name} ({how})")
    for remark in listing.remarks:
        ctx.print(f"  {pick(remark)}")


def _print_columns(ctx: Context, sheet: str, header: Header) -> None:
    ctx.print()
    ctx.print(_("Colonnes de la feuille « {name} »", name=sheet) if sheet else _("Colonnes"))
    rows = []
    for column in header.columns:
        if column.field is not None:
            rows.append((column.letter, column.header, pick(FIELDS[column.field])))
        elif column.header:
            rows.append((column.letter, column.header, _("non reconnue : laissée de côté")))
    ctx.table((_("colonne"), _("en-tête"), _("donne")), rows)
    if any(column.header and column.field in (None, IGNORED) for column in header.columns):
        ctx.note(_("Pour la changer : --save-mapping FICHIER, corrigez le fichier, puis --mapping FICHIER."))


def _print_rows(ctx: Context, reading: Reading) -> None:
    counts = reading.understanding.rows
    ctx.print()
    ctx.print(
        ", ".join(
            [
                plural("{count} exigence comprise", "{count} exigences comprises", counts["requirement"]),
                plural("{count} ligne de suite", "{count} lignes de suite", counts["continued"]),
                plural("{count} titre", "{count} titres", counts["heading"]),
                plural("{count} ligne au-dessus de l'en-tête", "{count} lignes au-dessus de l'en-tête",
                       counts["before_header"]),
                plural("{count} en-tête répété", "{count} en-têtes répétés", counts["repeated_header"]),
                plural("{count} ligne non comprise", "{count} lignes non comprises", counts["not_understood"]),
            ]
        )
    )  # fmt: skip


def _print_requirements(ctx: Context, reading: Reading, proposal: Proposal) -> None:
    drafts = reading.understanding.drafts
    rows = [
        (name, draft.code, pick(OBLIGATIONS[draft.obligation]), _short(draft.title or draft.statement))
        for name, draft in zip(proposal.drafted.ids[:SHOWN], drafts, strict=False)
    ]
    ctx.print()
    ctx.table((_("identifiant"), _("numéro"), _("obligation"), _("intitulé")), rows)
    _print_more(ctx, len(drafts))


def _print_remarks(ctx: Context, title: str, remarks: Sequence[Remark]) -> None:
    if not remarks:
        return
    ctx.print()
    ctx.print(f"{title}{_(' :')}")
    for item in remarks[:SHOWN]:
        place = (
            _("ligne {line}", line=item.line)
            if not item.sheet
            else f"{item.sheet}, {_('ligne {line}', line=item.line)}"
        )
        ctx.print(f"  {place}{_(' :')} {pick(item.reason)} [{item.code}]")
        if item.sort != "chosen":
            ctx.print(f"    {_short(' | '.join(cell for cell in item.cells if cell))}")
    _print_more(ctx, len(remarks))


def _print_more(ctx: Context, count: int) -> None:
    if count > SHOWN:
        ctx.print(_("  … et {count} de plus : --format json les donne toutes.", count=count - SHOWN))


def _print_check(ctx: Context, diagnostics: Sequence[Diagnostic]) -> None:
    from mes_conformity.cli.diagnostics_text import diagnostic_text

    counts = summary(diagnostics)
    errors = [item for item in diagnostics if item.level == "error"]
    ctx.print()
    for item in errors[:SHOWN]:
        ctx.print(diagnostic_text(item))
    _print_more(ctx, len(errors))
    codes = Counter(item.code for item in diagnostics if item.level == "warning")
    parts = [
        plural("{count} erreur", "{count} erreurs", counts["error"]),
        plural("{count} avertissement", "{count} avertissements", counts["warning"]),
        *(f"{pick(_WARNINGS[code])} ({code}){_(' :')} {count}" for code, count in sorted(codes.items())),
    ]
    ctx.print(_("Contrôle : {parts}", parts=", ".join(parts)))


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 70 else words[:69] + "…"
