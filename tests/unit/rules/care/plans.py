"""Plans and clients for properties: any that make sense."""

from datetime import UTC, date, datetime, time

from hypothesis import strategies as st

from portal.rules.care.due import Facts
from portal.rules.care.plan import MAD, Cadence, Channel, Clients, Day, Grade, Limits, Mark, Plan, Stage, Step
from portal.rules.care.span import Span

spans = st.one_of(
    st.builds(Span, st.integers(1, 90), st.just("day")),
    st.builds(Span, st.integers(1, 12), st.sampled_from(["week", "month"])),
    st.builds(Span, st.integers(5, 9), st.sampled_from(["day", "week"]), st.integers(1, 5)),
)
cared = st.sampled_from([stage for stage in Stage if stage is not Stage.LOST])
whens = st.one_of(
    st.fixed_dictionaries({"day": st.integers(1, 400)}),
    st.fixed_dictionaries({"every": spans}, optional={"since": spans}),
    st.fixed_dictionaries({"before": st.sampled_from(Day), "days": st.integers(0, 120)}),
    st.fixed_dictionaries({"on": st.sampled_from(Day)}),
)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).map(str.strip).filter(bool)


@st.composite
def steps(draw: st.DrawFn) -> tuple[Step, ...]:
    return tuple(
        Step(
            f"step_{number}",
            draw(cared),
            draw(st.sampled_from(Channel)),
            draw(texts),
            draw(texts),
            until=draw(st.none() | spans),
            clients=draw(st.sampled_from(Clients)),
            **draw(whens),
        )
        for number in range(draw(st.integers(0, 6)))
    )


cadences = st.lists(
    st.builds(Cadence, st.sampled_from(Mark), st.sampled_from(Channel), spans),
    max_size=6,
    unique_by=lambda one: (one.mark, one.channel),
).map(tuple)
limits = st.builds(Limits, st.integers(0, 3), st.integers(0, 3), st.just(time(21)), st.just(time(8)))
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
plans = st.builds(
    Plan,
    name=texts,
    cadences=cadences,
    steps=steps(),
    limits=limits,
    clock=st.sampled_from([time(8), time(9), time(20, 59)]),
    early_days=st.integers(0, 20),
    remind_days=st.integers(1, 40),
    silent_days=st.integers(41, 90),
    holidays=st.frozensets(days, max_size=5),
)
instants = st.datetimes(datetime(2025, 6, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
facts = st.builds(
    Facts,
    client_id=st.sampled_from(["a", "b", "c"]),
    stage=st.sampled_from(Stage),
    stage_at=instants,
    grade=st.none() | st.sampled_from(Grade),
    marks=st.lists(st.sampled_from(MAD), unique=True).map(tuple),
    last=st.dictionaries(st.sampled_from([channel for channel in Channel if channel is not Channel.ANY]), instants),
    opted_out=st.booleans(),
    calls_today=st.integers(0, 3),
    texts_today=st.integers(0, 3),
    yuan=st.sampled_from([0, 4_999_999, 5_000_000]),
    days=st.dictionaries(st.sampled_from(Day), days),
)
