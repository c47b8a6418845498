"""The embedded Mon espace santé: an authorization server, the measures API as published, and faults on demand."""
