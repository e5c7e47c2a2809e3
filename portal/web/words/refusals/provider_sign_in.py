"""Why the employer's account opens nothing here, in words."""

from typing import Any

from flask_babel import lazy_gettext as _l

COMPANY: dict[str, Any] = {
    "company_account_unknown": _l(
        "We know no account for your company account. Sign in with phone and password, and tie the two on your page “Me”."
    ),
    "company_mail_unconfirmed": _l(
        "Your company has not confirmed your mail address, so we cannot know you by it. Sign in with phone and password, "
        "and tie the two on your page “Me”."
    ),
    "tied_otherwise": _l(
        "One of the two accounts is tied to another one already. Part them there first, or ask an administrator."
    ),
    "company_staff_only": _l("Company accounts are for the staff. You sign in with phone and password."),
    "company_inactive": _l(
        "Your company says that you have left. You are the only administrator, so your account stays open until there is "
        "another one; sign in with phone and password."
    ),
    "provider_question_over": _l("This sign-in was begun elsewhere or too long ago. Begin it again."),
    "provider_said_no": _l("The sign-in there was broken off. Begin it again, or use phone and password."),
    "provider_failed": _l(
        "The sign-in by %(name)s does not answer as it should (%(why)s). Try again in a few minutes, or use phone and "
        "password."
    ),
    "wechat_snapshot": _l(
        "WeChat showed you a preview of the page, without saying who you are. Press “Use the full service” at its bottom, "
        "and sign in again."
    ),
    "wechat_account_unknown": _l(
        "We know no account for your WeChat. Sign in with phone and password once, and tie the two on your page “Me”."
    ),
    "wechat_partners_only": _l(
        "WeChat is for partners. As one of the staff you sign in by your company account, or with phone and password."
    ),
    "company_sign_in_only": _l("You sign in by your company account: use the button below."),
    "scim_filter_odd": _l("This filter is not understood: userName, externalId or id, eq, and a value in quotes."),
    "scim_change_odd": _l("Only active can be changed here."),
    "scim_opens_nothing": _l("A closed account is opened again in the portal, not from outside."),
    "scim_unknown": _l("There is no such user."),
}
