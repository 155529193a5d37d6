"""The mails to buyers and recipients: composed at the moment they are sent, in the reader's language.

`fate_of` says in a sentence what happens to a gift, `tax_sentences` how gifts are taxed; pages say it likewise.
"""

from pathlib import Path

from largesse.services.mails.bounces import NOTICE_BYTES_MAX, Bounced, take_bounce
from largesse.services.mails.dependencies import MailDependencies
from largesse.services.mails.pages import voice_of
from largesse.services.mails.taxes import TaxedGift, price_note, tax_of_line, tax_sentences, taxed_gift
from largesse.services.mails.words import day_before, fate_of, whom
from largesse.services.mails.writer import Letters

FOLDER = Path(__file__).parent  # its part of the look: templates/, locale/
