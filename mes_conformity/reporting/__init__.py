"""Projections of a dossier: pure functions of its documents. A new format is a new module and touches nothing else."""
