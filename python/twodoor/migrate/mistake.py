from __future__ import annotations


class MigrationMistake(Exception):
    """What a person has to change, in one sentence."""
