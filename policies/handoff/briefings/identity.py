"""The customer's identity: whether a check of it was reported, and whether an account may be in danger.

Promises to say only what was reported. Must not know how an identity is checked.
"""

from policies.handoff.plain import one_line
from policies.state.situation import Situation

_FIELDS = ("identity_verified", "identity", "verified", "is_verified", "authenticated")
"""The attributes and customer fields by which senders report that they have checked who the customer is."""
_YES, _NO = ("true", "yes", "1", "verified", "ja", "oui", "sí"), ("false", "no", "0", "unverified", "nein", "non")
_DANGER = "security"


def identity(s: Situation) -> str:
    """Return what was reported of a check of the customer's identity."""
    known = {**(s.contact.customer.model_extra or {}), **dict(s.contact.attributes)}
    for name in _FIELDS:
        said = one_line(known.get(name, ""), 60)
        if said.casefold() in _YES:
            return "identity verified"
        if said.casefold() in _NO:
            return "identity not verified"
        if said and name.startswith("identity"):
            return f"identity {said}"
    return ""


def is_about_identity(name: str) -> bool:
    """True for an attribute or a customer's field that `identity` tells of."""
    return name in _FIELDS


def may_be_in_danger(s: Situation) -> bool:
    """True where an account may be in danger, and no check of the customer's identity was reported."""
    read = s.understanding.meaning.risks if s.understanding.meaning else ()
    return (s.responsible.reason == _DANGER or _DANGER in read) and identity(s) != "identity verified"
