"""Where the mails and payloads that tests read lie: our own samples, and corpora beside the checkout if
any.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "samples"
# Real and broken inputs beside the checkout, where there are any; AMENDS_CORPUS names another place.
CORPUS = Path(os.environ.get("AMENDS_CORPUS", ROOT.parent / "shared" / "data"))


def corpus(kind: str, pattern: str) -> list[Path]:
    """The corpus files of a kind; none, with a warning, where there is no corpus."""
    found = [file for file in sorted((CORPUS / kind).rglob(pattern)) if file.is_file()]
    if not found:
        warnings.warn(f"no {kind} corpus at {CORPUS}: only the samples are read", stacklevel=2)
    return found
