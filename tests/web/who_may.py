"""Who may go where, said a second time: the walk over all routes holds it against the guards.

A new page adds its endpoint to WHO_MAY or, with a reason, to PUBLIC.
"""

from portal.access.permissions import Permission as P

PUBLIC = """
    webhook_keys.show webhook_stand_in.index webhook_stand_in.receive webhook_stand_in.behave webhook_stand_in.know
    api.openapi api.reference api.sandbox_photo problems.index problems.show
    api.api_batches.createRegistrations
    api.api_brokers.listBrokers api.api_developments.listDevelopments api.api_developments.readDevelopment
    api.api_deals.listDeals api.api_deals.readDeal api.api_events.listEvents api.api_events.triggerEvent
    api.api_statements.acceptStatement api.api_statements.listStatementLines api.api_statements.listStatements
    api.api_statements.readStatement
    api.api_agreements.listAgreements api.api_agreements.listPlans api.api_agreements.readAgreement
    api.api_agreements.readPlan api.api_brokers.closeBroker api.api_brokers.openBroker
    api.api_conflicts.askSecondLook api.api_conflicts.listConflicts api.api_conflicts.object
    api.api_conflicts.readConflict api.api_strikes.appeal api.api_strikes.listAppeals api.api_strikes.listStrikes
    api.api_strikes.readStrike api.api_invoices.listInvoices api.api_invoices.sendInvoice
    api.api_disputes.disputeLine api.api_disputes.listDisputes api.api_disputes.readDispute
    api.api_disputes.withdrawDispute api.api_payouts.listPayouts api.api_payouts.readPayout
    api.api_registrations.createRegistration
    api.api_registrations.listRegistrations api.api_registrations.readRegistration
    api.api_registrations.releaseRegistration
    api.api_visits.bookVisit api.api_visits.cancelVisit api.api_visits.listSlots api.api_visits.readVisit
    api.api_proving.beginCapture api.api_proving.completeNumber api.api_proving.scanSiteCode
    api.api_proving.sendVisitCode api.api_proving.turnCapture
    api.api_showings.createShowing api.api_showings.listShowings api.api_showings.readShowing
    auth.forgotten auth.sign_in auth.welcome second_factor.ask second_factor.lost second_factor.passkey
    provider_sign_in.back provider_sign_in.begin provider_stand_in.choose provider_stand_in.choose_in_wechat
    provider_stand_in.index provider_stand_in.wechat
    scim.abilities scim.change scim.user scim.users
    client_links.confirm client_links.show tours.tour
    health.alive health.content_report health.metrics health.ready health.security_contact health.style
    erasure_page.begin erasure_page.finish erasure_page.result erasure_page.result_json
    opt_out.begin opt_out.done opt_out.finish privacy_notice.show
    landing.card landing.leave landing.opt_out landing.prove landing.show landing.thanks landing.thanks_for
    landing.type_code landing.view landing_pictures.picture landing_pictures.plan
    help.accessibility help.icon help.manifest
    inbox.inbound inbox.index inbox.report inbox.reports inbox.stop
    wechat.away wechat.config wechat.following wechat.index wechat.told
    invited.decline invited.show joining.again joining.begin joining.finish
    language.switch
    notice_links.confirm notice_links.stop notifications.bell
    phone_proof.again phone_proof.show
    my_vouchers.gift my_vouchers.gift_link_picture my_vouchers.gift_picture
    guest_cards.picture guest_cards.show owner_pages.complaint owner_pages.home owner_pages.poster owner_pages.survey
    receipts.public_key receipts.verify receipts.verify_json slot_passes.picture slot_passes.show
    stand.show stand.take
    withdrawals.show withdrawals.withdraw
    wecom_stand_in.away wecom_stand_in.index wecom_stand_in.let_in wecom_stand_in.sight wecom_stand_in.take_out
    work_mail.confirm work_mail.show
"""
"""Where anybody may go: to sign in, to be asked whether one lives, to leave a number, to verify a receipt, to withdraw
a consent by a signed link; for the employer's system of accounts, which shows its token; and, in development only, to
read texts that were not sent and to ask the stand-ins of WeChat, of WeCom and of the employer's provider. What is
below `api.api_` asks for an agency's key (tests/api/)."""

WHO_MAY: dict[P, str] = {
    P.OWN_PROFILE: """
        provider_sign_in.part provider_sign_in.tie
        step_up.passkey factors.index factors.new_app factors.new_passkey factors.passkey_options factors.recovery
        alarms.begin factors.remove factor_resets.refuse factor_resets.show factor_resets.stop
        exports.edit exports.end exports.index exports.new exports.pause exports.resume exports.run exports.show
        exports.take
        factors.rename home.index auth.end_other_sessions auth.end_session auth.password auth.profile auth.sign_out
        help.guide help.index notice_settings.forget notice_settings.mail notice_settings.show notice_settings.test
        notifications.follow notifications.index notifications.of_event notifications.read notifications.read_all
    """,
    P.SERVE_OWNERS: """
        complaints.ask complaints.download complaints.index complaints.show complaints.take_step
        owners.ask owners.complain owners.describe owners.index owners.offer_poster owners.plan owners.show
    """,
    P.READ_CARE_MEASURES: "care_measures.download care_measures.index",
    P.READ_MEASURES: """
        agency_measures.download agency_measures.index cohort_rows.download cohort_rows.index
        channel_measures.download channel_measures.index channel_measures.rows channel_measures.rows_file
        sales_progress.download sales_progress.index
        measures.download measures.figure measures.figure_file measures.index measure_boards.given
        measure_boards.index measure_boards.show measure_boards.text measure_entries.index measure_seals.index
        measure_seals.show
    """,
    P.ENTER_MEASURES: "measure_entries.new measure_entries.take measure_entries.template measure_entries.upload",
    P.PROPOSE_MEASURES: """
        measure_boards.end measure_boards.new measure_boards.withdraw measure_seals.propose measure_seals.withdraw
    """,
    P.CONFIRM_MEASURES: """
        measure_boards.confirm measure_boards.refuse measure_seals.confirm measure_seals.refuse
    """,
    P.HOLD_GATHERINGS: "gatherings.cancel gatherings.edit gatherings.invite gatherings.new",
    P.RECEIVE_GUESTS: """
        gatherings.download gatherings.index gatherings.show
        receiving.look_up receiving.receive receiving.show receiving.still
    """,
    P.CARE_FOR_CLIENTS: """
        care.index care.open_registered doing.call doing.correct doing.do doing.not_made doing.send doing.undo
        care_files.board care_files.download care_files.index care_files.reveal care_files.show
        care_files.silent care_entries.days care_entries.grade care_entries.lost care_entries.needs care_entries.put_tag
        care_entries.revive care_entries.seen care_entries.take_tag care_entries.unseen care_lists.index care_lists.new
        care_lists.take care_tags.index
        not_bought.correct not_bought.help_with not_bought.index not_bought.rows not_bought.rows_file not_bought.say
        not_bought.to_say
    """,
    P.READ_CARE_PLANS: """
        care_plans.compare care_plans.download care_plans.given care_plans.given_file care_plans.index care_plans.show
        care_plans.try_out
    """,
    P.PROPOSE_CARE_PLAN: "care_plans.end care_plans.new care_plans.withdraw",
    P.PUBLISH_CARE_PLAN: "care_plans.confirm care_plans.refuse",
    P.READ_CARE_TEXTS: "care_texts.index care_texts.proposals care_texts.show care_texts.version",
    P.WRITE_CARE_TEXT: "care_texts.new care_texts.withdraw",
    P.REVIEW_CARE_TEXT: "care_texts.confirm care_texts.refuse care_texts.retire",
    P.KEEP_CARE_FILES: "care.new",
    P.LEAD_CARE: """
        complaints.close care_files.download_numbers care_tags.merge care_tags.part care_tags.rename
        care_team.back care_team.choose care_team.leave care_team.reassign care_team.stand care_team.team
        kept_lists.index kept_lists.keep_link kept_lists.keep_shares kept_lists.keep_words care_plans.try_out_file
    """,
    P.PUBLISH_CARE_POINTS: """
        care_points.confirm care_points.index care_points.new care_points.refuse care_points.show care_points.text
        care_points.withdraw
    """,
    P.READ_LOANS: """
        loan_terms.index loan_terms.show loan_terms.text loans.download loans.index loans.show loans.signing
    """,
    P.KEEP_LOANS: """
        loans.agree loans.begin loans.bring loans.correct loans.link loans.miss loans.note loans.record loans.revoke
        loans.settle
    """,
    P.PROPOSE_LOAN_TERMS: "loan_terms.new loan_terms.withdraw",
    P.PUBLISH_LOAN_TERMS: "loan_terms.confirm loan_terms.refuse",
    P.READ_PROMISES: "promises.download promises.index promises.show",
    P.MAKE_PROMISE: """
        loans.accept promises.confirmed promises.link promises.new promises.revoke promises.withdraw
    """,
    P.ALLOW_PROMISE: "promises.allow promises.refuse",
    P.KEEP_PROMISE: "promises.keep",
    P.HAND_OUT_CLIENTS: "care_team.give care_team.waiting",
    P.HAND_OVER: "hand_overs.hand_over hand_overs.index hand_overs.show",
    P.READ_NOTICE_TEXTS: "notice_texts.index notice_texts.mail notice_texts.send notice_texts.show",
    P.MANAGE_PEOPLE: """
        admin.account_history admin.person_propose admin.proposal admin.proposal_withdraw admin.proposals
        admin.deactivate admin.end_sessions admin.health admin.link admin.people admin.people_export admin.person
        provider_sign_in.part_for alarms.index alarms.show factor_resets.close_note factor_resets.propose
        factor_resets.withdraw
        admin.person_change admin.person_new admin.reactivate admin.reveal_phone
    """,
    P.READ_FACTOR_RESETS: "factor_resets.index",
    P.CONFIRM_FACTOR_RESET: "factor_resets.confirm",
    P.CONFIRM_ACCOUNT: "alarms.lift alarms.vouch admin.proposal_confirm admin.proposal_refuse",
    P.READ_AUDIT: "admin.audit admin.audit_export",
    P.CONFIRM_ERASURE: "erasure.confirm erasure.index erasure.send_back erasure.show",
    P.MANAGE_PRIVACY: """
        erasure.ask_client erasure.ask_person erasure.propose erasure.propose_refusal erasure.text_client
        erasure.text_person erasure.withdraw
        privacy.assessment privacy.erasures privacy.erasures_export privacy.index
        subjects.client subjects.client_file subjects.erase_client subjects.erase_person subjects.find subjects.person
        subjects.person_file
    """,
    P.MANAGE_API_KEYS: "api_keys.new api_keys.revoke api_keys.version",
    P.READ_API_KEYS: "api_calls.download api_calls.index api_keys.index api_keys.show",
    P.MANAGE_WEBHOOKS: """
        webhooks.delete webhooks.disable webhooks.edit webhooks.enable webhooks.new webhooks.renew webhooks.since
        webhooks.test webhook_deliveries.again webhook_deliveries.download
        webhook_deliveries.index webhook_deliveries.show
    """,
    P.READ_WEBHOOKS: "webhooks.index webhooks.show",
    P.MANAGE_BROKERS: """
        agency.broker agency.brokers agency.brokers_export agency.deactivate agency.invite agency.link agency.reactivate
    """,
    P.REGISTER_CLIENT: """
        my_measures.download my_measures.index
        endings.release pasting.done pasting.new pasting.take registrations.new registrations.remind registrations.undo
    """,
    P.READ_REGISTRATIONS: """
        registrations.download registrations.index registrations.receipt_picture registrations.show
    """,
    P.REVEAL_CONTACT: "registrations.reveal referrers.reveal_phone",
    P.GIVE_NUMBER: "numbers.give",
    P.SIGN_IN_WALK_IN: "walk_ins.correct walk_ins.index walk_ins.undo",
    P.CHECK_EMPLOYEE: "employees.confirm employees.lead employees.revoke",
    P.ENROL_FACE: "faces.mine faces.nonce faces.side faces.withdraw",
    P.CONFIRM_FACE: """
        enrolments.confirm enrolments.index enrolments.nonce enrolments.refuse enrolments.show enrolments.side
    """,
    P.CHECK_IN: """
        camera.begin camera.nonce camera.send camera.side faceless.check_in faceless.code faceless.send
        scanning.arrive scanning.find scanning.here scanning.scan scanning.still
        showings.at_reception showings.check_in showings.ready
        scanning.arrive scanning.here scanning.scan scanning.still
        showings.at_reception showings.check_in showings.ready slots.cancel slots.show
    """,
    P.HOST_CHECK_IN: """
        slot_days.call_off slot_days.download slot_days.index slot_days.receive slot_days.show
        site_code.picture site_code.show stands.code stands.code_picture
        tablet.begin_there tablet.nonce_there tablet.send_there
    """,
    P.READ_SHOWINGS: "showings.download showings.index showings.show withdrawals.picture",
    P.SEE_PHOTOS: "showings.photo",
    P.REVIEW_SHOWING: """
        arrivals.index arrivals.receive arrivals.still
        reviews.ask_again reviews.close_untold reviews.confirm_fake reviews.confirm_genuine
    """,
    P.READ_STRIKES: "penalties.download penalties.index",
    P.APPEAL: "appeals.new",
    P.READ_APPEALS: "appeals.picture appeals.show",
    P.DECIDE_APPEAL: "appeals.decide appeals.download appeals.index",
    P.OBJECT: "conflicts.look_again objections.new",
    P.READ_CONFLICTS: "conflicts.index conflicts.picture conflicts.show",
    P.DECIDE_CONFLICT: "conflicts.decide conflicts.withdraw objections.of_client objections.of_deal",
    P.CONFIRM_CONFLICT: "conflicts.confirm conflicts.download conflicts.refuse",
    P.READ_RISKS: """
        risk.agency risk.download risk.index risk.referrer risk.show
        risk_limits.index risk_limits.show risk_limits.download risk_limits.download_now
    """,
    P.DECIDE_RISK: "risk.ask risk.end risk_limits.new risk_limits.read risk_limits.withdraw",
    P.PUBLISH_RISK_LIMITS: "risk_limits.confirm risk_limits.refuse",
    P.ANSWER_QUESTION: "questions.answer questions.index questions.show",
    P.READ_PARTNERS: """
        partners.agencies partners.agencies_download partners.agency partners.agreement partners.agreements
        partners.agreements_download partners.development partners.developments partners.developments_download
        partners.paper
        rule_profiles.download rule_profiles.download_now rule_profiles.index rule_profiles.of_development
        rule_profiles.show
    """,
    P.MANAGE_PARTNERS: """
        partners.development_resume partners.development_stop
        rule_profiles.new rule_profiles.read rule_profiles.withdraw
        endings.extend slot_hours.close slot_hours.edit slot_hours.open_again
        bank_details.propose partners.agency_deactivate partners.agency_new partners.agency_reactivate
        landing_content.home landing_content.home_move landing_content.home_new landing_content.home_remove
        landing_content.picture landing_content.picture_file landing_content.picture_move landing_content.picture_remove
        landing_content.pictures_add landing_content.plan_file landing_content.publish landing_content.show
        landing_content.take_down landing_preview.show
        robots.remove robots.show robots.test
        looks.sample looks.show
        partners.agency_licence partners.agreement_contact partners.agreement_edit
        partners.agreement_end partners.agreement_new partners.development_edit partners.development_new
    """,
    P.READ_BROKERS: "broker_records.download broker_records.index broker_records.show risk.broker",
    P.OWN_PARTNERSHIP: """
        agency_measures.own agency_measures.own_file cohort_rows.own cohort_rows.own_file partnership.paper
        partnership.show
    """,
    P.READ_BANK_DETAILS: "bank_details.download bank_details.index bank_details.show",
    P.PROPOSE_BANK_DETAILS: "bank_details.withdraw",
    P.CONFIRM_BANK_DETAILS: "bank_details.confirm bank_details.refuse",
    P.OWN_BANK_DETAILS: "bank_details.mine bank_details.object_to",
    P.READ_PLANS: "plans.compare plans.download plans.index plans.show",
    P.PROPOSE_PLAN: """
        drafts.download drafts.index drafts.show drafts.withdraw plans.new reward_drafts.withdraw reward_plans.new
    """,
    P.PUBLISH_PLAN: "drafts.publish drafts.refuse reward_drafts.publish reward_drafts.refuse",
    P.ASK_WHAT_IF: """
        what_if.agencies_file what_if.agency what_if.cancellation what_if.deals_file what_if.index what_if.new
        what_if.show
        judgements.moves_file judgements.new judgements.profile_file judgements.show
        reward_plans.what_if reward_plans.what_if_file
    """,
    P.READ_DEALS: "deals.download deals.index deals.show ledger.evidence",
    P.RECORD_DEAL: """
        deals.cancel deals.new deals.record
        imports.confirm imports.discard imports.download imports.end imports.index imports.new imports.resume
        imports.show imports.take_refused imports.template
    """,
    P.CORRECT_DEAL: "correction_proposals.withdraw corrections.deal corrections.plan",
    P.READ_BENEFITS: "benefits.download benefits.index benefits.show",
    P.SETTLE_BENEFIT: "benefits.book benefits.decide",
    P.READ_EARNINGS: "earnings.download earnings.index earnings.line",
    P.READ_STATEMENTS: "statements.download statements.document statements.index statements.show",
    P.ISSUE_STATEMENT: """
        periods.download periods.index periods.resume periods.start
        payout_queue.failed payout_queue.request_failed
        statements.issue statements.issue_all statements.preview statements.request_payout statements.to_issue
    """,
    P.READ_DISPUTES: "disputes.download disputes.file disputes.index disputes.show",
    P.DISPUTE_LINE: "disputes.new disputes.withdraw",
    P.ACCEPT_STATEMENT: "statements.accept",
    P.ANSWER_DISPUTE: "disputes.answer",
    P.READ_ADJUSTMENTS: "adjustments.attachment adjustments.download adjustments.index adjustments.show",
    P.PROPOSE_ADJUSTMENT: "adjustments.new adjustments.withdraw",
    P.DECIDE_ADJUSTMENT: "adjustments.approve adjustments.refuse",
    P.READ_PAYOUTS: "payouts.download payouts.index payouts.show",
    P.APPROVE_PAYOUT: "payout_queue.approve payout_queue.index payouts.approve payouts.approve_anew payouts.reject",
    P.RELEASE_HOLD: "payouts.release",
    P.VOID_PAYOUT: "payouts.void",
    P.READ_INVOICES: "invoices.download invoices.index invoices.paper invoices.show",
    P.SEND_INVOICE: "invoices.new",
    P.CHECK_INVOICE: "invoices.check invoices.reject",
    P.EXPORT_PAYOUTS: """
        batches.create batches.import_result batches.index batches.new batches.rehearsal batches.show batches.take_file
    """,
    P.READ_LEDGER: """
        ledger.account ledger.block ledger.download ledger.download_account ledger.index ledger.kind_page ledger.months
        ledger.verify ledger.verify_now
    """,
    P.READ_FUNNEL: "funnel.download funnel.index graph.download graph.friend graph.index graph.referrer",
    P.OWN_POSTER: """
        another.index another.join my_code.name my_code.show own_lines.mine own_lines.withdraw poster.picture
        poster.show poster.thumbnail
    """,
    P.OWN_FRIENDS: "friends.index",
    P.OWN_REWARDS: """
        my_vouchers.index my_vouchers.picture my_vouchers.show
        rewards.certificate rewards.index rewards.offer rewards.tax
    """,
    P.APPROVE_REWARD: """
        reward_queue.approve reward_queue.download reward_queue.index reward_queue.refuse reward_queue.tax
    """,
    P.CONFIRM_BANK_ANSWER: "bank_answers.confirm bank_answers.dismiss bank_answers.index bank_answers.show",
    P.CONFIRM_CORRECTION: """
        correction_proposals.confirm correction_proposals.index correction_proposals.refuse correction_proposals.show
    """,
    P.READ_TAX: """
        tax_table_drafts.index tax_table_drafts.show taxes.certificate taxes.download taxes.index taxes.table
        taxes.table_file
    """,
    P.PROPOSE_TAX_TABLE: "tax_table_drafts.new tax_table_drafts.withdraw",
    P.PUBLISH_RULE_PROFILE: "rule_profiles.confirm rule_profiles.refuse",
    P.PUBLISH_TAX_TABLE: "tax_table_drafts.confirm tax_table_drafts.refuse",
    P.READ_REWARD_PLANS: "reward_drafts.show reward_plans.download reward_plans.index reward_plans.show",
    P.HAND_OUT_REWARD: "handing_out.approve handing_out.index handing_out.review handing_out.reviews vouchers.reissue",
    P.READ_VOUCHERS: "vouchers.download vouchers.index vouchers.show",
    P.REDEEM_VOUCHER: "redeeming.index redeeming.photo redeeming.redeem redeeming.relief redeeming.still",
    P.MANAGE_VOUCHERS: "vouchers.revoke vouchers.stock",
    P.TAKE_BILL_BACK: "vouchers.take_bill_back",
    P.CARE_FOR_LEADS: "lead_care.confirm lead_care.deny lead_care.write",
    P.READ_LEADS: "referrers.all_leads referrers.download_leads referrers.lead",
    P.MANAGE_DESIGNS: """
        designs.file designs.index designs.new designs.offer designs.picture designs.show designs.withdraw
    """,
    P.MANAGE_REFERRERS: """
        programmes.choose programmes.cost programmes.costs programmes.download programmes.download_costs
        programmes.edit programmes.end programmes.index
        employees.listing employees.take
        programmes.new programmes.poster programmes.reveal_phone stands.own_gifts programmes.show
        own_lines.approve own_lines.index own_lines.refuse own_lines.show
        poster_batches.index poster_batches.new poster_batches.show poster_batches.take
        invitations.again invitations.download invitations.index invitations.new invitations.show invitations.take
        invitations.withdraw joining_desk.index joining_desk.picture
        referrers.download referrers.index referrers.link referrers.new referrers.restore
        referrer_posters.show referrers.revoke referrers.show
    """,
}
