"""Mail as a value: addresses, mailboxes, and whole messages that say what was meant."""

from largesse.kernel.mail.addresses import Mailbox, NotAMailbox, mailbox, read_mailbox
from largesse.kernel.mail.meant import meant_address
from largesse.kernel.mail.message import Attachment, MailMalformed, MailMessage, MailPicture, written
from largesse.kernel.mail.people import EmailInvalid, EmailNotCarried, read_email
from largesse.kernel.mail.purposes import purpose_in
