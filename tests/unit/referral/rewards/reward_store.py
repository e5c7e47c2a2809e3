"""A small store that writes what `settle` says, as `portal.services.rewards` does, for tests of rules 7.3 and 7.4."""

from collections.abc import Iterable
from dataclasses import replace

from referral.rewards.reward import Action, Change, Granted, RewardState


def write(granted: list[Granted], changes: Iterable[Change]) -> list[Granted]:
    store = {record.reward_id: record for record in granted}
    for change in changes:
        record, reward = change.before, change.after
        if record is None:
            assert reward is not None
            key = len(store) + 1
            told = (reward.deal_id, reward.slot, reward.rung, reward.item, reward.state, reward.due_on)
            store[key] = Granted(key, *told, told_nth=reward.why.nth)
            continue
        written: dict[str, object] = {}
        match change.action:
            case Action.RERANK | Action.RESCHEDULE:
                assert reward is not None
                written = {"rung": reward.rung, "item": reward.item, "state": reward.state, "due_on": reward.due_on}
                written["told_nth"] = reward.why.nth
            case Action.RETELL:
                assert reward is not None
                written = {"told_nth": reward.why.nth}
            case Action.REVOKE:
                written = {"state": RewardState.REVOKED}
            case Action.REVIEW:
                written = {"in_review": True, "reviewed_rung": reward.rung if reward else 0}
            case Action.CLOSE_REVIEW:
                written = {"in_review": False, "reviewed_rung": None}
        store[record.reward_id] = replace(record, **written)
    return list(store.values())
