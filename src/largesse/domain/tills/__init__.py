"""Who works on the devices at a counter: the PIN of a person, and that they unlocked a device with it."""

from largesse.domain.tills.errors import ApproverRefused, PinCodeRefused, PinRefused, PinUnfit, TillLocked
from largesse.domain.tills.model import (
    APPROVER_DIGITS_MIN,
    BEGUN_LENGTH_MAX,
    PIN_CODE_GOOD_FOR,
    PIN_DIGITS_MAX,
    PIN_DIGITS_MIN,
    Begun,
    Pin,
    TillAct,
    TillSession,
    check_pin,
    digest_of_pin_code,
    new_pin_code,
)
from largesse.domain.tills.store import (
    act_once,
    end_sessions_of,
    end_sessions_on,
    find_session,
    forget_begun,
    forget_till_sessions,
    form_of,
    give_act_back,
    insert_session,
    lock_session,
    pin_of,
    pins_of,
    put_form,
    remove_pin,
    see_session,
    set_pin,
    set_pin_by_code,
    set_pin_code,
    take_begun,
)
