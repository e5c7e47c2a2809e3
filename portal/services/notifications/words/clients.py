"""Words about registrations, showings and the protection of clients."""

from collections.abc import Mapping

from ....rules.notifications.kind import Whom
from ..marks import N_
from ..wording import Told, Words

_REMINDED = {"free": N_("nobody else is protected now"), "held": N_("somebody else is still protected")}

WORDS: Mapping[str, Told] = {
    "registration_accepted": {
        None: Words(
            N_("Your client in %(development)s is registered"),
            N_("The client is protected for you until %(protected_until_at)s."),
            N_("Bring the client to the site before that, and check in there."),
        )
    },
    "registration_runs": {
        None: Words(
            N_("Your client in %(development)s is registered"),
            N_("Until %(protected_until_at)s, and it keeps nobody out: the first visit that is proven has the client."),
            N_("Bring the client to the site before others do, and check in there."),
        )
    },
    "mask_registered": {
        None: Words(
            N_("Your client in %(development)s is registered by parts of the number"),
            N_("It keeps its place until %(protected_until_at)s, and stands once the full number is shown."),
            N_("Come to the site with the client before that, type the number there, and check in."),
        )
    },
    "mask_completed": {
        None: Words(
            N_("Your registration by parts of a number in %(development)s stands now"),
            N_("The visit has shown whose number it is, and nobody had the client when you registered."),
        )
    },
    "mask_doubted": {
        None: Words(
            N_("A person decides whose client yours in %(development)s is"),
            N_("The full number was shown. Somebody else had the client before, or the parts fit another client too."),
            N_("You need do nothing. You are told what was decided."),
        ),
        Whom.PRINCIPALS: Words(
            N_("A person decides whose a client of %(person)s in %(development)s is"),
            N_("The full number was shown. Somebody else had the client before, or the parts fit another client too."),
            N_("You need do nothing. You are told what was decided."),
        ),
    },
    "mask_ended": {
        None: Words(
            N_("Your registration by parts of a number in %(development)s has ended"),
            N_("Nobody has shown the full number at the site in time, so it protects nobody."),
            N_("Register the client again if it is still yours to bring."),
        )
    },
    "registration_behind": {
        None: Words(
            N_("An older registration goes before yours of a client in %(development)s"),
            N_("Somebody registered the client by parts of the number before you, and has shown it in full now."),
            N_("Your registration runs on, and holds the client again if the older one ends before. You may object."),
        ),
        Whom.PRINCIPALS: Words(
            N_("An older registration goes before one of %(person)s in %(development)s"),
            N_("Somebody had registered the client by parts of the number before, and has shown the full number now."),
            N_("The registration runs on, and holds the client again if the older one ends before it does."),
        ),
    },
    "registration_refused": {
        None: Words(
            N_("A client in %(development)s could not be registered"),
            N_("The receipt says why, and when to try again."),
            N_("Open it to read the reason."),
        )
    },
    "registration_overtaken": {
        None: Words(
            N_("Somebody else's visit in %(development)s was first: it has a client of yours"),
            N_("The first visit that is proven has the client here, and another's was proven just now."),
            N_("Your registration runs on. If that protection ends before it does, your visit has the client."),
        )
    },
    "client_free_again": {
        None: Words(
            N_("A client in %(development)s whom you could not have is free again"),
            N_("Reception had signed a visitor in by a slip, and took that back."),
            N_("Open your registration, and register the client again unless it still runs."),
        )
    },
    "client_released": {
        None: Words(
            N_("A client in %(development)s was given up by a broker of yours"),
            N_("The protection has ended; other agencies may register the client."),
            N_("Open the registration to read why. Your agency may register the client once it would have ended."),
        )
    },
    "protection_extended": {
        None: Words(
            N_("The protection of a client in %(development)s is longer now: until %(protected_until_at)s"),
            N_("The channel manager made it longer, which is possible once."),
            N_("Bring the client to the site before that, and check in there."),
        )
    },
    "protection_ends": {
        None: Words(
            N_("A client of yours in %(development)s is protected only until %(ends_at)s"),
            N_("After that anybody may register the client."),
            N_("Bring the client to the site before that, and check in there."),
        )
    },
    "client_reminder": {
        None: Words(
            N_("You wanted to be reminded of a client in %(development)s"),
            N_("The time after which you can try again has come: %(code)s."),
            N_("Open the registration, and register the client again if it is still yours to bring."),
            terms={"code": _REMINDED},
        )
    },
    "showing_verified": {
        None: Words(
            N_("Your showing in %(development)s counts"),
            N_("The client is protected for you until %(protected_until_at)s."),
        )
    },
    "showing_second": {
        None: Words(
            N_("Your showing in %(development)s is proven, and was not the first"),
            N_("Somebody else's visit with this client was proven before, and the first one has the client."),
        )
    },
    "showing_waits": {
        None: Words(
            N_("Your showing in %(development)s is looked at by a person"),
            N_("What was sent does not settle it by itself; the reasons stand on its page."),
            N_("You need do nothing. You are told as soon as it is decided."),
        ),
        Whom.RECEPTION: Words(
            N_("A showing of %(person)s in %(development)s waits for a decision"),
            N_("The evidence does not settle it by itself."),
            N_("Open it, look at the reasons, and decide."),
        ),
        Whom.CHANNEL_MANAGER: Words(
            N_("A showing of %(person)s in %(development)s waits for a decision"),
            N_("The evidence does not settle it by itself."),
            N_("Open it, look at the reasons, and decide."),
        ),
    },
    "left_protection_ends": {
        None: Words(
            N_("A client of %(person)s, who has left, is protected until %(ends_at)s only"),
            N_("Nobody of your agency takes care of him in %(development)s any more."),
            N_("Let a colleague register him anew once it is over, and show him round."),
        )
    },
    "client_arrived": {
        None: Words(
            N_("Reception in %(development)s knows that you are there with a client"),
            N_("Without a photo or a code the visit counts when reception has seen you both."),
            N_("Go to the desk together. You are told as soon as it counts."),
        ),
        Whom.RECEPTION: Words(
            N_("%(person)s of %(agency)s is at reception in %(development)s with a client"),
            N_("The visit counts when you have seen them both."),
            N_("Receive them, and mark it on the board of arrivals."),
        ),
    },
    "showing_is_risky": {
        None: Words(
            N_("Look at this showing first: %(person)s in %(development)s"),
            N_("Much speaks against it: %(points)s of 100 points. Its page says what."),
            N_("Compare the pictures, then say whether the visit was genuine."),
        )
    },
    "showing_not_counted": {
        None: Words(
            N_("A showing in %(development)s does not count"),
            N_("Nobody could tell any more whether it took place. It is no strike."),
            N_("Come again with the client while the protection runs, and check in."),
        ),
        Whom.PRINCIPALS: Words(
            N_("A showing of %(person)s in %(development)s does not count"),
            N_("Nobody could tell any more whether it took place. It is no strike."),
        ),
    },
    "slot_cancelled": {
        None: Words(
            N_("A booked visit to %(development)s is called off: %(visit_at)s"),
            N_("Nobody is received at that time."),
            N_("Call your client, and book another time on the client's page."),
        )
    },
    "client_at_gate": {
        None: Words(
            N_("Your client is at the gate of %(development)s"),
            N_("The pass of the visit booked for %(visit_at)s was read there."),
            N_("Meet the client, and check in together."),
        )
    },
    "photo_asked_for": {
        None: Words(
            N_("Another photo is asked for: your showing in %(development)s"),
            N_("The one that was sent does not show enough; the reason stands on its page."),
            N_("Send it until %(answer_by_at)s, or the showing is decided without."),
        )
    },
    "client_handed_out": {
        None: Words(
            N_("A client in %(development)s is in your care"),
            N_("Reception or a channel manager handed the client to you."),
            N_("Open the file, read what is known, and make the first contact today."),
        )
    },
    "care_covered": {
        None: Words(
            N_("You cover for a colleague from %(from_on)s until %(until_on)s"),
            N_("Meanwhile what is due to the colleague's clients stands in your day, too."),
            N_("Look at your day each morning, and write down what you do."),
        )
    },
    "client_reassigned": {
        None: Words(
            N_("A client in %(development)s is in a colleague's care now"),
            N_("What you wrote down stays in the file."),
        )
    },
    "care_points_wait": {
        None: Words(
            N_("Other points for clients' grades wait for a second person"),
            N_("They suggest the grade of every client's file."),
            N_("See which files they change, then publish them or send them back."),
        )
    },
    "care_points_refused": {
        None: Words(
            N_("Your points for clients' grades were sent back"),
            N_("The reason stands on their page."),
            N_("Change them and propose them again."),
        )
    },
    "care_points_published": {
        None: Words(
            N_("Other points suggest clients' grades from now on"),
            N_("A grade that somebody set stays as it is."),
        )
    },
}
