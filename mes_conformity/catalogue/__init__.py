"""Catalogues of requirements: what a service must meet, in which version, and when it applies."""
