"""What a bug report needs to hold, and nothing that is private: one text file."""

from codex2api.report.bundle import Section, bundle
from codex2api.report.hiding import Veil
from codex2api.report.log_lines import last_lines, without_words

__all__ = ["Section", "Veil", "bundle", "last_lines", "without_words"]
