"""Cards that are printed before they are sold, and pools of a till's codes."""

from largesse.domain.cards.model import (
    COUNT_MAX,
    NAME_MAX,
    BatchInvalid,
    BatchKind,
    BatchNotReady,
    BatchState,
    BatchUnknown,
    CardBatch,
    CodesTaken,
    FileTaken,
    NoFile,
    PoolEmpty,
    check_batch,
)
from largesse.domain.cards.store import (
    assign_pool,
    batch_of_certificate,
    batch_of_file,
    batches_under_way,
    cards_from,
    find_batch,
    insert_batch,
    insert_cards,
    list_batches,
    lock_batch,
    pools_of_offerings,
    put_batch,
)
