/* Pictures by ECharts. A page puts the facts of a picture beside its table, as JSON in an attribute:

     <div class="picture with-script" role="img" aria-label="…" data-picture='{"kind": "waterfall", …}'></div>

   Another kind is told by a script of its own that is loaded after this one:

     portalPictures.tell("funnel", function (facts, tokens, size) { return { …an ECharts option… }; });

   `tokens` are the page's colours and type, light or dark; `size` is {width, height, narrow}. Tooltips are drawn, not HTML,
   since the page's policy allows no inline style. Everything is said in the page's table too: without this script, nothing is lost. */
(function () {
  "use strict";

  const kinds = {};
  const drawn = new Map();
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function tokens() {
    const style = getComputedStyle(document.documentElement);
    const rgb = function (name) { return "rgb(" + style.getPropertyValue("--" + name + "-rgb").trim() + ")"; };
    return {
      primary: rgb("primary"), accent: rgb("accent"), success: rgb("success"), warning: rgb("warning"),
      danger: rgb("danger"), info: rgb("info"), neutral: rgb("neutral"),
      ink: style.getPropertyValue("--ink").trim(), muted: style.getPropertyValue("--muted").trim(),
      line: style.getPropertyValue("--line").trim(), surface: style.getPropertyValue("--surface").trim(),
      type: getComputedStyle(document.body).fontFamily
    };
  }

  /* A sum in fen, short enough for an axis: 1.2M, 120万. */
  function shortMoney(fen) {
    const short = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", maximumFractionDigits: 1 });
    return (fen < 0 ? "\u2212¥" : "¥") + short.format(Math.abs(fen) / 100);
  }

  function base(colours) {
    return {
      animation: !still.matches,
      animationDuration: 180,
      animationDurationUpdate: 180,
      aria: { enabled: false },
      textStyle: { fontFamily: colours.type, color: colours.ink },
      tooltip: {
        renderMode: "richText", confine: true, backgroundColor: colours.surface, borderColor: colours.line,
        textStyle: { color: colours.ink, fontFamily: colours.type, fontSize: 14 }
      }
    };
  }

  /* What has a `url` in its data leads there. A page has the same as a link, for keyboards. */
  function opened(place) {
    const chart = window.echarts.init(place);
    chart.on("click", function (hit) { if (hit.data && hit.data.url) window.location.assign(hit.data.url); });
    drawn.set(place, chart);
    return chart;
  }

  function draw(place) {
    const tell = kinds[JSON.parse(place.dataset.picture).kind];
    if (!tell) return;
    const chart = drawn.get(place) || opened(place);
    chart.resize();
    const size = { width: chart.getWidth(), height: chart.getHeight(), narrow: chart.getWidth() < 560 };
    const colours = tokens();
    chart.setOption(Object.assign(base(colours), tell(JSON.parse(place.dataset.picture), colours, size)), true);
  }

  const watcher = window.ResizeObserver && new ResizeObserver(function (entries) {
    entries.forEach(function (entry) { if (drawn.has(entry.target)) draw(entry.target); });
  });

  function drawAll() {
    drawn.forEach(function (chart, place) {
      if (place.isConnected) return;
      chart.dispose();
      drawn.delete(place);
    });
    document.querySelectorAll("[data-picture]").forEach(function (place) {
      draw(place);
      if (watcher) watcher.observe(place);
    });
  }

  /* ---- A waterfall: steps from one sum to the next, upright where there is room, lying on a phone ---------------- */

  kinds.waterfall = function (facts, colours, size) {
    const steps = facts.steps;
    const fill = { whole: colours.primary, plus: colours.success, minus: colours.danger };
    const names = {
      type: "category", inverse: size.narrow, data: steps.map(function (step) { return step.label; }),
      axisTick: { show: false }, axisLine: { lineStyle: { color: colours.line } },
      axisLabel: { color: colours.ink, interval: 0, fontSize: 12 }
    };
    const sums = {
      type: "value", splitNumber: size.narrow ? 2 : 5, axisLabel: { color: colours.muted, formatter: shortMoney },
      splitLine: { lineStyle: { color: colours.line } }
    };
    return {
      grid: { left: 8, right: 20, top: 16, bottom: 8, containLabel: true },
      xAxis: size.narrow ? sums : names,
      yAxis: size.narrow ? names : sums,
      series: [{
        type: "custom",
        dimensions: ["place", "start", "end"],
        encode: size.narrow ? { x: [1, 2], y: 0 } : { x: 0, y: [1, 2] },
        data: steps.map(function (step, place) { return [place, step.start, step.end]; }),
        tooltip: { formatter: function (hit) { return steps[hit.dataIndex].said; } },
        renderItem: function (hit, api) {
          const step = steps[hit.dataIndex];
          const from = api.coord(size.narrow ? [step.start, hit.dataIndex] : [hit.dataIndex, step.start]);
          const to = api.coord(size.narrow ? [step.end, hit.dataIndex] : [hit.dataIndex, step.end]);
          const thick = Math.min(48, (size.narrow ? api.size([0, 1])[1] : api.size([1, 0])[0]) * 0.62);
          const shape = size.narrow
            ? { x: Math.min(from[0], to[0]), y: from[1] - thick / 2, width: Math.max(2, Math.abs(to[0] - from[0])), height: thick }
            : { x: from[0] - thick / 2, y: Math.min(from[1], to[1]), width: thick, height: Math.max(2, Math.abs(to[1] - from[1])) };
          return { type: "rect", shape: shape, style: { fill: fill[step.kind] } };
        }
      }]
    };
  };

  window.portalPictures = {
    tell: function (kind, option) { kinds[kind] = option; drawAll(); },
    shortMoney: shortMoney
  };

  dark.addEventListener ? dark.addEventListener("change", drawAll) : dark.addListener(drawAll);
  document.addEventListener("htmx:afterSettle", drawAll);
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", drawAll) : drawAll();
})();
