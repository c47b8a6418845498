"""Answers, evidence, scoring, journal: what a publisher declares. Screens, and how a test runs, are not its affair."""
