"""Judging one artefact offline: what a measure, a device or a client setting must hold, each rule with its source."""
