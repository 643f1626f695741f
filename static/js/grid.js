/**
 * Line grids: rows of a formset edited like a sheet.
 *
 * `<section data-grid data-prefix="lines" data-min="1">` around a table whose body has `tr[data-row]` with
 * `td[data-field=<name>]`, an optional `td[data-amount]`, and a `<template>` of the blank row. The document's own
 * `price_includes_tax` and `discount_amount` count when the form has them. Sums go to `[data-sum=net|tax|gross]`.
 *
 * `data-fills="unit tax_rate"` names the fields that a chosen item fills in; without it, all that it knows.
 * `data-advice="<address>"`: what is entered is sent there after each change; the answer fills cells that nobody has
 * typed into, and shows a note below the first cell of a line.
 */
"use strict";

(() => {
  const { $, $$, enhance, text } = suite;
  const LIMIT = 1000;
  // What the lookup of an item calls a value → the field it fills.
  const FILLS = { price: "unit_price", tax: "tax_rate" };
  const PRICES = ["unit_price", "discount_percent"];

  const isDeleted = (row) => Boolean($("input[name$=-DELETE]", row)?.checked);
  const cellOf = (row, name) => $(`td[data-field="${name}"]`, row);
  const controlIn = (cell) => cell && $("select, textarea, input:not([type=hidden])", cell);
  const valueOf = (row, name) => controlIn(cellOf(row, name))?.value ?? "";

  function focusCell(cell) {
    const control = controlIn(cell);
    if (!control) return;
    if (control.tomselect) return control.tomselect.focus();
    control.focus();
    if (control.matches("input")) control.select?.();
  }

  /** Put a value into a cell; `value` may be `{ id, text }` for a select. */
  function setCell(cell, value) {
    const control = controlIn(cell);
    if (!control || value === undefined || value === null || value === "") return;
    const box = control.tomselect, id = String(value.id ?? value);
    if (box) {
      if (value.text) box.addOption(value);
      box.setValue(id, true);
    } else if (control.type === "checkbox") control.checked = ["1", "true", "是", "y", "yes"].includes(id.toLowerCase());
    else if (control.matches("select")) {
      const options = [...control.options];
      const found = options.find((each) => each.value === id) ?? options.find((each) => each.text.trim() === id.trim());
      if (found) control.value = found.value;
    } else control.value = control.matches("[inputmode=decimal]") ? numbers.tidy(id) : id;
  }

  /** Cells of a copied range: rows of tab-separated texts, quoted where a cell holds a line break. */
  function parseSheet(copied) {
    const rows = [[]];
    const cell = /(?:"((?:[^"]|"")*)"|([^\t\n]*))(\t|\n|$)/gy;
    const source = copied.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    for (let found; cell.lastIndex <= source.length && (found = cell.exec(source)); ) {
      rows[rows.length - 1].push((found[1]?.replaceAll('""', '"') ?? found[2]).trim());
      if (found[3] === "\n") rows.push([]);
      if (!found[3]) break;
    }
    return rows;
  }

  class Grid {
    constructor(section) {
      this.section = section;
      this.form = section.closest("form");
      this.body = $("tbody", section);
      this.prefix = section.dataset.prefix;
      this.minimum = Number(section.dataset.min ?? 1);
      this.decimals = Number(section.dataset.decimals ?? 2);
      this.total = $(`[name="${this.prefix}-TOTAL_FORMS"]`, section);
      section.addEventListener("click", (event) => this.onClick(event));
      section.addEventListener("keydown", (event) => this.onKey(event));
      section.addEventListener("paste", (event) => this.onPaste(event));
      section.addEventListener("suite:chosen", (event) => this.onChosen(event));
      this.form.addEventListener("input", () => this.sum());
      this.form.addEventListener("change", () => this.sum());
      this.fills = section.dataset.fills?.split(" ");
      if (section.dataset.advice) this.askForAdvice();
      this.renumber();
      this.sum();
    }

    get rows() {
      return $$("tr[data-row]", this.body).filter((row) => !isDeleted(row));
    }

    /** Add a blank row at the end and return it. */
    add() {
      const index = Number(this.total.value);
      if (index >= LIMIT) return null;
      const holder = document.createElement("template");
      holder.innerHTML = $("template", this.section).innerHTML.replaceAll("__prefix__", index);
      const row = $("tr[data-row]", holder.content);
      this.body.append(row);
      this.total.value = index + 1;
      suite.refresh(row);
      this.changed();
      return row;
    }

    /** A row that leaves stays in the form, ticked as deleted: the server needs every index. */
    remove(row) {
      const tick = $("input[name$=-DELETE]", row), after = this.rows[this.rows.indexOf(row) + 1];
      tick.checked = true;
      row.hidden = true;
      if (row.nextElementSibling?.matches(".note")) row.nextElementSibling.remove();
      if (this.rows.length < this.minimum) this.add();
      this.changed();
      focusCell((after ?? this.rows.at(-1))?.querySelector("td[data-field]"));
    }

    changed() {
      this.renumber();
      this.sum();
      this.section.dispatchEvent(new CustomEvent("suite:changed", { bubbles: true }));
    }

    renumber() {
      this.rows.forEach((row, index) => {
        const number = $("[data-number]", row);
        if (number) number.textContent = index + 1;
        for (const cell of $$("td[data-field]", row)) {
          const control = controlIn(cell);
          const name = `${text("line", { number: index + 1 })} ${cell.dataset.l}`;
          (control?.tomselect?.control_input ?? control)?.setAttribute("aria-label", name);
        }
      });
    }

    // -- sums --------------------------------------------------------------------------------------

    sum() {
      const options = { decimals: this.decimals, includesTax: Boolean(this.form.elements.price_includes_tax?.checked) };
      const lines = this.rows.map((row) => {
        const line = numbers.lineAmounts({
          quantity: valueOf(row, "quantity"),
          price: valueOf(row, "unit_price"),
          discount: valueOf(row, "discount_percent"),
          tax: valueOf(row, "tax_rate"),
        }, options);
        const shown = $("[data-amount]", row);
        if (shown) shown.textContent = line ? numbers.format(options.includesTax ? line.gross : line.net, this.decimals) : "—";
        return line;
      });
      const off = numbers.parse(this.form.elements.discount_amount?.value ?? "");
      const totals = numbers.documentTotals(lines.filter(Boolean), off ? numbers.round(off.n, off.d, this.decimals) : 0n);
      for (const [name, units] of Object.entries(totals)) {
        $$(`[data-sum="${name}"]`, this.form).forEach((place) => (place.textContent = numbers.format(units, this.decimals)));
      }
    }

    // -- mouse and keyboard ------------------------------------------------------------------------

    onClick(event) {
      const button = event.target.closest("button");
      if (button?.matches("[data-add-line]")) focusCell(this.add()?.querySelector("td[data-field]"));
      if (button?.matches("[data-delete-line]")) this.remove(button.closest("tr"));
    }

    onKey(event) {
      const cell = event.target.closest("td[data-field]");
      if (!cell || event.defaultPrevented || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
      const row = cell.parentElement, rows = this.rows, at = rows.indexOf(row), control = controlIn(cell);
      const isBox = Boolean(control.tomselect), isList = control.matches("select") && !isBox;
      if (control.tomselect?.isOpen && event.key !== "Tab") {
        if (event.key !== "Enter" || control.tomselect.activeOption) return;
      }
      const go = (target) => {
        event.preventDefault();
        focusCell(target && cellOf(target, cell.dataset.field));
      };
      if (event.key === "Enter" && !event.shiftKey) {
        if (at < rows.length - 1) return go(rows[at + 1]);
        event.preventDefault();
        return focusCell(this.add()?.querySelector("td[data-field]"));
      }
      if (event.key === "ArrowDown" && !isBox && !isList) return go(rows[at + 1]);
      if (event.key === "ArrowUp" && !isBox && !isList) return go(rows[at - 1]);
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") this.sideways(event, cell);
    }

    /** Left and right leave the cell only from the edge of its text. */
    sideways(event, cell) {
      const field = event.target, right = event.key === "ArrowRight";
      if (field.matches("input:not([type=checkbox]), textarea")) {
        if (field.selectionStart === null) return;
        const whole = field.selectionStart === 0 && field.selectionEnd === field.value.length;
        const atEdge = field.selectionStart === field.selectionEnd && field.selectionStart === (right ? field.value.length : 0);
        if (!whole && !atEdge) return;
      }
      const cells = $$("td[data-field]", cell.parentElement), next = cells[cells.indexOf(cell) + (right ? 1 : -1)];
      if (!next) return;
      event.preventDefault();
      focusCell(next);
    }

    // -- choosing an item fills what it knows ------------------------------------------------------

    onChosen(event) {
      const cell = event.target.closest("td[data-field]"), data = event.detail?.data;
      cell?.classList.remove("bad");
      // Another item has another price.
      if (cell?.dataset.field === "item") for (const name of PRICES) delete cellOf(cell.parentElement, name)?.dataset.typed;
      if (cell && data) this.fill(cell.parentElement, data);
      this.sum();
    }

    fill(row, data) {
      for (const [key, value] of Object.entries(data)) {
        const cell = cellOf(row, FILLS[key] ?? key);
        if (!cell || (this.fills && !this.fills.includes(cell.dataset.field))) continue;
        setCell(cell, value);
        delete cell.dataset.typed;
      }
    }

    // -- advice on what is entered -----------------------------------------------------------------

    askForAdvice() {
      // What is stored, or was entered before a refused save, is what somebody wants.
      for (const cell of $$("td[data-field]", this.body)) if (valueOf(cell.parentElement, "item")) cell.dataset.typed = "";
      const soon = () => {
        clearTimeout(this.waiting);
        this.waiting = setTimeout(() => this.advise().catch((error) => suite.toast(error.message || text("offline"))), 250);
      };
      this.form.addEventListener("input", (event) => {
        const cell = event.isTrusted && event.target.closest("td[data-field]");
        if (cell) cell.dataset.typed = "";
        soon();
      });
      for (const kind of ["change", "suite:changed", "suite:chosen"]) this.form.addEventListener(kind, soon);
      soon();
    }

    async advise() {
      const asked = (this.asked = (this.asked ?? 0) + 1);
      const response = await fetch(this.section.dataset.advice, { method: "POST", body: new FormData(this.form) });
      if (!response.ok) throw new Error(suite.problemText(response.status, await response.text()));
      const { lines } = await response.json();
      if (asked !== this.asked) return;
      for (const row of this.rows) {
        const index = controlIn($("td[data-field]", row)).name.split("-").at(-2);
        this.follow(row, lines[index] ?? { values: {}, note: "", tone: "" });
      }
      this.sum();
    }

    /** Fill in what is suggested for a row and show the note. */
    follow(row, { values, note, tone }) {
      for (const [name, value] of Object.entries(values)) {
        const cell = cellOf(row, name);
        if (cell && !("typed" in cell.dataset)) setCell(cell, value);
      }
      const cell = $("td[data-field]", row);
      const place = $("[data-note]", cell) ?? cell.appendChild(document.createElement("div"));
      place.dataset.note = "";
      place.className = `sub px-2 pb-1${tone ? ` t-${tone}` : ""}`;
      place.textContent = note;
    }

    // -- pasting a range copied from a sheet -------------------------------------------------------

    onPaste(event) {
      const cell = event.target.closest("td[data-field]"), copied = event.clipboardData.getData("text");
      if (!cell || !/[\t\n]/.test(copied.trim())) return;
      event.preventDefault();
      this.pasteRange(cell, parseSheet(copied)).catch((error) => suite.toast(error.message || text("offline")));
    }

    async pasteRange(cell, range) {
      const start = this.rows.indexOf(cell.parentElement), unknown = [];
      const names = $$("td[data-field]", cell.parentElement).map((each) => each.dataset.field);
      const first = names.indexOf(cell.dataset.field);
      const targets = range.map((_values, offset) => this.rows[start + offset] ?? this.add()).filter(Boolean);
      await Promise.all(targets.map(async (row, offset) => {
        const values = range[offset].map((value, column) => ({ value, cell: cellOf(row, names[first + column]) })).filter((each) => each.cell);
        // Rows first: what the sheet says about price and tax counts more than what the item says.
        for (const { value, cell: target } of values.filter((each) => controlIn(each.cell)?.dataset.async)) {
          if (value && !(await this.choose(row, target, value))) unknown.push(value);
        }
        for (const { value, cell: target } of values) if (!controlIn(target)?.dataset.async) setCell(target, value);
      }));
      this.changed();
      if (unknown.length) suite.toast(text("unknownCodes", { codes: [...new Set(unknown)].join(", ") }), "warning");
    }

    /** Choose the row with exactly this code; false when there is none. */
    async choose(row, cell, code) {
      const { results } = await suite.lookUp(controlIn(cell), code, { exact: "1" });
      cell.classList.toggle("bad", results.length !== 1);
      if (results.length !== 1) return false;
      setCell(cell, results[0]);
      if (results[0].data) this.fill(row, results[0].data);
      return true;
    }
  }

  enhance("[data-grid]", (section) => new Grid(section));
})();
