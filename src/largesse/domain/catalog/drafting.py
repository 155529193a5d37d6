"""Drafts of the catalogue: kept, found, and taken out to be published or dropped."""

from uuid import UUID

from largesse.db import Connection
from largesse.domain.catalog import store
from largesse.domain.catalog.drafts import NEW, CatalogueDraft
from largesse.domain.catalog.errors import CatalogueChanged, CatalogueDraftUnknown


async def keep_draft(connection: Connection, draft: CatalogueDraft, *, revision: str) -> CatalogueDraft:
    """Keep a draft, in the place of the one of that `revision`, or of none.

    Raises:
        CatalogueChanged: somebody else has changed the draft meanwhile.
    """
    known = await store.lock_draft(connection, draft.merchant_id, draft.draft_id)
    if known is not None and (known.content, known.seen) == (draft.content, draft.seen):
        return known
    if (known.revision if known else NEW) != revision:
        raise CatalogueChanged
    await store.put_draft(connection, draft)
    return draft


async def take_draft(connection: Connection, merchant_id: UUID, draft_id: UUID) -> CatalogueDraft:
    """Take a draft out, to be published or dropped.

    Raises:
        CatalogueDraftUnknown: there is none.
    """
    known = await store.lock_draft(connection, merchant_id, draft_id)
    if known is None:
        raise CatalogueDraftUnknown
    await store.delete_draft(connection, merchant_id, draft_id)
    return known
