"""What is said of imports, in the reader's language."""

from largesse.domain.imports import Ask, CardColumn, DayOrder, ImportState, LastDay, Left
from largesse.kernel.errors import FieldError, LargesseError
from largesse.ledger import ClassOfValue
from largesse.ui import Voice, choose_one
from largesse.web.choices import CHOICE_UNKNOWN


def states(voice: Voice) -> dict[ImportState, tuple[str, str]]:
    """Return what each state is called, and the look of its badge."""
    return {
        ImportState.STAGED: (voice.t("not imported yet"), "warn"),
        ImportState.IMPORTING: (voice.t("under way"), "accent"),
        ImportState.DONE: (voice.t("imported"), "good"),
        ImportState.REVERSING: (voice.t("being taken back"), "accent"),
        ImportState.REVERSED: (voice.t("taken back"), ""),
        ImportState.UNDOING: (voice.t("being undone"), "bad"),
        ImportState.FAILED: (voice.t("failed, and undone"), "bad"),
    }


def columns(voice: Voice) -> dict[CardColumn, str]:
    """Return what each column may be."""
    return {
        CardColumn.NUMBER: voice.t("Number of the card"),
        CardColumn.ALIAS: voice.t("Second number of the card"),
        CardColumn.BALANCE: voice.t("What is left on it"),
        CardColumn.GRATUITY: voice.t("Gratuity left on it"),
        CardColumn.CURRENCY: voice.t("Currency"),
        CardColumn.ISSUED: voice.t("Day of issue"),
        CardColumn.EXPIRES: voice.t("Day of expiry"),
        CardColumn.VALID_FROM: voice.t("First good day"),
        CardColumn.STATUS: voice.t("Status"),
        CardColumn.TEST: voice.t("Whether it is a test"),
        CardColumn.EMAIL: voice.t("E-mail of whom it is for"),
        CardColumn.NAME: voice.t("Name of whom it is for"),
        CardColumn.LANGUAGE: voice.t("Language of whom it is for"),
    }


def questions(voice: Voice) -> dict[Ask, tuple[str, str]]:
    """Return how each question is asked, and why."""
    return {
        Ask.PRESET: (voice.t("Which system is the file from?"), voice.t("Its header is of none that we know.")),
        Ask.COLUMNS: (voice.t("What is in which column?"), voice.t("The number and what is left are needed.")),
        Ask.DECIMAL: (voice.t("How are amounts written?"), voice.t("No amount of the file tells.")),
        Ask.DAY_ORDER: (voice.t("In which order are days written?"), voice.t("No day of the file tells.")),
        Ask.LAST_DAY: (voice.t("Is a card still good on its day of expiry?"), voice.t("Systems differ in this.")),
    }


def answer_label(ask: Ask, value: str, example: str, voice: Voice) -> tuple[str, str]:
    """Return what an answer is called, and what the file's example means with it."""
    known = {
        (Ask.DECIMAL, "."): voice.t("A point parts decimals"),
        (Ask.DECIMAL, ","): voice.t("A comma parts decimals"),
        (Ask.DAY_ORDER, DayOrder.DAY_FIRST.value): voice.t("Day, month, year"),
        (Ask.DAY_ORDER, DayOrder.MONTH_FIRST.value): voice.t("Month, day, year"),
        (Ask.LAST_DAY, LastDay.INCLUDED.value): voice.t("Yes, it is the last good day"),
        (Ask.LAST_DAY, LastDay.EXCLUDED.value): voice.t("No, it ends the day before"),
    }
    return known.get((ask, value), example), "" if (ask, value) not in known else example


def left_words(voice: Voice) -> dict[Left, str]:
    """Return why rows stay behind."""
    return {
        Left.EMPTY: voice.t("nothing is left"),
        Left.EXPIRED: voice.t("past their last day"),
        Left.STATUS: voice.t("void or blocked"),
        Left.TEST: voice.t("tests"),
    }


def class_name(of: ClassOfValue, voice: Voice) -> str:
    """Return what a class of value is called."""
    return {
        ClassOfValue.PAID: voice.t("paid"),
        ClassOfValue.PROMOTIONAL: voice.t("given away"),
        ClassOfValue.CREDIT: voice.t("credit"),
    }[of]


def fault_sentence(fault: FieldError, voice: Voice) -> str:
    """Return what is wrong with a cell; what has no sentence here is told as it comes."""
    known = {
        "cell.spreadsheet": voice.t(
            "A spreadsheet has broken what stood here. Take the file as the other system gave it, or format the column "
            "as text before you open it."
        ),
        "cell.formula": voice.t("This cell is a formula. Paste the column as values, and save the file anew."),
        "import.number.missing": voice.t("There is no number here, or one that is too long."),
        "import.number.short": voice.t("Anybody would guess so short a number."),
        "import.number.zeros": voice.t(
            "This number is shorter than most: zeros may have been lost. Correct it, or say that lengths differ."
        ),
        "import.number.repeated": voice.t("This number stands in the file twice."),
        "import.number.alike": voice.t("Another number of the file reads the same: O and 0, I, L and 1 are one."),
        "import.number.taken": voice.t("One of your certificates has this number, or one that reads the same."),
        "import.day": voice.t("This is no day. Write it as YYYY-MM-DD."),
        "import.issued": voice.t("A card cannot have been issued then."),
        "import.valid_from": voice.t("This card is not good yet. Bring it over later."),
        "import.status": voice.t("This status is not known. Write active, inactive or void."),
        "import.inactive.balance": voice.t("A card that is not sold yet cannot have a balance."),
        "import.amount.minor": voice.t("This system writes amounts without decimals. Is it another one?"),
        "import.gratuity.promotional": voice.t("Value that was given away has no gratuity."),
        "amount.invalid": voice.t("This is no amount."),
        "amount.decimals": voice.t("This amount is finer than the smallest coin."),
        "amount.currency": voice.t("This amount is in another currency."),
        "currency.unknown": voice.t("There is no such currency."),
    }
    return known.get(fault.code, fault.message)


def refusal_sentence(refused: LargesseError, voice: Voice) -> str:
    """Return why something was not done; what has no sentence here is told as it comes."""
    known = {
        CHOICE_UNKNOWN: choose_one(voice),
        "wire.too_large": voice.t("This file is too large. Part it into several."),
        "workbook.too_large": voice.t("This workbook is too large. Save the sheet alone, or as CSV."),
        "workbook.unreadable": voice.t("This workbook cannot be read. Save it anew as .xlsx, or as “CSV UTF-8”."),
        "wire.encoding": voice.t("This is no CSV, XLSX or JSON that can be read. Save it as “CSV UTF-8”."),
        "wire.doctype": voice.t("This file declares a document type, and is not read."),
        "table.empty": voice.t("There is nothing in this file."),
        "table.too_long": voice.t("This file has too many lines. Part it into several."),
        "import.preset.refused": voice.t(
            "This file has numbers and no balances, so nobody can say what the cards are worth. Ask the other system "
            "for number, current balance, currency and day of expiry of each card."
        ),
        "import.choice": voice.t("One of the answers cannot be. A cut-over cannot lie in the future."),
        "import.unanswered": voice.t("Answer what is asked first."),
        "import.refused": voice.t("Nothing was imported. Correct what is listed, and bring the file again."),
        "import.busy": voice.t("Another import is under way. Wait until it is done."),
        "import.touched": voice.t(
            "Some of its certificates were used or changed since, so it cannot be taken back as a whole."
        ),
        "import.not_reversible": voice.t("Only what is imported can be taken back, and only once."),
    }
    return known.get(refused.code, refused.message)
