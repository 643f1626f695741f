/**
 * The designer of forms: a palette, the fields in order, their properties, and a preview that the server draws.
 *
 * `[data-designer]` holds the parts; `#form-schema` what is stored; the form `[data-design]` sends it back as JSON. What
 * stands on the page comes from the templates of the page, so that no words are here.
 */
"use strict";

(() => {
  const { $, $$, enhance, text, toast } = suite;
  const SHOWN = ["HEADING", "NOTE"];
  const FIGURES = ["NUMBER", "MONEY", "FORMULA"];

  const copyOf = (id) => $(`#${id}`).content.firstElementChild.cloneNode(true);
  const isPlain = (when) => !when || when.kind === "compare";

  /** What formulas, or conditions, can read of a field. */
  function namesOf(field, forFormula) {
    if (SHOWN.includes(field.kind)) return [];
    if (field.kind === "DATE_RANGE") return (forFormula ? ["days"] : ["from", "to", "days"]).map((part) => `${field.key}_${part}`);
    if (field.kind === "ATTACHMENT") return [`${field.key}_count`];
    if (field.kind === "TABLE") {
      const figures = (field.columns ?? []).filter((column) => FIGURES.includes(column.kind));
      return [`${field.key}_count`, ...figures.map((column) => `${field.key}_${column.key}`)];
    }
    return forFormula && ![...FIGURES, "YES_NO"].includes(field.kind) ? [] : [field.key];
  }

  class Designer {
    constructor(root) {
      this.root = root;
      this.canvas = $("[data-canvas]", root);
      this.panel = $("[data-panel]", root);
      this.schema = { amount: "", sections: [], ...JSON.parse($("#form-schema").textContent || "{}") };
      if (!this.schema.sections.length) this.schema.sections.push({ title: "", fields: [] });
      this.labels = Object.fromEntries($$("[data-kind]", root).map((each) => [each.dataset.kind, each.dataset.label]));
      this.chosen = null;
      this.form = $("form[data-design]");
      this.form.addEventListener("submit", () => (this.form.elements.schema.value = JSON.stringify(this.schema)), true);
      root.addEventListener("click", (event) => this.onClick(event));
      root.addEventListener("keydown", (event) => this.onKey(event));
      this.panel.addEventListener("submit", (event) => event.preventDefault());
      this.panel.addEventListener("input", () => this.take());
      this.canvas.addEventListener("input", (event) => this.onTitle(event));
      this.canvas.addEventListener("change", (event) => this.onColumn(event));
      for (const kind of ["dragstart", "dragover", "drop", "dragend"]) this.canvas.addEventListener(kind, (event) => this.onDrag(event));
      addEventListener("beforeunload", (event) => this.isChanged && event.preventDefault());
      this.form.addEventListener("submit", () => (this.isChanged = false));
      this.draw();
    }

    // -- finding ---------------------------------------------------------------------------------

    /** The list that holds a field or column. */
    listOf(field) {
      for (const { fields } of this.schema.sections) {
        if (fields.includes(field)) return fields;
        const table = fields.find((each) => each.columns?.includes(field));
        if (table) return table.columns;
      }
      return null;
    }

    get fields() {
      return this.schema.sections.flatMap((section) => section.fields);
    }

    tableOf(column) {
      return this.fields.find((field) => field.columns?.includes(column)) ?? null;
    }

    freshKey(kind, list) {
      const known = new Set(list.map((field) => field.key)), base = kind.toLowerCase();
      let number = 1;
      while (known.has(`${base}${number}`)) number += 1;
      return `${base}${number}`;
    }

    // -- changing --------------------------------------------------------------------------------

    add(kind) {
      const field = { kind, key: this.freshKey(kind, this.fields), label: this.labels[kind] };
      if (kind === "TABLE") field.columns = [];
      const beside = this.chosen && (this.tableOf(this.chosen) ?? this.chosen);
      const list = beside ? this.listOf(beside) : this.schema.sections.at(-1).fields;
      list.splice(beside ? list.indexOf(beside) + 1 : list.length, 0, field);
      this.choose(field);
    }

    remove(field) {
      const list = this.listOf(field);
      list.splice(list.indexOf(field), 1);
      if (this.schema.amount === field.key && !this.fields.some((each) => each.key === field.key)) this.schema.amount = "";
      this.choose(this.chosen === field ? null : this.chosen);
    }

    /** One place up or down; at the end of a section on into the next one. */
    move(field, by) {
      const list = this.listOf(field), at = list.indexOf(field), sections = this.schema.sections;
      const section = sections.findIndex((each) => each.fields === list);
      const other = section < 0 ? null : sections[section + by];
      if (list[at + by]) [list[at], list[at + by]] = [list[at + by], list[at]];
      else if (other) {
        list.splice(at, 1);
        other.fields.splice(by > 0 ? 0 : other.fields.length, 0, field);
      }
      this.choose(field);
      $(`[data-choose]`, this.rows.get(field))?.focus();
    }

    choose(field) {
      this.chosen = field;
      this.isChanged = true;
      this.draw();
    }

    // -- events ----------------------------------------------------------------------------------

    onClick(event) {
      const button = event.target.closest("button");
      if (!button) return;
      const field = this.fieldOf.get(button.closest(".designed"));
      if (button.dataset.kind) this.add(button.dataset.kind);
      else if (button.matches("[data-add-section]")) {
        this.schema.sections.push({ title: "", fields: [] });
        this.choose(null);
      } else if (button.matches("[data-remove-section]")) this.removeSection(button.closest(".designed-section"));
      else if (button.matches("[data-choose]")) {
        this.chosen = field;
        this.draw();
        $("[data-prop=label]", this.panel).focus();
      } else if (button.dataset.move) this.move(field, Number(button.dataset.move));
      else if (button.matches("[data-remove]")) this.remove(field);
    }

    /** The fields of a section that goes move to the one before it, or after. */
    removeSection(element) {
      const sections = this.schema.sections, at = $$(".designed-section", this.canvas).indexOf(element);
      if (sections.length < 2) return;
      const [gone] = sections.splice(at, 1);
      if (at) sections[at - 1].fields.push(...gone.fields);
      else sections[0].fields.unshift(...gone.fields);
      this.choose(this.chosen);
    }

    onKey(event) {
      const row = event.target.closest(".designed");
      if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      this.move(this.fieldOf.get(row), event.key === "ArrowUp" ? -1 : 1);
    }

    onTitle(event) {
      if (!event.target.matches("[data-section-title]")) return;
      const at = $$(".designed-section", this.canvas).indexOf(event.target.closest(".designed-section"));
      this.schema.sections[at].title = event.target.value;
      this.isChanged = true;
      this.preview();
    }

    onColumn(event) {
      const select = event.target, table = this.fieldOf.get(select.closest(".designed"));
      if (!select.matches("[data-add-column]") || !select.value) return;
      const label = select.selectedOptions[0].text;
      const column = { kind: select.value, key: this.freshKey(select.value, table.columns), label };
      table.columns.push(column);
      this.choose(column);
    }

    onDrag(event) {
      const row = event.target.closest?.(".designed"), field = this.fieldOf.get(row);
      if (event.type === "dragstart") {
        this.dragged = field;
        event.dataTransfer.effectAllowed = "move";
        event.stopPropagation();
      }
      if (event.type === "dragover" && this.dragged) event.preventDefault();
      if (event.type === "drop" && this.dragged) {
        event.preventDefault();
        this.drop(field, event.target.closest(".designed-section"));
      }
      if (event.type === "dragend") this.dragged = null;
    }

    /** Put what is dragged before the field it is dropped on, or at the end of the section. */
    drop(before, element) {
      const field = this.dragged, from = this.listOf(field), isColumn = Boolean(this.tableOf(field));
      const sections = $$(".designed-section", this.canvas);
      const to = before ? this.listOf(before) : element && this.schema.sections[sections.indexOf(element)].fields;
      if (!to || before === field || (isColumn && to !== from) || (!isColumn && before && this.tableOf(before))) return;
      from.splice(from.indexOf(field), 1);
      to.splice(before ? to.indexOf(before) : to.length, 0, field);
      this.choose(field);
    }

    // -- drawing ---------------------------------------------------------------------------------

    draw() {
      this.fieldOf = new Map();
      this.rows = new Map();
      this.canvas.replaceChildren(...this.schema.sections.map((section) => this.drawSection(section)));
      this.drawPanel();
      this.preview();
    }

    drawSection(section) {
      const element = copyOf("designed-section");
      $("[data-section-title]", element).value = section.title ?? "";
      $("[data-remove-section]", element).hidden = this.schema.sections.length < 2;
      $("[data-empty]", element).hidden = section.fields.length > 0;
      $("ol", element).append(...section.fields.map((field) => this.drawField(field)));
      return element;
    }

    drawField(field) {
      const row = copyOf("designed-field");
      this.fieldOf.set(row, field);
      this.rows.set(field, row);
      this.name(row, field);
      row.classList.toggle("is-chosen", field === this.chosen);
      $("[data-choose]", row).setAttribute("aria-pressed", field === this.chosen);
      if (field.kind === "TABLE") {
        const columns = copyOf("designed-columns");
        $("ol", columns).append(...(field.columns ?? []).map((column) => this.drawField(column)));
        row.append(columns);
      }
      return row;
    }

    name(row, field) {
      $("b", row).textContent = `${field.label}${field.required ? " *" : ""}`;
      $(".sub", row).textContent = SHOWN.includes(field.kind) ? this.labels[field.kind] : `${this.labels[field.kind]} · ${field.key}`;
    }

    drawPanel() {
      const field = this.chosen, isTop = field && !this.tableOf(field);
      this.panel.hidden = !field;
      $("[data-nothing]", this.root).hidden = Boolean(field);
      if (!field) return;
      for (const part of $$("[data-only], [data-not], [data-top]", this.panel)) {
        const only = part.dataset.only?.split(" "), not = part.dataset.not?.split(" ");
        const fits = (!only || only.includes(field.kind)) && !not?.includes(field.kind);
        part.hidden = !fits || ("top" in part.dataset && !isTop);
      }
      for (const input of $$("[data-prop]", this.panel)) {
        const value = field[input.dataset.prop];
        if (input.type === "checkbox") input.checked = Boolean(value);
        else input.value = Array.isArray(value) ? value.join("\n") : (value ?? (input.dataset.prop === "decimals" ? 2 : ""));
      }
      $("[data-amount-of]", this.panel).checked = this.schema.amount === field.key;
      const scope = isTop ? this.fields.filter((each) => each !== field) : this.tableOf(field).columns.filter((each) => each !== field);
      $("[data-names]", this.panel).textContent = scope.flatMap((each) => namesOf(each, true)).join(", ");
      if (isTop) this.drawCondition(field);
    }

    drawCondition(field) {
      const isSimple = isPlain(field.visible_when), when = isSimple ? field.visible_when : null;
      $("[data-condition]", this.panel).hidden = !isSimple;
      $("[data-complex]", this.panel).hidden = isSimple;
      const before = this.fields.slice(0, this.fields.indexOf(field)).filter((each) => each.kind !== "FORMULA");
      const options = before.flatMap((each) => namesOf(each, false).map((name) => new Option(`${each.label} (${name})`, name)));
      $("[data-when=field]", this.panel).replaceChildren(new Option("—", ""), ...options);
      $("[data-when=field]", this.panel).value = when?.field ?? "";
      $("[data-when=operator]", this.panel).value = when?.operator ?? "EQ";
      this.hideComparison(when?.field, when?.operator);
      const value = when?.value ?? "";
      $("[data-when=value]", this.panel).value = Array.isArray(value) ? value.join(", ") : String(value);
    }

    /** Without a field there is nothing to compare; some comparisons need no value. */
    hideComparison(field, operator) {
      $("[data-when=operator]", this.panel).hidden = !field;
      $("[data-when=value]", this.panel).hidden = !field || ["EMPTY", "FILLED"].includes(operator);
    }

    // -- what the panel says ---------------------------------------------------------------------

    take() {
      const field = this.chosen;
      if (!field) return;
      const isAmount = $("[data-amount-of]", this.panel).checked, oldKey = field.key;
      for (const input of $$("[data-prop]", this.panel)) if (!input.closest("[hidden]")) this.takeOne(field, input);
      if (isAmount) this.schema.amount = field.key;
      else if (this.schema.amount === oldKey && !this.tableOf(field)) this.schema.amount = "";
      if (!this.tableOf(field) && isPlain(field.visible_when)) this.takeCondition(field);
      this.isChanged = true;
      this.name(this.rows.get(field), field);
      this.preview();
    }

    takeOne(field, input) {
      const name = input.dataset.prop, value = input.type === "checkbox" ? input.checked : input.value.trim();
      if (name === "choices") field.choices = value.split("\n").map((line) => line.trim()).filter(Boolean);
      else if (name === "decimals") field.decimals = Number(value || 2);
      else if (["minimum", "maximum"].includes(name)) field[name] = value === "" ? null : value;
      else field[name] = value;
    }

    takeCondition(field) {
      const [name, operator, given] = ["field", "operator", "value"].map((part) => $(`[data-when=${part}]`, this.panel).value);
      const several = ["IN", "NOT_IN"].includes(operator), none = ["EMPTY", "FILLED"].includes(operator);
      const value = several ? given.split(/[,，]/).map((each) => each.trim()).filter(Boolean) : given.trim();
      this.hideComparison(name, operator);
      field.visible_when = name ? { kind: "compare", field: name, operator, value: none ? null : value } : null;
    }

    // -- preview ---------------------------------------------------------------------------------

    preview() {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.drawPreview().catch((error) => toast(error.message || text("offline"))), 300);
    }

    async drawPreview() {
      const turn = (this.turn = (this.turn ?? 0) + 1);
      const token = $("[name=csrfmiddlewaretoken]", this.form).value;
      const body = new URLSearchParams({ schema: JSON.stringify(this.schema), csrfmiddlewaretoken: token });
      const response = await fetch(this.root.dataset.preview, { method: "POST", body });
      const html = await response.text();
      if (!response.ok) throw new Error(suite.problemText(response.status, html));
      if (turn !== this.turn) return;
      const place = $("[data-preview-place]", this.root);
      place.innerHTML = html;
      suite.refresh(place);
    }
  }

  enhance("[data-designer]", (root) => new Designer(root));
})();
