"""Cards that are printed before they are sold, and pools of a till's codes."""

from largesse.services.cards.dependencies import CardDependencies
from largesse.services.cards.drawing import assign_pool, draw_for, refuse_empty
from largesse.services.cards.making import end, find_batch, make, open_batch, open_pool, void_batch, work_on_due
from largesse.services.cards.reading import (
    CardCounts,
    PrintedCard,
    UnsoldCard,
    counts,
    draw,
    locate_card,
    take_file,
    unsold,
)
