"""Words about accounts and their safety."""

from collections.abc import Mapping

from ....models import AccountChange, ProposalState, ResetStanding, Role, Work
from ....rules.notifications.kind import Whom
from ..marks import N_
from ..wording import Told, Words

_NOT_YOU = N_("It was not you? Choose another password now, and tell an administrator.")

_ROLES: Mapping[str, str] = {
    Role.BROKER: N_("broker"),
    Role.PRINCIPAL: N_("principal"),
    Role.RECEPTION: N_("reception"),
    Role.CONSULTANT: N_("property consultant"),
    Role.CHANNEL_MANAGER: N_("channel manager"),
    Role.FINANCE: N_("finance"),
    Role.APPROVER: N_("approver"),
    Role.CASHIER: N_("cashier"),
    Role.ADMINISTRATOR: N_("administrator"),
    Role.PRIVACY_OFFICER: N_("privacy officer"),
}
_CHANGES: Mapping[str, str] = {
    AccountChange.OPEN: N_("a new account"),
    AccountChange.LINK: N_("a link to choose a password"),
    AccountChange.REOPEN: N_("opening an account again"),
    AccountChange.PHONE: N_("another number"),
    AccountChange.ROLE: N_("another role"),
    AccountChange.NAME: N_("another name"),
}
_WORK: Mapping[str, str] = {
    Work.LEAD_STEPS: N_("next steps with leads"),
    Work.CARE_FILES: N_("clients in care"),
    Work.IMPORTS: N_("imports"),
    Work.PLAN_DRAFTS: N_("drafts of commission plans"),
    Work.REWARD_PLAN_DRAFTS: N_("drafts of reward plans"),
    Work.ADJUSTMENTS: N_("adjustments"),
    Work.CORRECTIONS: N_("corrections"),
    Work.TAX_TABLES: N_("tax tables"),
    Work.ACCOUNT_CHANGES: N_("account changes"),
}
_OUTCOMES: Mapping[str, str] = {ProposalState.CONFIRMED: N_("confirmed"), ProposalState.REFUSED: N_("sent back")}

_STOPPED: Mapping[str, str] = {
    ResetStanding.REFUSED: N_("sent back"),
    ResetStanding.WITHDRAWN: N_("withdrawn"),
    ResetStanding.CANCELLED: N_("stopped"),
}
_STOP_IT = N_(
    "You did not lose them? Sign in and stop it on this page, choose another password, and tell an administrator."
)

WORDS: Mapping[str, Told] = {
    "new_device": {
        None: Words(
            N_("Somebody signed in to your account on a new device"),
            N_("At %(at)s. If that was you, there is nothing to do."),
            N_("If it was not you, say so on this page: everything else is signed out at once."),
        )
    },
    "sign_in_locked": {
        None: Words(
            N_("Somebody tried wrong passwords for your account"),
            N_("From where it was tried, nobody can sign in to it until %(until_at)s."),
            N_("Was it you? Wait, or use a device that you have signed in on before. Otherwise you need do nothing."),
        )
    },
    "password_link_made": {
        None: Words(
            N_("A link to choose another password was made for you"),
            N_("It can be used once, until %(until_at)s."),
            _NOT_YOU,
        )
    },
    "factor_added": {
        None: Words(
            N_("A second factor was added to your account"),
            N_("At %(at)s. It is asked for when you sign in."),
            _NOT_YOU,
        )
    },
    "factors_reset": {
        None: Words(
            N_("All second factors of your account were taken away"),
            N_("At %(at)s, on the server, because they were said to be lost. You were signed out everywhere."),
            N_("Sign in and add another one now. You did not ask for it? Tell an administrator at once."),
        )
    },
    "account_alarmed": {
        Whom.PERSON: Words(
            N_("You said that a sign-in to your account was not yours"),
            N_("At %(at)s. Every other device was signed out, and the account moves neither money nor powers."),
            N_("Choose another password now. An administrator lifts the alarm when he has made sure with you."),
        ),
        None: Words(
            N_("Somebody else was at the account of %(person)s"),
            N_("Its owner said so at %(at)s. Everything was signed out; the account moves neither money nor powers."),
            N_("Look at what was done there, speak with the owner, and lift the alarm when you have made sure."),
        ),
    },
    "account_alarm_vouched": {
        Whom.PERSON: Words(
            N_("An administrator made sure that your account is yours again"),
            N_("At %(at)s. Another one has to lift the alarm, since the account moves money."),
        ),
        None: Words(
            N_("An alarm waits for a second administrator: %(person)s"),
            N_("The first one made sure at %(at)s that the account is its owner's again."),
            N_("Make sure yourself, then lift it."),
        ),
    },
    "account_alarm_lifted": {
        Whom.PERSON: Words(
            N_("The alarm on your account is lifted"),
            N_("At %(at)s. It works as before."),
            N_("You did not ask for it? Tell an administrator at once."),
        ),
        None: Words(
            N_("The alarm on the account of %(person)s is lifted"),
            N_("At %(at)s. It works as before."),
        ),
    },
    "factor_loss_said": {
        None: Words(
            N_("Somebody with your password says that your second factors are lost"),
            N_("At %(at)s, on the sign-in page. The administrators were told; nothing was taken away."),
            N_("It was not you? Then somebody knows your password: choose another one now, and tell an administrator."),
        )
    },
    "factor_reset_asked": {
        None: Words(
            N_("%(person)s says that every second factor is lost"),
            N_("At %(at)s, on the sign-in page, with the right password. That alone proves little."),
            N_("Make sure who asks, face to face or by a call to the number on file; then propose the reset."),
        )
    },
    "factor_reset_proposed": {
        Whom.PERSON: Words(
            N_("It is proposed to take all your second factors away"),
            N_("At %(at)s, because they are said to be lost. A second person decides on it."),
            _STOP_IT,
        ),
        None: Words(
            N_("A reset of second factors waits for a second person: %(person)s"),
            N_("They are said to be lost. Two people decide together."),
            N_("Make sure that it is wanted, then confirm it or send it back."),
        ),
    },
    "factor_reset_confirmed": {
        Whom.PERSON: Words(
            N_("All your second factors are taken away at %(until_at)s"),
            N_("Two people decided so, because they are said to be lost. Until then they stay as they are."),
            _STOP_IT,
        ),
        None: Words(
            N_("The second factors of %(person)s are taken away at %(until_at)s"),
            N_("Two people decided so, because they are said to be lost."),
            N_("Until then the two, and the account's owner, can stop it."),
        ),
    },
    "factor_reset_stopped": {
        Whom.PERSON: Words(
            N_("The reset of your second factors was %(outcome)s"),
            N_("At %(at)s. They stay as they are."),
            N_("They are lost all the same? Tell an administrator."),
            terms={"outcome": _STOPPED},
        ),
        None: Words(
            N_("The reset of second factors was %(outcome)s: %(person)s"),
            N_("At %(at)s. They stay as they are."),
            terms={"outcome": _STOPPED},
        ),
    },
    "factor_reset_done": {
        Whom.PERSON: Words(
            N_("All your second factors were taken away"),
            N_("At %(at)s, as two people decided. You were signed out everywhere."),
            N_("Sign in and add another one now. You did not ask for it? Tell an administrator at once."),
        ),
        None: Words(
            N_("The second factors of %(person)s were taken away"),
            N_("At %(at)s, as two people decided. The account was signed out everywhere."),
        ),
    },
    "factor_removed": {
        None: Words(
            N_("A second factor was removed from your account"),
            N_("At %(at)s. It no longer opens anything."),
            _NOT_YOU,
        )
    },
    "recovery_code_used": {
        None: Words(
            N_("Somebody signed in to your account by a recovery code"),
            N_("At %(at)s. Each of the ten codes is good once."),
            N_("It was not you? Choose another password and make new codes now, and tell an administrator."),
        )
    },
    "password_changed": {
        None: Words(
            N_("Your password was changed"),
            N_("At %(at)s. Every other device was signed out."),
            _NOT_YOU,
        )
    },
    "phone_changed": {
        None: Words(
            N_("You sign in by another number now"),
            N_("It was changed at %(at)s; the password stayed the same."),
            N_("You did not ask for it? Tell an administrator at once."),
        )
    },
    "company_identity_tied": {
        None: Words(
            N_("Your company account opens this account now"),
            N_("Since %(at)s who signs in at your company as you is signed in here, too."),
            _NOT_YOU,
        )
    },
    "company_identity_ended": {
        None: Words(
            N_("Your company account opens this account no more"),
            N_("The two were parted at %(at)s. You sign in with phone and password."),
            N_("You did not ask for it? Tell an administrator."),
        )
    },
    "wechat_tied": {
        None: Words(
            N_("Your WeChat opens this account now"),
            N_("Since %(at)s who is you in WeChat is signed in here with one tap."),
            _NOT_YOU,
        )
    },
    "wechat_tie_ended": {
        None: Words(
            N_("Your WeChat opens this account no more"),
            N_("The two were parted at %(at)s. You sign in with phone and password."),
            N_("You did not ask for it? Tell an administrator."),
        )
    },
    "role_changed": {
        None: Words(
            N_("You are %(role)s now"),
            N_("Two administrators changed what your account may do."),
            N_("Something is missing, or too much? Tell an administrator."),
            terms={"role": _ROLES},
        )
    },
    "account_closed": {
        None: Words(
            N_("An account was closed: %(person)s"),
            N_("Nobody can sign in to it any more; what it did stays on record."),
            N_("Clients are still protected: hand them over to a colleague."),
        ),
        Whom.ADMINISTRATOR: Words(
            N_("An account was closed: %(person)s"),
            N_("Nobody can sign in to it any more; what it did stays on record."),
        ),
    },
    "account_opened_again": {
        None: Words(
            N_("An account was opened again: %(person)s"),
            N_("Its owner can sign in as before."),
        )
    },
    "colleague_joined": {
        None: Words(
            N_("%(person)s belongs to your agency now"),
            N_("As %(role)s, since %(at)s."),
            terms={"role": _ROLES},
        ),
        Whom.PERSON: Words(
            N_("You belong to %(agency)s now, as %(role)s"),
            N_("Your strikes and your history came with you; the clients of before stay with the former agency."),
            terms={"role": _ROLES},
        ),
    },
    "colleague_left": {
        None: Words(
            N_("A colleague has left your agency"),
            N_("The account belongs to another agency now. The clients stay with yours."),
            N_("Hand them over to a colleague: their protection runs on."),
        )
    },
    "clients_left_behind": {
        None: Words(
            N_("Clients wait for a successor: %(count)s"),
            N_("Their broker cannot care for them any more. They are still protected for your agency."),
            N_("Hand them over to a colleague: their protection runs on."),
        )
    },
    "work_left_behind": {
        None: Words(
            N_("Work waits for a successor: %(count)s"),
            N_("Whose it was cannot do it any more."),
            N_("Hand it over to a colleague."),
        )
    },
    "clients_wait_for_successor": {
        None: Words(
            N_("Clients still wait for a successor: %(count)s"),
            N_("Nobody of your agency cares for them, and their protection runs on."),
            N_("Hand them over to a colleague today."),
        )
    },
    "work_waits_for_successor": {
        None: Words(
            N_("Work still waits for a successor: %(count)s"),
            N_("Whose it was has left, and nobody has taken it over."),
            N_("Hand it over to a colleague today."),
        )
    },
    "clients_handed_over": {
        None: Words(
            N_("Clients were handed over to %(person)s: %(count)s"),
            N_("Their protection stays as it was, and a deal still bears the name of who registered the client."),
        ),
        Whom.PERSON: Words(
            N_("Clients were handed over to you: %(count)s"),
            N_("You care for them from now on, and may check in with them. Their protection stays as it was."),
            N_("Look whose protection ends first, and call them."),
        ),
    },
    "clients_given_on": {
        None: Words(
            N_("Clients of yours were handed over to a colleague: %(count)s"),
            N_("You do not see them any more. A deal that comes of your registration still bears your name."),
            N_("Is that not right? Ask your principal."),
        )
    },
    "work_handed_over": {
        None: Words(
            N_("Handed over to you: %(work)s, %(count)s"),
            N_("It was a colleague's until now. You are told what becomes of it."),
            N_("Look at it today."),
            terms={"work": _WORK},
        )
    },
    "account_change_waits": {
        None: Words(
            N_("An account change waits for a second administrator: %(change)s"),
            N_("Accounts that move money take two administrators."),
            N_("Ask whether it is right, then confirm it or send it back."),
            terms={"change": _CHANGES},
        )
    },
    "account_change_decided": {
        None: Words(
            N_("Your proposal was %(outcome)s: %(change)s"),
            N_("The other administrator decided at %(at)s."),
            terms={"change": _CHANGES, "outcome": _OUTCOMES},
        )
    },
}
