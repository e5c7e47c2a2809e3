/* Figures over months: a line each, in percent unless `unit` says another, up to `most`. What is not known of a month is a gap. */
(function () {
  "use strict";

  window.portalPictures.tell("months", function (facts, colours, size) {
    const shades = [colours.primary, colours.accent, colours.success, colours.info, colours.warning];
    const unit = facts.unit === undefined ? "%" : facts.unit;
    return {
      grid: { left: 44, right: 16, top: 8, bottom: size.narrow ? 108 : 72 },
      legend: { bottom: 0, left: 0, textStyle: { color: colours.ink, fontSize: 14 }, selectedMode: false },
      tooltip: { trigger: "axis", valueFormatter: function (value) { return value === null || value === undefined ? "–" : value + unit; } },
      xAxis: { type: "category", data: facts.months, axisLabel: { color: colours.ink, fontSize: 13, interval: size.narrow ? 1 : 0 } },
      yAxis: {
        type: "value", min: 0, max: facts.most || 100, axisLabel: { color: colours.muted, fontSize: 13, formatter: "{value}" + unit },
        splitLine: { lineStyle: { color: colours.line } }
      },
      series: facts.lines.map(function (line, place) {
        return {
          type: "line", name: line.label, data: line.values, connectNulls: false, symbolSize: 7,
          lineStyle: { width: 2, color: shades[place], type: place % 2 ? "dashed" : "solid" }, itemStyle: { color: shades[place] }
        };
      })
    };
  });
})();
