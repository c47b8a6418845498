"""Running cases: engine, transports, record, selfcheck."""
