/**
 * Charts from `<script type="application/json" data-chart="<id of the box>">`, redrawn when the theme changes.
 *
 * The data: `kind` (combo, line, bar, ageing, funnel, donut, heat), `unit`, `x` (categories), `y` (heat: rows),
 * `head` (title of the first column of the table), `series` [{ name, data, type, c, … }], `links` (address of the
 * rows behind each category). A button `[data-table-for=<id>]` shows the same numbers as a table in `#<id>-t`.
 */
"use strict";

(() => {
  const { $, $$, enhance } = suite;
  const CYCLE = ["c1", "c2", "c5", "c6", "c4", "c3"];
  const AGEING = ["c1", "c2", "c2", "c4", "late"];
  const shown = (value) => (value === null || value === undefined ? "—" : Number(value).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 }));

  // light-dark() resolves only on an element: a probe reads a token as the colour it is now.
  const probe = document.body.appendChild(document.createElement("i"));
  probe.hidden = true;
  const token = (name) => {
    probe.style.color = `var(--su-${name})`;
    return getComputedStyle(probe).color;
  };
  const colour = (series, index) => token(series.c ?? CYCLE[index % CYCLE.length]);
  const small = (name = "ink-2") => ({ color: token(name), fontSize: 12 });
  const within = { outerBoundsMode: "same", outerBoundsContain: "axisLabel" };

  function base(data) {
    const unit = data.unit ? ` ${data.unit}` : "";
    return {
      animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      aria: { enabled: true },
      grid: { left: 4, right: 12, top: data.series.length > 1 ? 34 : 12, bottom: 2, ...within },
      legend: { show: data.series.length > 1, type: "scroll", top: 0, left: 0, itemWidth: 14, itemHeight: 8, itemGap: 16, textStyle: small() },
      tooltip: { trigger: "axis", renderMode: "richText", confine: true, backgroundColor: token("card"), borderColor: token("line"), textStyle: small("ink"), valueFormatter: (value) => shown(value) + unit },
      xAxis: { type: "category", data: data.x, axisTick: { show: false }, axisLine: { lineStyle: { color: token("line") } }, axisLabel: { ...small(), hideOverlap: true } },
      yAxis: { type: "value", splitNumber: 4, splitLine: { lineStyle: { color: token("line") } }, axisLabel: small() },
    };
  }

  function mark(line) {
    if (!line) return undefined;
    return { silent: true, symbol: "none", lineStyle: { color: token("late"), type: "dashed" }, label: { formatter: line.label, position: "insideStartTop", color: token("late"), fontSize: 12 }, data: [{ yAxis: line.y }] };
  }

  function point(spot) {
    if (!spot) return undefined;
    return { symbol: "circle", symbolSize: 8, itemStyle: { color: token("late") }, label: { formatter: spot.label, show: innerWidth > 700, position: spot.pos || "bottom", offset: [4, -14], color: token("late"), fontSize: 12, fontWeight: 600 }, data: [{ coord: spot.at }] };
  }

  function combo(data) {
    const option = base(data);
    option.series = data.series.map((series, index) => ({
      name: series.name,
      type: series.type || "line",
      // The running period is not over: its bar is drawn lighter.
      data: series.data.map((value, at) => (series.type && at === data.partial ? { value, itemStyle: { opacity: 0.55 } } : value)),
      barMaxWidth: 22,
      stack: data.stack && series.type === "bar" ? "stack" : undefined,
      symbol: series.type ? undefined : "circle",
      symbolSize: 5,
      showSymbol: series.symbols !== false,
      connectNulls: false,
      step: series.step,
      z: series.z || 2,
      itemStyle: { color: colour(series, index), borderRadius: [3, 3, 0, 0] },
      lineStyle: { width: series.w || 2, type: series.dash ? [5, 4] : "solid", color: colour(series, index) },
      areaStyle: series.area ? { color: colour(series, index), opacity: 0.1 } : undefined,
      markLine: mark(series.mark),
      markPoint: point(series.point),
    }));
    return option;
  }

  /** Bars lying on their side, one for each category, with the value at the end. */
  function lying(data, tone) {
    const option = base(data), unit = data.unit ? ` ${data.unit}` : "";
    option.legend.show = false;
    option.xAxis = { type: "value", show: false };
    option.grid = { left: 4, right: 84, top: 0, bottom: 0, ...within };
    option.yAxis = { type: "category", inverse: true, data: data.x, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { ...small("ink"), width: 140, overflow: "truncate" } };
    option.series = [{
      name: data.series[0].name,
      type: "bar",
      barMaxWidth: 16,
      data: data.series[0].data.map((value, at) => ({ value, itemStyle: { color: token(tone(at)), borderRadius: 3 } })),
      label: { show: true, position: "right", ...small("ink"), formatter: ({ value }) => shown(value) + unit },
    }];
    return option;
  }

  function funnel(data) {
    const option = lying(data, () => "c1"), values = data.series[0].data;
    // Beside each stage: how much of the stage before reached it.
    option.series[0].label.formatter = ({ value, dataIndex: at }) => {
      const share = at && values[at - 1] ? `   ${Math.round((value / values[at - 1]) * 100)}%` : "";
      return `${shown(value)}${share}`;
    };
    option.series[0].showBackground = true;
    option.series[0].backgroundStyle = { color: token("draft-bg"), borderRadius: 3 };
    return option;
  }

  function donut(data) {
    const option = base(data);
    delete option.xAxis;
    delete option.yAxis;
    const isNarrow = innerWidth < 700;
    option.tooltip.trigger = "item";
    option.legend = { ...option.legend, show: true, orient: isNarrow ? "horizontal" : "vertical", top: isNarrow ? "bottom" : "middle", left: isNarrow ? "center" : "58%", itemGap: 10 };
    option.series = [{
      name: data.series[0].name,
      type: "pie",
      radius: isNarrow ? ["40%", "60%"] : ["44%", "66%"],
      center: isNarrow ? ["50%", "38%"] : ["32%", "50%"],
      label: { show: false },
      itemStyle: { borderColor: token("card"), borderWidth: 2 },
      data: data.x.map((name, at) => ({ name, value: data.series[0].data[at], itemStyle: { color: token(CYCLE[at % CYCLE.length]) } })),
    }];
    return option;
  }

  function heat(data) {
    const option = base(data), cells = data.series[0].data;
    const top = Math.max(1, ...cells.map((cell) => Number(cell[2]) || 0));
    option.legend.show = false;
    option.grid = { left: 4, right: 8, top: 4, bottom: 4, ...within };
    option.tooltip.trigger = "item";
    option.xAxis.splitArea = { show: false };
    option.yAxis = { type: "category", data: data.y, inverse: true, axisTick: { show: false }, axisLine: { show: false }, axisLabel: small("ink") };
    option.visualMap = { min: 0, max: top, show: false, inRange: { color: [token("well"), token("c1")] } };
    option.series = [{ name: data.series[0].name, type: "heatmap", data: cells, itemStyle: { borderColor: token("card"), borderWidth: 2, borderRadius: 3 } }];
    return option;
  }

  const KINDS = {
    combo,
    line: combo,
    bar: (data) => combo({ ...data, series: data.series.map((series) => ({ type: "bar", ...series })) }),
    ageing: (data) => lying(data, (at) => AGEING[Math.min(at, AGEING.length - 1)]),
    ranking: (data) => lying(data, () => "c1"),
    funnel,
    donut,
    pie: donut,
    heat,
  };

  // -- drawing -------------------------------------------------------------------------------------

  const charts = new Map();
  const dataOf = (box) => JSON.parse($(`script[data-chart="${box.id}"]`).textContent);

  function draw(box) {
    const data = dataOf(box);
    charts.get(box)?.dispose();
    const chart = echarts.init(box, null, { renderer: "canvas" });
    chart.setOption(KINDS[data.kind](data));
    if (data.links) {
      chart.on("click", ({ dataIndex }) => data.links[dataIndex] && location.assign(data.links[dataIndex]));
      chart.getZr().setCursorStyle("pointer");
    }
    charts.set(box, chart);
  }

  enhance("script[data-chart]", (script) => {
    const box = document.getElementById(script.dataset.chart);
    draw(box);
    new ResizeObserver(() => box.offsetWidth && charts.get(box)?.resize()).observe(box);
  });

  function redrawAll() {
    for (const [box, chart] of charts) {
      if (box.isConnected) draw(box);
      else {
        chart.dispose();
        charts.delete(box);
      }
    }
  }
  document.addEventListener("suite:theme", redrawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(redrawAll));

  // -- the table behind a chart --------------------------------------------------------------------

  /** Head and rows of the table, as plain values; the first of each row may have a link. */
  function tableOf(data) {
    const isChinese = document.documentElement.lang.startsWith("zh");
    const unit = data.unit ? (isChinese ? `（${data.unit}）` : ` (${data.unit})`) : "";
    if (data.kind === "heat") {
      const rows = data.series[0].data.map(([x, y, value]) => [`${data.y[y]} · ${data.x[x]}`, value]);
      return { head: [data.head ?? "", data.series[0].name + unit], rows };
    }
    const head = [data.head ?? "", ...data.series.map((series) => series.name + unit)];
    return { head, rows: data.x.map((name, at) => [name, ...data.series.map((series) => series.data[at])]), links: data.links };
  }

  function build(data) {
    const table = document.createElement("table");
    table.className = "table table-sm";
    const { head, rows, links } = tableOf(data);
    const fill = (row, values, tag, link) => values.forEach((value, at) => {
      const cell = row.appendChild(document.createElement(at ? tag : "th"));
      const place = !at && link ? cell.appendChild(Object.assign(document.createElement("a"), { href: link })) : cell;
      place.textContent = typeof value === "string" ? value : shown(value);
      if (at) cell.className = "num";
      else cell.scope = tag === "th" ? "col" : "row";
    });
    fill(table.createTHead().insertRow(), head, "th");
    const body = table.createTBody();
    rows.forEach((values, at) => fill(body.insertRow(), values, "td", links?.[at]));
    return table;
  }

  enhance("[data-table-for]", (button) => {
    button.addEventListener("click", () => {
      const box = document.getElementById(button.dataset.tableFor), place = document.getElementById(`${box.id}-t`);
      if (!place.firstChild) place.append(build(dataOf(box)));
      place.hidden = !place.hidden;
      box.hidden = !place.hidden;
      button.setAttribute("aria-pressed", String(!place.hidden));
      if (!box.hidden) charts.get(box)?.resize();
    });
  });
})();
