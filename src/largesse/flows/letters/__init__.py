"""The mails to buyers and recipients: composed at the moment they are sent, in the reader's language.

`fate_of` says in a sentence what happens to a gift; pages say it likewise.
"""

from pathlib import Path

from largesse.flows.letters.pages import voice_of
from largesse.flows.letters.words import fate_of, whom
from largesse.flows.letters.writer import Letters, tell

FOLDER = Path(__file__).parent  # its part of the look: templates/, locale/

__all__ = ["FOLDER", "Letters", "fate_of", "tell", "voice_of", "whom"]
