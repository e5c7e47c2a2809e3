/* Figures over months: a line each, in percent unless `unit` says another, up to `most`. `money`: they are sums in fen.
   `short`: what stands at the axis instead of the whole name of a month. `target`: a line that all are measured by. What is
   not known of a month is a gap. */
(function () {
  "use strict";

  window.portalPictures.tell("months", function (facts, colours, size) {
    const shades = [colours.primary, colours.accent, colours.success, colours.info, colours.warning];
    const unit = facts.unit === undefined ? "%" : facts.unit;
    const said = function (value) { return facts.money ? window.portalPictures.shortMoney(value) : value + unit; };
    const rows = size.narrow ? facts.lines.length : Math.ceil(facts.lines.length * 190 / size.width);
    const target = facts.target && {
      silent: true, symbol: "none", lineStyle: { color: colours.danger, type: "dashed", width: 1 },
      label: { formatter: facts.target.label, position: "end", color: colours.ink, fontSize: 12 },
      data: [{ yAxis: facts.target.value }]
    };
    return {
      grid: { left: 4, right: target ? 44 : 16, top: 12, bottom: 20 + 26 * rows, containLabel: true },
      legend: {
        bottom: 0, left: 0, itemGap: 12, orient: size.narrow ? "vertical" : "horizontal",
        textStyle: { color: colours.ink, fontSize: 14 }, selectedMode: false
      },
      tooltip: {
        trigger: "axis",
        valueFormatter: function (value) { return value === null || value === undefined ? "–" : said(value); }
      },
      xAxis: {
        type: "category", data: facts.months, boundaryGap: false, axisTick: { show: false },
        axisLine: { lineStyle: { color: colours.line } },
        axisLabel: {
          color: colours.ink, fontSize: 12, lineHeight: 16, hideOverlap: true, interval: size.narrow ? "auto" : 0,
          formatter: function (name, place) { return facts.short ? facts.short[place] : name; }
        }
      },
      yAxis: {
        type: "value", min: 0, max: facts.most || (facts.money || unit !== "%" ? null : 100), splitNumber: 4,
        minInterval: facts.money || unit === "%" ? 0 : 1,
        axisLabel: { color: colours.muted, fontSize: 12, formatter: said }, splitLine: { lineStyle: { color: colours.line } }
      },
      series: facts.lines.map(function (line, place) {
        return {
          type: "line", name: line.label, data: line.values, connectNulls: false, symbolSize: 7,
          lineStyle: { width: 2, color: shades[place], type: place % 2 ? "dashed" : "solid" }, itemStyle: { color: shades[place] },
          markLine: place === 0 ? target : undefined
        };
      })
    };
  });
})();
