"""Certificates of other systems: their files are read, checked and brought over."""

from largesse.domain.imports.days import DayUnreadable
from largesse.domain.imports.model import (
    Ask,
    Brought,
    Choices,
    DayOrder,
    FileReading,
    Left,
    LeftOut,
    OldCertificate,
    Question,
)
from largesse.domain.imports.presets import (
    PLAIN,
    CardColumn,
    LastDay,
    Preset,
    PresetUnknown,
    detect,
    find_preset,
    presets,
)
from largesse.domain.imports.reading import ChoiceInvalid, PresetRefused, read_table
from largesse.domain.imports.records import (
    FAULTS_KEPT,
    FILE_NAME_MAX,
    Import,
    ImportBusy,
    ImportFaulty,
    ImportNotReversible,
    ImportState,
    ImportSummary,
    ImportTerms,
    ImportTouched,
    ImportUnanswered,
    ImportUnknown,
    LiabilityLine,
)
from largesse.domain.imports.rows import AmountNotWhole, CardNotGoodYet, IssuedOutOfRange, StatusUnreadable
from largesse.domain.imports.sealing import ImportTables, open_table, seal_table
from largesse.domain.imports.store import (
    Recipient,
    begin,
    certificates_after,
    choices_of_header,
    erase_person,
    find,
    forget_recipients,
    forget_staged,
    forget_table,
    has_imported,
    import_of_certificate,
    insert,
    insert_certificates,
    insert_recipients,
    insert_table,
    list_imports,
    lock,
    merchants_with_staged,
    of_file,
    put_answers,
    put_progress,
    put_state,
    recipients_of,
    table_of,
    under_way,
    withdraw,
)
from largesse.domain.imports.strength import WEAK_BELOW
