// Drawing with Chart.js: its settings, the band of min and max, the crosshair, the colours.

import { moment, quantity, tick } from "./format.js";
import { timeTicks } from "./range.js";

const PALETTE = ["blue", "peach", "green", "mauve", "teal", "red", "yellow", "sky"];
const DASHES = [[], [6, 3], [2, 2], [9, 3, 2, 3], [4, 4], [12, 3], [1, 3], [6, 2, 1, 2]];
let loading = null;

/** Load Chart.js, once, when the first chart is needed. */
export function loadChart() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../vendor/chart.js", import.meta.url);
    script.onload = () => resolve(globalThis.Chart);
    script.onerror = () => {
      loading = null;
      reject(new Error("Chart.js could not be loaded"));
    };
    document.head.append(script);
  });
  return loading;
}

/** The theme's colours as they are now. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    lines: PALETTE.map((name) => of(`line-${name}`) || of(name)),
    text: of("dim"), grid: of("surface0"), cross: of("edge"), base: of("base"),
  };
}

/** The dash of the line of this place: no two of 64 have the same colour and the same dash. */
export function dash(index) {
  return DASHES[(index + Math.floor(index / PALETTE.length)) % DASHES.length];
}

/** The settings of a chart; ``panel`` says what it shows: unit, ceiling, cross, selection. */
export function settings(panel) {
  return {
    type: "line",
    data: { datasets: [] },
    plugins: [band, crosshair],
    options: {
      animation: false, responsive: true, maintainAspectRatio: false, parsing: false,
      normalized: true, spanGaps: false, events: [], panel, devicePixelRatio: undefined,
      layout: { autoPadding: false, padding: { top: 16, right: 18 } },
      elements: { point: { radius: 0 }, line: { borderWidth: 1.5, tension: 0 } },
      plugins: { legend: { display: false }, tooltip: { enabled: false }, decimation: { enabled: false } },
      scales: { x: xAxis(), y: yAxis(panel) },
    },
  };
}

const font = { family: "ui-monospace, 'DejaVu Sans Mono', monospace", size: 11 };

function xAxis() {
  return {
    type: "linear", bounds: "data", offset: false,
    border: { display: false }, grid: { tickLength: 4 },
    afterBuildTicks(axis) {
      const { times, step } = timeTicks(axis.min, axis.max, Math.max(2, axis.width / 90));
      axis.tickStep = step;
      axis.ticks = times.map((value) => ({ value }));
    },
    ticks: {
      font, maxRotation: 0, autoSkip: false,
      callback(value) { return tick(value, this.tickStep); },
    },
  };
}

function yAxis(panel) {
  return {
    type: "linear", beginAtZero: panel.unit !== "°C", border: { display: false },
    // Before Chart.js rounds them, which would leave a third of the height empty.
    afterDataLimits(axis) { axis.reach = [axis.min, axis.max]; },
    afterBuildTicks(axis) {
      const { ticks, top } = valueTicks(...axis.reach, panel);
      axis.ticks = ticks.map((value) => ({ value }));
      axis.max = top;
      axis.min = Math.min(axis.min, ticks[0]);
    },
    // The same width in every chart, so that a time stands at the same place in all of them.
    afterFit(axis) { axis.width = 72; },
    ticks: { font, maxTicksLimit: 5, callback: (value) => quantity(value, panel.unit) },
  };
}

/** Round values between two, and where the axis ends: for bytes round means a power of two. */
function valueTicks(low, high, { unit, whole }) {
  const base = unit.startsWith("B") ? 1024 : 10;
  const least = Math.max((high - low || 1) / 4, whole ? 1 : 0);
  const power = base ** Math.floor(Math.log(least) / Math.log(base));
  const rounds = base === 10 ? [1, 2, 2.5, 5, 10] : [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
  const step = power * (rounds.find((each) => each * power >= least * 0.999) ?? base);
  const ticks = [];
  for (let at = Math.floor(low / step) * step; at < high + step * 0.999; at += step) {
    ticks.push(Number(at.toPrecision(12)));
  }
  return { ticks, top: Math.max(high, ticks.at(-1)) };
}

/** Behind the lines: from the least to the largest value that each point stands for. */
const band = {
  id: "band",
  beforeDatasetsDraw(chart) {
    const { ctx, chartArea: area, scales: { x, y } } = chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(area.left, area.top, area.width, area.height);
    ctx.clip();
    chart.data.datasets.forEach((dataset, index) => {
      if (!dataset.banded || !chart.isDatasetVisible(index)) return;
      ctx.fillStyle = dataset.borderColor;
      ctx.globalAlpha = dataset.faded ? 0.06 : 0.22;
      for (const run of runs(dataset.data)) fillBand(ctx, run, x, y);
    });
    ctx.restore();
  },
};

function runs(points) {
  const found = [[]];
  for (const point of points) {
    if (point.y === null) found.push([]);
    else found.at(-1).push(point);
  }
  return found.filter((run) => run.length > 1);
}

function fillBand(ctx, run, x, y) {
  ctx.beginPath();
  for (const point of run) ctx.lineTo(x.getPixelForValue(point.x), y.getPixelForValue(point.max));
  for (const point of run.toReversed()) {
    ctx.lineTo(x.getPixelForValue(point.x), y.getPixelForValue(point.min));
  }
  ctx.closePath();
  ctx.fill();
}

/** Over the lines: the shared time with the values there, and what is being selected. */
const crosshair = {
  id: "crosshair",
  afterDraw(chart) {
    const { panel } = chart.config.options;
    const { ctx, chartArea: area, scales: { x, y } } = chart;
    const { time, selection } = panel.cross;
    ctx.save();
    if (selection) {
      const [from, to] = selection.map((at) => x.getPixelForValue(at));
      ctx.fillStyle = panel.colours.cross;
      ctx.globalAlpha = 0.25;
      ctx.fillRect(from, area.top, to - from, area.height);
      ctx.globalAlpha = 1;
    }
    if (time !== null && time >= x.min && time <= x.max) {
      drawCross(ctx, area, x.getPixelForValue(time), panel, time);
      for (const dot of panel.dots(time)) drawDot(ctx, x, y, area, dot, panel);
    }
    ctx.restore();
  },
};

function drawCross(ctx, area, at, panel, time) {
  ctx.strokeStyle = panel.colours.cross;
  ctx.setLineDash([2, 2]);
  ctx.beginPath();
  ctx.moveTo(Math.round(at) + 0.5, area.top);
  ctx.lineTo(Math.round(at) + 0.5, area.bottom);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.font = `11px ${font.family}`;
  ctx.fillStyle = panel.colours.text;
  ctx.textBaseline = "bottom";
  const text = moment(time);
  const width = ctx.measureText(text).width;
  const left = Math.min(Math.max(at - width / 2, area.left), area.right - width);
  ctx.fillText(text, left, area.top - 3);
}

function drawDot(ctx, x, y, area, { point, colour }, panel) {
  const [px, py] = [x.getPixelForValue(point[0]), y.getPixelForValue(point[3])];
  if (px < area.left - 1 || px > area.right + 1) return;
  ctx.beginPath();
  ctx.arc(px, py, 3, 0, 2 * Math.PI);
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.strokeStyle = panel.colours.base;
  ctx.stroke();
}
