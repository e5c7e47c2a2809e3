"""Figures as Prometheus reads them. They are few, all of them gauges, and every label is a word of ours: that needs no
library."""

from collections.abc import Iterable

from ...services.home.health import Gauge

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposed(gauges: Iterable[Gauge]) -> str:
    """The text of the figures; those of one name must come together."""
    lines, named = [], ""
    for one in gauges:
        if one.name != named:
            named = one.name
            lines += [f"# HELP {named} {one.help}.", f"# TYPE {named} gauge"]
        labels = ",".join(f'{name}="{value}"' for name, value in one.labels)
        lines.append(f"{named}{{{labels}}} {one.value:.12g}" if labels else f"{named} {one.value:.12g}")
    return "\n".join([*lines, ""])
