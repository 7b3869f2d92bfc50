"""What can be wrong with an installation, and what mends it; for the commands and the dashboard."""

from codex2api.doctor.examine import examine
from codex2api.doctor.finding import Finding, Verdict
from codex2api.doctor.subject import PortUse, Subject

__all__ = ["Finding", "PortUse", "Subject", "Verdict", "examine"]
