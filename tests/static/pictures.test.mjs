import assert from "node:assert/strict";
import { test } from "node:test";
import { page, run } from "./page.mjs";

const WATERFALL = { kind: "waterfall", steps: [
  { label: "Earned", kind: "whole", start: 0, end: 300, said: "¥3.00" },
  { label: "Tax", kind: "minus", start: 300, end: 240, said: "−¥0.60" },
] };
const FUNNEL = { kind: "funnel", steps: [
  { label: "Scans", value: 40, said: "40" },
  { label: "Leads", value: 10, said: "10 · 25 %" },
] };

/* A page with this picture in it; what ECharts is told is in `told`. */
function drawn(facts, { width = 900, lang = "en", still = false } = {}) {
  const told = [];
  const chart = {
    on: () => {}, resize: () => {}, dispose: () => {}, getWidth: () => width, getHeight: () => 300,
    setOption: (option) => told.push(option),
  };
  const window = page("<div data-picture></div>", { lang, prepare(made) {
    made.echarts = { init: () => chart };
    made.matchMedia = (query) => ({ matches: still && query.includes("motion"), addEventListener: () => {} });
  } });
  window.document.querySelector("[data-picture]").dataset.picture = JSON.stringify(facts);
  run(window, "pictures.js");
  for (const kind of ["funnel.js", "bars.js", "months.js"]) run(window, kind);
  return { window, option: told.at(-1) };
}

for (const [lang, fen, said] of [
  ["en", 120_000_000, "¥1.2M"], ["zh-CN", 120_000_000, "¥120万"], ["en", -50_000, "\u2212¥500"], ["en", 0, "¥0"],
]) {
  test(`on an axis in ${lang} ${fen} fen are ${said}`, () => {
    assert.equal(drawn(WATERFALL, { lang }).window.portalPictures.shortMoney(fen), said);
  });
}

test("a waterfall stands where there is room, and lies on a phone", () => {
  const wide = drawn(WATERFALL).option;
  assert.deepEqual([wide.xAxis.type, wide.yAxis.type], ["category", "value"]);
  const narrow = drawn(WATERFALL, { width: 320 }).option;
  assert.deepEqual([narrow.xAxis.type, narrow.yAxis.type], ["value", "category"]);
});

test("a step of a waterfall is drawn from where it begins to where it ends, whichever is higher", () => {
  const { option } = drawn(WATERFALL);
  const place = { coord: ([x, y]) => [100 * x, 300 - y], size: () => [100, 0] };
  const { shape } = option.series[0].renderItem({ dataIndex: 1 }, place);
  assert.deepEqual([shape.y, shape.height], [0, 60]);
});

test("who wants no motion gets none", () => {
  const { animation, animationDuration, animationDurationUpdate } = drawn(WATERFALL).option;
  assert.deepEqual([animation, animationDuration < 200, animationDurationUpdate < 200], [true, true, true]);
  assert.equal(drawn(WATERFALL, { still: true }).option.animation, false);
});

test("a funnel's bars are measured by its widest step, and a thin one has its words beside it", () => {
  const { option } = drawn(FUNNEL);
  assert.deepEqual([option.xAxis.min, option.xAxis.max], [-40, 40]);
  const place = { coord: ([, y]) => [400, 50 * y], size: ([x]) => [10 * x, 50] };
  const [bar, words] = option.series[0].renderItem({ dataIndex: 0 }, place).children;
  assert.deepEqual([bar.shape.x, bar.shape.width, words.style.align], [0, 800, "center"]);
  option.series[0].data[1] = [1, 1];
  const thin = { ...place, size: ([x]) => [2 * x, 50] };
  assert.equal(option.series[0].renderItem({ dataIndex: 1 }, thin).children[1].style.align, "left");
});

test("a funnel of nothing divides by nothing", () => {
  const { option } = drawn({ kind: "funnel", steps: [{ label: "Scans", value: 0, said: "0" }] });
  assert.equal(option.xAxis.max, 1);
});

const BARS = { kind: "bars", labels: ["A", "B"], target: { value: 100, label: "Target" }, series: [
  { label: "Nov", values: [120, null] }, { label: "Oct", values: [80, 90], before: true },
] };

test("bars stand where there is room and lie on a phone, and one line measures them all", () => {
  const wide = drawn(BARS).option;
  assert.deepEqual([wide.xAxis.type, wide.series[0].markLine.data[0].yAxis], ["category", 100]);
  const narrow = drawn(BARS, { width: 320 }).option;
  assert.deepEqual([narrow.yAxis.type, narrow.series[0].markLine.data[0].xAxis], ["category", 100]);
  assert.deepEqual([wide.series[1].markLine, wide.series[0].stack, wide.tooltip.valueFormatter(null)], [undefined, undefined, "–"]);
  assert.equal(drawn({ ...BARS, target: undefined, stacked: true }).option.series[1].stack, "all");
});

test("months have short names at the axis, percent unless they say another unit, and sums in money", () => {
  const facts = { kind: "months", months: ["Dec 2025", "Jan 2026"], short: ["Dec\n2025", "Jan"], lines: [{ label: "All", values: [1, null] }] };
  const share = drawn(facts).option;
  assert.deepEqual([share.yAxis.max, share.xAxis.axisLabel.formatter("Jan 2026", 1)], [100, "Jan"]);
  assert.deepEqual([share.tooltip.valueFormatter(3), share.tooltip.valueFormatter(undefined)], ["3%", "–"]);
  const sums = drawn({ ...facts, money: true, unit: "" }, { width: 320 }).option;
  assert.deepEqual([sums.yAxis.max, sums.tooltip.valueFormatter(120_000_000)], [null, "¥1.2M"]);
});
