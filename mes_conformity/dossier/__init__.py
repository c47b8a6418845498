"""The dossier de recette: built, sealed, verified and replayed. It knows nothing of screens."""
