"""The ground: errors, texts in two languages, strict documents, digests, storage. It knows nothing of the domain."""
