"""Kinds about accounts and their safety."""

from .kind import Importance, Kind, Page, Topic, Whom


def _own(deed: str, *facts: str, texted: bool = False) -> Kind:
    """What was done to somebody's account; he reads it even where he did it himself: it may have been another."""
    return Kind(
        "people",
        (Whom.PERSON,),
        Topic.SECURITY,
        Page("auth.profile"),
        Importance.SECURITY,
        facts=facts,
        deeds=(deed,),
        texted=texted,
    )


def _reset(deeds: str, *facts: str) -> Kind:
    """What becomes of lost factors: its owner reads it on every way, and who could decide on it."""
    return Kind(
        "factor_resets",
        (Whom.PERSON, Whom.PRINCIPALS, Whom.ADMINISTRATOR),
        Topic.SECURITY,
        Page("factor_resets.show"),
        Importance.SECURITY,
        facts=facts,
        deeds=tuple(deeds.split()),
    )


def _alarm(deed: str) -> Kind:
    """Somebody else was at an account: its owner and every administrator read what becomes of it."""
    return Kind(
        "account_alarms",
        (Whom.PERSON, Whom.ADMINISTRATOR),
        Topic.SECURITY,
        Page("auth.profile"),
        Importance.SECURITY,
        deeds=(deed,),
        staff_page=Page("alarms.show"),
    )


KINDS = {
    "new_device": Kind(
        "people",
        (Whom.PERSON,),
        Topic.SECURITY,
        Page("alarms.begin"),
        Importance.SECURITY,
        deeds=("signed_in",),
    ),
    "account_alarmed": _alarm("account_alarmed"),
    "account_alarm_vouched": _alarm("account_alarm_vouched"),
    "account_alarm_lifted": _alarm("account_alarm_lifted"),
    "sign_in_locked": Kind(  # whoever likes can cause it, and its owner has nothing to do: that rings nobody's phone
        "people",
        (Whom.PERSON,),
        Topic.SECURITY,
        Page("auth.profile"),
        facts=("until_at",),
        deeds=("sign_in_locked",),
    ),
    "password_link_made": _own("password_link_issued", "until_at", texted=True),
    "factor_added": _own("factor_added"),
    "factor_removed": _own("factor_removed"),
    "factors_reset": _own("factors_reset"),
    "recovery_code_used": _own("signed_in"),
    "factor_loss_said": _own("factor_reset_asked"),
    "factor_reset_asked": Kind(
        "people",
        (Whom.ADMINISTRATOR,),
        Topic.QUEUES,
        Page("factor_resets.index"),
        deeds=("factor_reset_asked",),
    ),
    "factor_reset_proposed": _reset("factor_reset_proposed"),
    "factor_reset_confirmed": _reset("factor_reset_confirmed", "until_at"),
    "factor_reset_stopped": _reset("factor_reset_refused factor_reset_withdrawn factor_reset_cancelled", "outcome"),
    "factor_reset_done": _reset("factors_reset"),
    "password_changed": _own("password_set"),
    "phone_changed": _own("person_phone_changed"),
    "company_identity_tied": _own("company_identity_tied"),
    "company_identity_ended": _own("company_identity_ended"),
    "wechat_tied": _own("wechat_tied"),
    "wechat_tie_ended": _own("wechat_tie_ended"),
    "role_changed": _own("person_role_changed", "role"),
    "account_closed": Kind(
        "people",
        (Whom.PRINCIPALS, Whom.ADMINISTRATOR),
        Topic.SECURITY,
        Page("agency.broker"),
        deeds=("person_deactivated",),
        staff_page=Page("admin.person"),
    ),
    "account_opened_again": Kind(
        "people",
        (Whom.PRINCIPALS, Whom.ADMINISTRATOR),
        Topic.SECURITY,
        Page("agency.broker"),
        deeds=("person_reactivated",),
        staff_page=Page("admin.person"),
    ),
    "colleague_joined": Kind(
        "people",
        (Whom.PRINCIPALS, Whom.PERSON),
        Topic.PARTNERS,
        Page("home.index"),
        facts=("role",),
        deeds=("person_transferred", "person_reinvited"),
    ),
    "colleague_left": Kind(
        "people",
        (Whom.PRINCIPALS,),
        Topic.PARTNERS,
        Page("agency.brokers"),
        deeds=("person_transferred",),
    ),
    "clients_left_behind": Kind(
        "people",
        (Whom.PRINCIPALS,),
        Topic.CLIENTS,
        Page("hand_overs.index"),
        Importance.DEADLINE,
        facts=("count",),
        deeds=("person_deactivated", "person_transferred"),
    ),
    "work_left_behind": Kind(
        "people",
        (Whom.CHANNEL_MANAGER, Whom.ADMINISTRATOR),
        Topic.QUEUES,
        Page("hand_overs.index"),
        Importance.DEADLINE,
        facts=("count",),
        deeds=("person_deactivated", "person_role_changed"),
    ),
    "clients_wait_for_successor": Kind(
        "portal",
        (Whom.PRINCIPALS,),
        Topic.CLIENTS,
        Page("hand_overs.index"),
        Importance.DEADLINE,
        facts=("count",),
    ),
    "work_waits_for_successor": Kind(
        "portal",
        (Whom.CHANNEL_MANAGER, Whom.ADMINISTRATOR),
        Topic.QUEUES,
        Page("hand_overs.index"),
        Importance.DEADLINE,
        facts=("count",),
    ),
    "clients_handed_over": Kind(
        "people",
        (Whom.PERSON, Whom.PRINCIPALS),
        Topic.CLIENTS,
        Page("registrations.index"),
        Importance.DEADLINE,
        facts=("count",),
        deeds=("client_handed_over",),
        while_there=True,
    ),
    "clients_given_on": Kind(
        "people",
        (Whom.PERSON,),
        Topic.CLIENTS,
        Page("registrations.index"),
        facts=("count",),
        deeds=("client_handed_over",),
        while_there=True,
    ),
    "work_handed_over": Kind(
        "people",
        (Whom.PERSON,),
        Topic.QUEUES,
        Page("home.index"),
        Importance.DEADLINE,
        facts=("count", "work"),
        deeds=("work_handed_over",),
    ),
    "account_change_waits": Kind(
        "account_proposals",
        (Whom.ADMINISTRATOR,),
        Topic.QUEUES,
        Page("admin.proposal"),
        Importance.SECURITY,
        facts=("change",),
        deeds=("account_change_proposed",),
    ),
    "account_change_decided": Kind(
        "account_proposals",
        (Whom.PERSON,),
        Topic.SECURITY,
        Page("admin.proposal"),
        facts=("change", "outcome"),
        deeds=("account_change_confirmed", "account_change_refused"),
    ),
}
