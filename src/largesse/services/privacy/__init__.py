"""Data of people: forgotten after a while, and erased when somebody asks for it."""

from largesse.services.privacy.dependencies import PrivacyDependencies
from largesse.services.privacy.erasing import ErasedPerson, NobodyKnown, erase_person
from largesse.services.privacy.forgetting import forget_old
