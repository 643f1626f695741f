/**
 * The roster: a shift chosen in the palette is set on a day by click or Enter, or dragged there.
 *
 * `[data-palette] [data-what]`, `table[data-roster][data-url]` with buttons `[data-employee][data-date]`. Arrow keys move
 * among the days. What stands in a cell afterwards is the server's answer.
 */
"use strict";

(() => {
  const { $, $$, enhance, post, toast } = suite;

  const chosen = () => $("[data-palette] input:checked")?.value ?? "";

  /** Plan one day; whatever the server refuses leaves the cell as it was. */
  async function plan(url, cell, what) {
    if (!what || cell.ariaBusy === "true") return;
    cell.setAttribute("aria-busy", "true");
    try {
      const now = await post(url, { employee: cell.dataset.employee, date: cell.dataset.date, what });
      cell.textContent = now.text;
      cell.title = now.title;
      cell.classList.toggle("is-own", now.is_own);
      cell.classList.toggle("mark-late", now.tone === "late");
      cell.setAttribute("aria-label", `${cell.dataset.label} ${now.text}`);
    } catch (error) {
      toast(error.message);
    } finally {
      cell.removeAttribute("aria-busy");
    }
  }

  /** The cell beside another one, in the direction of an arrow key. */
  function beside(cell, key) {
    const row = cell.closest("tr");
    const place = [...row.cells].indexOf(cell.closest("td"));
    if (key === "ArrowLeft") return row.cells[place - 1];
    if (key === "ArrowRight") return row.cells[place + 1];
    const other = key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling;
    return other?.cells[place];
  }

  enhance("[data-palette] [data-what]", (item) => {
    item.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData("text/plain", item.dataset.what);
      event.dataTransfer.effectAllowed = "copy";
    });
  });

  enhance("table[data-roster]", (table) => {
    const url = table.dataset.url;
    const cellOf = (event) => event.target.closest("button[data-date]");

    table.addEventListener("click", (event) => {
      const cell = cellOf(event);
      if (cell) plan(url, cell, chosen());
    });
    table.addEventListener("keydown", (event) => {
      const cell = cellOf(event);
      if (!cell || !event.key.startsWith("Arrow")) return;
      event.preventDefault();
      const next = beside(cell, event.key);
      if (next) $("button[data-date]", next)?.focus();
    });
    table.addEventListener("dragover", (event) => {
      const cell = cellOf(event);
      if (!cell) return;
      event.preventDefault();
      $$(".is-over", table).forEach((other) => other.classList.toggle("is-over", other === cell));
      cell.classList.add("is-over");
    });
    table.addEventListener("dragleave", (event) => cellOf(event)?.classList.remove("is-over"));
    table.addEventListener("drop", (event) => {
      const cell = cellOf(event);
      if (!cell) return;
      event.preventDefault();
      cell.classList.remove("is-over");
      plan(url, cell, event.dataTransfer.getData("text/plain"));
    });
  });
})();
