"""The path of a request from the documentation to the publication, and the review of a dossier."""
