"""The pages: the only room that knows HTTP.

A room of pages is a package; small ones have `routes.py` and `forms.py`, larger ones a module a page. A route asks
the form, calls one service, and shows a page or redirects. Every route names its permission (`guard.guard`) or says
that it is public. What several rooms say stands in `words`; what forms, lists, files and answers are made of, in
folders of these names.
"""

from flask import Blueprint

from .account_safety.alarms import bp as alarms
from .account_safety.factor_resets import bp as factor_resets
from .adjustments.routes import bp as adjustments
from .admin.routes import bp as admin
from .aftercare.complaints import bp as complaints
from .aftercare.owners import bp as owners
from .aftercare.public_pages import bp as owner_pages
from .agency.partnership import bp as partnership
from .agency.records import bp as broker_records
from .agency.routes import bp as agency
from .arrivals.routes import bp as arrivals
from .arrivals.scanning import bp as scanning
from .arrivals.site_code import bp as site_code
from .auth.routes import bp as auth
from .auth.second import bp as second_factor
from .bank_details.routes import bp as bank_details
from .benefits.routes import bp as benefits
from .care.doing import bp as doing
from .care.handing import bp as care_team
from .care.routes import bp as care
from .care.tours import bp as tours
from .care_files.entries import bp as care_entries
from .care_files.lists_in import bp as care_lists
from .care_files.points import bp as care_points
from .care_files.routes import bp as care_files
from .care_files.tags import bp as care_tags
from .care_measures.routes import bp as care_measures
from .care_plans.routes import bp as care_plans
from .care_texts.lists import bp as kept_lists
from .care_texts.routes import bp as care_texts
from .conflicts.objecting import bp as objections
from .conflicts.routes import bp as conflicts
from .deals.corrections import bp as corrections
from .deals.proposals import bp as correction_proposals
from .deals.routes import bp as deals
from .disputes.routes import bp as disputes
from .earnings.routes import bp as earnings
from .employees.routes import bp as employees
from .erasure.public_pages import bp as erasure_page
from .erasure.routes import bp as erasure
from .exports.routes import bp as exports
from .faces.confirming import bp as enrolments
from .faces.routes import bp as faces
from .gatherings.cards import bp as guest_cards
from .gatherings.receiving import bp as receiving
from .gatherings.routes import bp as gatherings
from .graph.routes import bp as graph
from .hand_overs.routes import bp as hand_overs
from .health.routes import bp as health
from .help.routes import bp as help_pages
from .home.routes import bp as home
from .imports.routes import bp as imports
from .inbox.routes import bp as inbox
from .invoices.routes import bp as invoices
from .joining.invitations import bp as invitations
from .joining.invited import bp as invited
from .joining.public_pages import bp as joining_desk
from .joining.routes import bp as joining
from .landing.landing import bp as landing
from .landing.phone_proof import bp as phone_proof
from .landing.pictures import bp as landing_pictures
from .landing.stand import bp as stand
from .landing.work_mail import bp as work_mail
from .landing_content.content import bp as landing_content
from .landing_content.preview import bp as landing_preview
from .language.routes import bp as language
from .ledger.routes import bp as ledger
from .loans.links import bp as client_links
from .loans.routes import bp as loans
from .loans.terms import bp as loan_terms
from .measures.agencies import bp as agency_measures
from .measures.boards import bp as measure_boards
from .measures.buildings import bp as sales_progress
from .measures.channels import bp as channel_measures
from .measures.cohort_rows import bp as cohort_rows
from .measures.entries import bp as measure_entries
from .measures.mine import bp as my_measures
from .measures.routes import bp as measures
from .measures.seals import bp as measure_seals
from .my_referral.another import bp as another
from .my_referral.friends import bp as friends
from .my_referral.my_code import bp as my_code
from .my_referral.poster import bp as poster
from .my_referral.rewards import bp as rewards
from .not_bought.routes import bp as not_bought
from .notifications.routes import bp as notifications
from .notifications.settings import bp as notice_settings
from .notifications.settings import doors as notice_links
from .notifications.texts import bp as notice_texts
from .partner_api.calls import bp as api_calls
from .partner_api.keys import bp as api_keys
from .partner_api.problems import bp as problems
from .partners.routes import bp as partners
from .payouts.answers import bp as bank_answers
from .payouts.batches import bp as batches
from .payouts.queue import bp as payout_queue
from .payouts.routes import bp as payouts
from .penalties.appeals import bp as appeals
from .penalties.routes import bp as penalties
from .periods.routes import bp as periods
from .plans.drafts import bp as drafts
from .plans.routes import bp as plans
from .posters.batches import bp as poster_batches
from .posters.designs import bp as designs
from .posters.looks import bp as looks
from .posters.of_referrers import bp as referrer_posters
from .posters.own_lines import bp as own_lines
from .privacy.opt_out import bp as opt_out
from .privacy.privacy_notice import bp as privacy_notice
from .privacy.routes import bp as privacy
from .privacy.subjects import bp as subjects
from .programmes.routes import bp as programmes
from .programmes.stands import bp as stands
from .promises.routes import bp as promises
from .provider_sign_in.routes import bp as provider_sign_in
from .provider_sign_in.scim import bp as scim
from .provider_sign_in.stand_in import bp as provider_stand_in
from .receipts.routes import bp as receipts
from .referrers.funnel import bp as funnel
from .referrers.lead_care import bp as lead_care
from .referrers.referrers import bp as referrers
from .registrations.endings import bp as endings
from .registrations.numbers import bp as numbers
from .registrations.pasting import bp as pasting
from .registrations.routes import bp as registrations
from .reward_plans.drafts import bp as reward_drafts
from .reward_plans.routes import bp as reward_plans
from .reward_queue.handing_out import bp as handing_out
from .reward_queue.queue import bp as reward_queue
from .risk.limits import bp as risk_limits
from .risk.questions import bp as questions
from .risk.routes import bp as risk
from .robots.routes import bp as robots
from .robots.stand_in import bp as wecom_stand_in
from .rule_profiles.routes import bp as rule_profiles
from .second_factors.routes import bp as factors
from .second_factors.step_up import bp as step_up
from .showings.camera import bp as camera
from .showings.camera import tablet
from .showings.faceless import bp as faceless
from .showings.review import bp as reviews
from .showings.routes import bp as showings
from .slots.booking import bp as slots
from .slots.days import bp as slot_days
from .slots.hours import bp as slot_hours
from .slots.passes import bp as slot_passes
from .statements.routes import bp as statements
from .taxes.drafts import bp as tax_table_drafts
from .taxes.routes import bp as taxes
from .vouchers.own import bp as my_vouchers
from .vouchers.redeeming import bp as redeeming
from .vouchers.routes import bp as vouchers
from .walk_ins.routes import bp as walk_ins
from .webhooks.deliveries import bp as webhook_deliveries
from .webhooks.endpoints import bp as webhooks
from .webhooks.public_keys import bp as webhook_keys
from .webhooks.stand_in import bp as webhook_stand_in
from .wechat.routes import bp as wechat
from .what_if.judgements import bp as judgements
from .what_if.routes import bp as what_if
from .withdrawals.routes import bp as withdrawals

ROOMS: tuple[Blueprint, ...] = (
    adjustments,
    admin,
    agency,
    alarms,
    api_calls,
    api_keys,
    webhooks,
    webhook_deliveries,
    webhook_keys,
    webhook_stand_in,
    appeals,
    arrivals,
    auth,
    bank_answers,
    bank_details,
    batches,
    broker_records,
    benefits,
    provider_sign_in,
    scim,
    provider_stand_in,
    camera,
    care,
    care_entries,
    care_files,
    care_measures,
    care_team,
    complaints,
    owners,
    owner_pages,
    gatherings,
    receiving,
    guest_cards,
    doing,
    care_lists,
    care_points,
    care_tags,
    care_plans,
    care_texts,
    kept_lists,
    not_bought,
    conflicts,
    objections,
    questions,
    risk,
    risk_limits,
    correction_proposals,
    corrections,
    deals,
    designs,
    drafts,
    disputes,
    earnings,
    employees,
    factor_resets,
    factors,
    faceless,
    faces,
    enrolments,
    friends,
    funnel,
    graph,
    hand_overs,
    handing_out,
    health,
    help_pages,
    home,
    imports,
    inbox,
    invitations,
    invited,
    invoices,
    joining,
    joining_desk,
    landing,
    landing_content,
    landing_pictures,
    landing_preview,
    language,
    ledger,
    loans,
    loan_terms,
    measures,
    agency_measures,
    channel_measures,
    cohort_rows,
    my_measures,
    sales_progress,
    measure_boards,
    measure_entries,
    measure_seals,
    client_links,
    tours,
    promises,
    looks,
    own_lines,
    my_code,
    another,
    opt_out,
    privacy_notice,
    erasure_page,
    my_vouchers,
    notice_links,
    notice_settings,
    notice_texts,
    notifications,
    partners,
    partnership,
    endings,
    numbers,
    pasting,
    payout_queue,
    payouts,
    penalties,
    periods,
    plans,
    poster,
    poster_batches,
    privacy,
    problems,
    erasure,
    exports,
    programmes,
    stands,
    receipts,
    redeeming,
    referrer_posters,
    referrers,
    registrations,
    reviews,
    reward_queue,
    reward_drafts,
    reward_plans,
    rewards,
    robots,
    wecom_stand_in,
    scanning,
    second_factor,
    showings,
    site_code,
    stand,
    slot_days,
    slot_hours,
    slot_passes,
    slots,
    statements,
    step_up,
    rule_profiles,
    tax_table_drafts,
    taxes,
    subjects,
    tablet,
    vouchers,
    walk_ins,
    wechat,
    judgements,
    what_if,
    withdrawals,
    lead_care,
    phone_proof,
    work_mail,
)
"""Every room of pages; `portal.app` opens them."""
