"""What the proof of the ledger finds, in the reader's language. Pure.

The database says what differs in English, for commands and logs. Each sentence is known here by the query that says it,
and is told again with what stands in it.
"""

import re
from collections.abc import Mapping
from itertools import chain
from string import Formatter
from typing import Final

from largesse.ui import Voice


def t(text: str) -> str:
    """Mark a sentence as one that is translated."""
    return text


FINDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "hash_differences": (t("journal row {row} is not what its hash was made of, or does not follow in the chain"),),
    "memo_differences": (t("the memo of journal row {row} is another than it was written with"),),
    "time_differences": (t("journal row {row} is older than the row before it"),),
    "tax_differences": (t("journal row {row} tells of another tax than it books"),),
    "chain_differences": (t("journal row {row} does not follow from the row before it"),),
    "lot_differences": (t("the lot of journal row {row} does not follow from its row before"),),
    "status_differences": (
        t("journal row {row} says {one}, its kinds lead to {other}"),
        t("the certificate is {one}, its kinds lead to {other}"),
    ),
    "state_differences": (t("the certificate says {one}; its journal {other}"),),
    "certificate_fact_differences": (t("the certificate says {one}; its journal {other}"),),
    "lot_fact_differences": (t("lot {lot} says {one}, the rows that opened it: {other}"),),
    "hold_fact_differences": (t("hold {hold} says {one}; the journal {other}"),),
    "posting_differences": (
        t("journal row {row} is no {kind} of a {certificates} certificate paid by {source}: {posting}"),
    ),
    "hold_differences": (t("held {one}, open holds add up to {other}"),),
    "book_differences": (
        t(
            "trial balance {total}, transfers {transfers}, between entities {between}, liability {liability} against "
            "certificates of {certificates}, given away {given} and granted {granted} against certificates of "
            "{promotional}, discount on it {discount} against lots of {discounts}, tax on it {tax} against {taxes}"
        ),
    ),
    "entry_differences": (t("journal row {row} is about a {subject} and no {kind} for {reason}: {posting}"),),
    "party_differences": (t("journal row {row} touches a partner's account and does not say whose"),),
    "between_differences": (t("operation {operation} leaves {amount} between legal entities, or all of it in one"),),
    "undo_differences": (t("journal row {row} does not swap what it undoes"),),
    "seals": (
        t("seal {number} is missing before it"),
        t("it is not what its hash was made of"),
        t("it does not follow from the seal before it"),
        t("it is not later than the seal before it"),
        t("the books say that they are sealed up to {moment} only"),
        t("its {day} has {count} rows of {sum}, the journal {rows} of {amount}"),
        t("the figures of its {day} are not what the journal comes to"),
        t("the acts of its {day} are not what the journal comes to"),
        t("its totals are not what its days come to"),
        t("it says {count} rows, its days {other}"),
        t("it says {count} subjects, the journal has {other}"),
        t("the journal up to it is not what was sealed"),
    ),
    "subject_differences": (t("the {subject} says {one}; its journal {other}"),),
}
"""The sentences of each query of the proof, those that say more before those that would be taken for them."""

_PARTS: Final = Formatter()
_SEAL: Final = re.compile(r"seal ([0-9]+)")


def difference_words(subject: str, finding: str, voice: Voice) -> str:
    """Return what differs, and of what: a certificate, a currency, or a seal."""
    seal = _SEAL.fullmatch(subject)
    about = voice.t("seal {number}", number=seal[1]) if seal else subject
    return voice.t("{about}: {what}", about=about, what=_told(finding, voice))


def _told(finding: str, voice: Voice) -> str:
    for sentence in chain.from_iterable(FINDINGS.values()):
        values = _filled_in(sentence, finding)
        if values is not None:
            return voice.t(sentence, **values)
    return finding


def _filled_in(sentence: str, finding: str) -> dict[str, str] | None:
    """Return what stands in a finding in the gaps of its sentence, each as short as can be; None: it is another one.

    Its words are looked for one after the other, so that the time grows with the text alone, whatever stands there.
    """
    parts = list(_PARTS.parse(sentence))
    if not finding.startswith(parts[0][0]):
        return None
    values, at = dict[str, str](), len(parts[0][0])
    literals = [literal for literal, _, _, _ in parts[1:]] + [""]
    for (_, name, _, _), after in zip(parts, literals, strict=True):
        if name is None:
            break
        end = finding.find(after, at + 1) if after else len(finding)
        if end <= at:
            return None
        values[name], at = finding[at:end], end + len(after)
    return values if at == len(finding) else None
