"""Where money goes, limits and roles: both owners', where there are two."""

from largesse.services.owners.asking import AskedOwner, OwnersAsking, ask_owner, needs_other_owner
from largesse.services.owners.deciding import give_word, withhold_word
from largesse.services.owners.dependencies import OwnerDependencies
from largesse.services.owners.doing import limit_said
from largesse.services.owners.forgetting import forget_lapsed
from largesse.services.owners.told_accounts import INVOICE_ACCOUNT, account_said, by_hand_said
