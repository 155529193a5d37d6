"""What would come of something: it is done, looked at, and rolled back."""

from largesse.services.rehearsals.rehearsing import Rehearsal, RehearsalDependencies
