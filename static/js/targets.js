/**
 * The grid of sales targets: arrow keys and Enter move, a range copied from a spreadsheet is pasted, sums follow.
 *
 * `table[data-targets][data-places]` with rows of inputs and a cell `[data-total]`.
 */
"use strict";

(() => {
  const { $, $$, enhance } = suite;

  const numberOf = (text) => Number(String(text).replace(/[,，\s]/g, "")) || 0;

  enhance("table[data-targets]", (table) => {
    const places = Number(table.dataset.places);
    const rows = () => $$("tbody tr", table).filter((row) => $("input", row));
    const shown = (value) => value.toLocaleString(document.documentElement.lang, { minimumFractionDigits: 0, maximumFractionDigits: places });

    function sum(row) {
      const total = $$("input", row).reduce((found, input) => found + numberOf(input.value), 0);
      $("[data-total]", row).textContent = shown(total);
    }

    function go(input, down, right) {
      const lines = rows(), row = input.closest("tr"), inputs = $$("input", row);
      const line = lines[lines.indexOf(row) + down];
      const next = line && $$("input", line)[inputs.indexOf(input) + right];
      next?.focus();
      next?.select();
      return Boolean(next);
    }

    table.addEventListener("input", (event) => sum(event.target.closest("tr")));
    table.addEventListener("keydown", (event) => {
      const input = event.target.closest("input");
      if (!input) return;
      const whole = input.selectionStart === 0 && input.selectionEnd === input.value.length;
      const step = { ArrowDown: [1, 0], Enter: [1, 0], ArrowUp: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step || (step[1] && !whole)) return;
      // Enter moves down; only the button saves.
      if (go(input, ...step) || event.key === "Enter") event.preventDefault();
    });
    table.addEventListener("paste", (event) => {
      const input = event.target.closest("input"), copied = event.clipboardData.getData("text/plain");
      if (!input || !/[\t\n]/.test(copied.trim())) return;
      event.preventDefault();
      const lines = rows(), first = lines.indexOf(input.closest("tr"));
      const column = $$("input", input.closest("tr")).indexOf(input);
      copied.replace(/\r/g, "").replace(/\n$/, "").split("\n").forEach((line, down) => {
        const row = lines[first + down];
        if (!row) return;
        const inputs = $$("input", row);
        line.split("\t").forEach((cell, right) => {
          if (inputs[column + right]) inputs[column + right].value = cell.trim();
        });
        sum(row);
      });
    });
  });
})();
