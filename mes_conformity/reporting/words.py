"""The words and signs of the reports. A status is always a word with a sign; colour comes on top."""

from dataclasses import dataclass

from mes_conformity.foundation.i18n import Text, both


@dataclass(frozen=True, slots=True)
class Mark:
    """A status as it is shown: a sign, a word, the tone that colours both."""

    sign: str
    word: Text
    tone: str


OUTCOMES = {
    "passed": Mark("✓", both("Réussi"), "good"),
    "failed": Mark("✗", both("Échec"), "bad"),
    "error": Mark("!", both("Non jugé"), "warn"),
    "skipped": Mark("–", both("Non joué"), "mute"),
    "advisory": Mark("△", both("Échec indicatif"), "warn"),
    "anomaly": Mark("⚑", both("Anomalie de la cible"), "warn"),
}
STATUSES = {
    "conform": Mark("✓", both("Conforme"), "good"),
    "partial": Mark("◐", both("Partiellement conforme"), "warn"),
    "non_conform": Mark("✗", both("Non conforme"), "bad"),
    "not_applicable": Mark("–", both("Non applicable"), "mute"),
    "not_assessed": Mark("○", both("À évaluer"), "mute"),
}
DEMONSTRATIONS = {
    "shown": Mark("✓", both("Démontré"), "good"),
    "refuted": Mark("✗", both("Réfuté"), "bad"),
    "anomaly": Mark("⚑", both("Anomalie de la cible"), "warn"),
    "inconclusive": Mark("!", both("Non conclu"), "warn"),
    "advisory": Mark("△", both("Échec indicatif"), "warn"),
    "untested": Mark("·", both("Sans test"), "mute"),
}
VERDICTS = {
    "passed": Mark("✓", both("Le service passe les tests"), "good"),
    "failed": Mark("✗", both("Le service ne passe pas les tests"), "bad"),
    "inconclusive": Mark("!", both("Sans conclusion"), "warn"),
}
POINTS = {
    "contradiction": Mark("≠", both("Contradiction"), "bad"),
    "refused": Mark("✗", both("Cas en échec"), "bad"),
    "non_conform": Mark("✗", both("Non conforme"), "bad"),
    "unanswered": Mark("○", both("À évaluer"), "warn"),
    "anomaly": Mark("⚑", both("Anomalie de la cible"), "warn"),
    "undecided": Mark("!", both("Non jugé"), "warn"),
}
BASES = {
    "published": both("publié : lu chez son auteur"),
    "republished": both("republié : texte officiel lu ailleurs"),
    "draft": both("projet"),
    "assumption": both("hypothèse, non lue"),
}
OBLIGATIONS = {
    "mandatory": both("obligatoire"),
    "recommended": both("recommandée"),
    "optional": both("facultative"),
}
KINDS = {
    "unit": both("unitaire"),
    "connection": both("connexion"),
    "listen": both("écoute du client"),
}
SUBJECTS = {"service": both("le service"), "target": both("la cible")}
FINDINGS = {
    "major_nonconformity": both("Non-conformité majeure"),
    "minor_nonconformity": both("Non-conformité mineure"),
    "observation": both("Observation"),
    "information_request": both("Demande de complément"),
    "good_practice": both("Bonne pratique"),
}
STATES = {
    "open": both("ouvert"),
    "answered": both("répondu"),
    "closed": both("clos"),
    "dismissed": both("écarté"),
    "to_do": both("à faire"),
    "in_progress": both("en cours"),
    "done": both("fait"),
    "cancelled": both("abandonné"),
}
EVENTS = {
    "created": both("Espace de travail créé"),
    "answer": both("Réponse"),
    "test_run": both("Campagne de tests rapprochée"),
    "import": both("Import"),
    "migration": both("Changement de version du référentiel"),
    "evidence": both("Preuve"),
    "action": both("Action"),
    "waiver": both("Dérogation"),
    "confirm": both("Propositions confirmées"),
    "fact": both("Faits d'orientation"),
    "facts": both("Faits d'orientation"),
    "recovered": both("Repris après un arrêt"),
    "changed_outside": both("Fichier modifié hors de l'outil"),
}
PROVENANCES = {
    "person": both("une personne"),
    "test": both("un test"),
    "import": both("un import"),
    "migration": both("un changement de version"),
    "copy": both("une copie"),
}
ORIGINS = {
    "self": both("l'éditeur"),
    "expert": both("l'expert"),
    "test": both("un test"),
}
LABELS = {
    "document": both("Dossier de recette"),
    "title": both("Dossier de recette — {product} {version}"),
    "skip": both("Aller au verdict"),
    "contents": both("Sommaire"),
    "verdict": both("Verdict"),
    "caveat": both(
        "Ce verdict ne porte que sur les documents nommés ci-dessus et sur les échanges enregistrés ici. Ce n'est pas "
        "une décision de référencement : elle revient à l'administration."
    ),
    "blocks": both("Ce qui bloque"),
    "nothing_blocks": both("Rien de ce qui a été déclaré ou démontré ne bloque."),
    "more_blocks": both("et {count} autres points, détaillés plus bas"),
    "next": both("À faire maintenant"),
    "demonstrated": both("Démontré"),
    "declared": both("Déclaré"),
    "cases_count": both("cas de test"),
    "requirements_count": both("exigences qui s'appliquent"),
    "no_assessment": both("Aucune réponse n'a encore été donnée : ce dossier ne contient que des tests."),
    "publisher": both("Éditeur"),
    "oid": both("OID de la solution"),
    "target": both("Cible des tests"),
    "run": both("Campagne"),
    "catalogue": both("Catalogue"),
    "tool": both("Outil"),
    "from_to": both("du {start} au {end}"),
    "sections": both("Rubriques"),
    "section": both("Rubrique"),
    "requirements": both("Exigences : déclaré et démontré"),
    "requirement": both("Exigence"),
    "requirements_word": both("Exigences"),
    "other": both("Hors catalogue"),
    "obligation": both("Obligation"),
    "applies_unknown": both("on ne sait pas encore si elle s'applique : une question d'orientation est sans réponse"),
    "contradiction": both("Contradiction : déclarée conforme, réfutée par un test."),
    "statement": both("Énoncé"),
    "justification": both("Justification"),
    "comment": both("Commentaire"),
    "evidence": both("Preuves"),
    "evidence_outside": both("adresse, non embarquée"),
    "confidential": both("confidentielle, non embarquée"),
    "proven_by": both("Cas de test"),
    "none": both("aucun"),
    "pair": both("{word} : {count}"),
    "colon": both(" :"),
    "signed": both("signé par la clé"),
    "artefact": both("Artefact jugé"),
    "set_apart": both("Exigences qui ne s'appliquent pas ({count})"),
    "why": both("Pourquoi"),
    "cases": both("Cas de test"),
    "no_cases": both("Aucun cas n'a été joué."),
    "outcome": both("Résultat"),
    "duration": both("Durée"),
    "judges": both("Juge"),
    "source": both("Source"),
    "reason": both("Motif"),
    "check": both("Contrôle"),
    "checks": both("Attendu et obtenu"),
    "expected": both("Attendu"),
    "obtained": both("Obtenu"),
    "where": both("Où"),
    "remedy": both("Que faire"),
    "exchange": both("Échange {number}"),
    "prepared": both("Préparation {number}"),
    "request": both("Requête"),
    "response": both("Réponse"),
    "no_response": both("Pas de réponse"),
    "cut": both("Coupé à {shown} caractères sur {size} octets ; sha256 {digest} ; entier dans {path}"),
    "cut_short": both("… {size} o, {digest}"),
    "compact_note": both(
        "Il y a beaucoup d'échanges : ceux des cas réussis sont abrégés. Chacun est entier dans le dossier, sous "
        "cases/<cas>/exchanges.har, et se lit avec la commande ci-dessous. → ce qui est parti, ← ce qui est revenu."
    ),
    "paper_note": both("Sur papier, les échanges des cas réussis sont laissés dans le dossier."),
    "curl": both("Ligne curl"),
    "curl_secrets": both("Remplacez d'abord chaque $SECRET_… par votre valeur : les secrets sont expurgés du dossier."),
    "curl_body": both("Le corps se tire du dossier :"),
    "times": both("Durées : {listed}"),
    "empty": both("(corps vide)"),
    "binary": both("(contenu binaire, {size} octets, sha256 {digest})"),
    "anomalies": both("Anomalies de la cible, à signaler à qui l'exploite"),
    "anomalies_note": both(
        "Ces échecs portent sur l'environnement de test. Ils n'accusent pas le service ; ils rendent sans conclusion "
        "ce qui en dépend."
    ),
    "findings": both("Constats, actions et dérogations"),
    "no_findings": both("Ni constat, ni action, ni dérogation."),
    "action": both("Action"),
    "waiver": both("Dérogation"),
    "kind": both("Nature"),
    "what": both("Objet"),
    "state": both("État"),
    "due": both("Échéance"),
    "seal": both("Sceau et vérification"),
    "seal_note": both(
        "Le sceau lie chaque octet du dossier à un manifeste : il montre toute modification faite après le scellement. "
        "Ce rapport est dessiné avant le scellement ; il ne peut donc pas dire si le dossier est signé, ni par qui : "
        "la première commande le dit. Un dossier non signé ne dit pas qui l'a fait."
    ),
    "seal_verify": both("Vérifier que rien n'a changé (0 : intact, 3 : altéré)"),
    "seal_replay": both("Rejuger chaque cas hors ligne, depuis les échanges enregistrés (0 : confirmé, 1 : différent)"),
    "files": both("Fichiers dont ce rapport est tiré ({count})"),
    "files_of_cases": both("Les {count} fichiers des cas ne sont pas répétés ici : le manifeste les nomme tous."),
    "file": both("Fichier"),
    "size": both("Octets"),
    "digest": both("Empreinte SHA-256"),
    "judged_with": both("Jugé avec"),
    "bases": both("Textes qui fondent le verdict"),
    "coverage": both("Couverture"),
    "coverage_note": both("ce que les tests montrent des exigences qui s'appliquent"),
    "matrix": both("Matrice exigences × cas"),
    "matrix_note": both(
        "Une ligne par cas, une colonne par exigence que la suite vérifie ; le signe est le résultat du cas."
    ),
    "legend": both("Signes"),
    "case": both("Cas"),
    "timeline": both("Déroulé de la campagne"),
    "timeline_note": both("Durées des cas joués, mises bout à bout dans l'ordre de la campagne : {total} en tout."),
    "bars": both("Dans la campagne"),
    "suite": both("Suite"),
    "start": both("Début"),
    "played": both("Cas joués"),
    "slowest": both("Cas le plus long"),
    "proposed": both("Proposé, à confirmer par une personne : {status}"),
    "about_answer": both("Répondu par"),
    "owner": both("Responsable"),
    "review": both("Revue : constats de l'expert et réponses"),
    "round": both("Tour {number}"),
    "problems": both("Ce qui ne va pas dans la revue"),
    "whole": both("le dossier entier"),
    "finding": both("Constat"),
    "history": both("Historique"),
    "changes": both("Ce qui a changé depuis"),
    "recommendation": both("Recommandation"),
    "publisher_response": both("Réponse de l'éditeur"),
    "by": both("par {name}"),
    "journal": both("Journal des réponses"),
    "journal_whole": both("{count} lignes, chacune liée à la précédente par son empreinte : la chaîne tient."),
    "journal_broken": both("La chaîne du journal ne tient pas : une ligne manque, a changé ou ne se lit pas."),
    "journal_shown": both("Les {shown} plus récentes sur {count} :"),
    "line": both("Ligne"),
    "instant": both("Quand"),
    "event": both("Événement"),
    "about": both("Sur"),
    "show_case": both("Lire un cas et ses échanges dans un terminal"),
    "not_run": both("Cas des suites qui n'ont pas été joués"),
    "not_run_note": both("La campagne ne les a pas joués : ce dossier ne dit rien de ce qu'ils auraient montré."),
}
