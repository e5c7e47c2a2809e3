/* The picture of the funnel: a bar a step, centred, with its number and what part of the step before it is. */
(function () {
  "use strict";

  window.portalPictures.tell("funnel", function (facts, colours, size) {
    const steps = facts.steps;
    const most = Math.max.apply(null, steps.map(function (step) { return step.value; }).concat(1));
    const room = size.narrow ? 72 : 120;
    const beside = size.narrow ? 52 : 12; // what is said beside a narrow bar reaches beyond the widest
    return {
      grid: { left: room, right: beside, top: 8, bottom: 8 },
      xAxis: { type: "value", show: false, min: -most, max: most },
      yAxis: {
        type: "category", inverse: true, data: steps.map(function (step) { return step.label; }),
        axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: colours.ink, fontSize: 14, margin: 12 }
      },
      series: [{
        type: "custom",
        encode: { x: 1, y: 0 },
        data: steps.map(function (step, place) { return [place, step.value]; }),
        tooltip: { formatter: function (hit) { return steps[hit.dataIndex].label + ": " + steps[hit.dataIndex].said; } },
        renderItem: function (hit, api) {
          const step = steps[hit.dataIndex];
          const middle = api.coord([0, hit.dataIndex]);
          const thick = Math.min(44, api.size([0, 1])[1] * 0.7);
          const width = Math.max(3, api.size([2 * step.value, 0])[0]);
          const inside = width > 150;
          return {
            type: "group",
            children: [
              { type: "rect", shape: { x: middle[0] - width / 2, y: middle[1] - thick / 2, width: width, height: thick, r: 4 },
                style: { fill: hit.dataIndex === steps.length - 1 ? colours.accent : colours.primary } },
              { type: "text", style: {
                text: step.said, x: inside ? middle[0] : middle[0] + width / 2 + 8, y: middle[1],
                align: inside ? "center" : "left", verticalAlign: "middle",
                fill: inside ? colours.surface : colours.ink, font: "14px " + colours.type } }
            ]
          };
        }
      }]
    };
  });
})();
