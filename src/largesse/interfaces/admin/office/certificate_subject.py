"""What acts on certificates stand on: the certificate in the address, and what is common to all of them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, Audited
from largesse.interfaces.admin.front import Caller, StaffFront
from largesse.interfaces.admin.office.acts import ActInput, ActSubject, Setting
from largesse.interfaces.admin.office.certificate_page import story_of, trail_to
from largesse.ledger import Certificate, Status
from largesse.services.certificates import Place
from largesse.services.office import CertificateStory
from largesse.ui import Voice

LIVE: Final = frozenset({Status.ACTIVE, Status.BLOCKED})


class CertificateSubject(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that something is done to."""

    story: CertificateStory

    @property
    def one(self) -> Certificate:
        """The certificate as it stands."""
        return self.story.found.certificate

    @property
    def subject_id(self) -> UUID:
        """Its id."""
        return self.one.certificate_id

    @property
    def place(self) -> Place:
        """Its ids."""
        return self.story.found.place

    @property
    def version(self) -> str:
        """The number of its last row in the journal."""
        return str(self.one.seq)

    @property
    def addresses(self) -> frozenset[str]:
        """Whose it is."""
        return self.story.bought.addresses if self.story.bought else frozenset()

    def trail(self, voice: Voice, merchant: Merchant, here: str) -> list[tuple[str, str]]:
        """Return the breadcrumb that ends `here`."""
        return trail_to(voice, merchant, self.story, here)


async def find_subject(front: StaffFront, caller: Caller) -> ActSubject:
    """Return the certificate in the address."""
    return CertificateSubject(story=await story_of(front, caller))


class CertificateAct:
    """What acts on certificates share. `states` are those in which one is offered."""

    name = ""
    act = Act.BLOCK
    audited: Audited | None = Audited.CERTIFICATE_BLOCKED
    danger = False
    states: frozenset[Status] = LIVE

    def offered(self, one: Certificate) -> bool:
        """Return whether it may be done to a certificate that stands so."""
        return one.status in self.states

    def inputs(self, _setting: Setting, _subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: nothing, unless said otherwise."""
        return ()

    def already(self, _setting: Setting, _subject: ActSubject) -> bool:
        """Return whether it is done: the journal knows that by the operation."""
        return False


def subject_of(subject: ActSubject) -> CertificateSubject:
    """Return the certificate that an act is done to."""
    assert isinstance(subject, CertificateSubject)
    return subject


def left_on(setting: Setting, one: Certificate) -> str:
    """Return what a certificate holds, as a phrase."""
    left = setting.money(one.balance, one.currency)
    if not one.gratuity_balance:
        return left
    return setting.voice.t(
        "{amount} and {gratuity} gratuity", amount=left, gratuity=setting.money(one.gratuity_balance, one.currency)
    )
