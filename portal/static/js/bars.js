/* Bars side by side, or one on the other where `stacked`; upright where there is room, lying on a phone. `target`: a line
   that all are measured by, with its words. `money`: they are sums in fen. What is not known has no bar. */
(function () {
  "use strict";

  window.portalPictures.tell("bars", function (facts, colours, size) {
    const shades = [colours.primary, colours.accent, colours.success, colours.info, colours.warning];
    const lying = size.narrow;
    const said = function (value) {
      if (value === null || value === undefined) return "–";
      return facts.money ? window.portalPictures.shortMoney(value) : String(value);
    };
    const names = {
      type: "category", data: facts.labels, inverse: lying, axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: {
        color: colours.ink, fontSize: 12, interval: 0, overflow: "break",
        width: lying ? Math.min(120, size.width * 0.34) : Math.max(48, size.width / (facts.labels.length + 1) - 8)
      }
    };
    const values = {
      type: "value", min: 0, splitNumber: lying ? 3 : 4, minInterval: facts.money ? 0 : 1,
      axisLabel: { color: colours.muted, fontSize: 12, formatter: said }, splitLine: { lineStyle: { color: colours.line } }
    };
    const line = facts.target && {
      silent: true, symbol: "none", lineStyle: { color: colours.danger, type: "dashed", width: 2 },
      label: { formatter: facts.target.label, color: colours.ink, fontSize: 12, position: lying ? "start" : "insideEndTop" },
      data: [lying ? { xAxis: facts.target.value } : { yAxis: facts.target.value }]
    };
    return {
      grid: { left: 4, right: 24, top: 24, bottom: lying && line ? 64 : 44, containLabel: true },
      legend: { bottom: 0, left: 0, textStyle: { color: colours.ink, fontSize: 14 }, selectedMode: false },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: said },
      xAxis: lying ? values : names,
      yAxis: lying ? names : values,
      series: facts.series.map(function (one, place) {
        return {
          type: "bar", name: one.label, data: one.values, stack: facts.stacked ? "all" : undefined, barMaxWidth: 36,
          itemStyle: { color: shades[place], opacity: one.before ? 0.45 : 1 }, markLine: place === 0 ? line : undefined
        };
      })
    };
  });
})();
