/**
 * The editor of conditions: rows of field, comparison and value, joined by *and* in groups, the groups by *or*.
 *
 * `flowConditions.draw(box, {condition, fields, operators, names, texts, onChange, canEdit})` draws it into a box;
 * `onChange` gets the condition as the server keeps it, null without any row.
 */
"use strict";

const flowConditions = (() => {
  const { refresh } = suite;
  const WITHOUT_VALUE = new Set(["EMPTY", "FILLED"]), LISTS = new Set(["IN", "NOT_IN"]);

  /** An element with attributes, listeners (`onclick`) and children. */
  function h(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }

  const icon = (name) => h("i", { class: `ti ti-${name}`, "aria-hidden": "true" });

  function select(options, value, attributes = {}) {
    const values = Array.isArray(value) ? value.map(String) : [String(value ?? "")];
    return h("select", { class: "form-select", ...attributes },
      options.map(([key, label]) => h("option", { value: key, selected: values.includes(String(key)) }, label)));
  }

  /** A select that asks the server; `names` says what is chosen already. */
  function asyncSelect(lookup, value, names, attributes = {}) {
    const values = (Array.isArray(value) ? value : [value]).filter(Boolean).map(String);
    const options = values.map((key) => [key, names[lookup]?.[key] ?? key]);
    if (!attributes.multiple) options.unshift(["", ""]);
    return select(options, values, { "data-async": `/lookup/${lookup}/`, ...attributes });
  }

  /** Remember what chosen rows are called, so that they are still known when the page is drawn again. */
  function learn(control, lookup, names) {
    names[lookup] ??= {};
    for (const option of control.selectedOptions) if (option.value) names[lookup][option.value] = option.textContent;
  }

  const chosen = (control) =>
    control.multiple ? [...control.selectedOptions].map((option) => option.value) : control.value;

  // -- conditions as groups of rows -----------------------------------------------------------------

  /** Groups of which one must hold, each a list of comparisons that all hold. */
  function groupsOf(condition) {
    if (!condition) return [];
    if (condition.kind === "compare") return [[condition]];
    const parts = condition.parts.map(groupsOf);
    if (condition.kind === "any") return parts.flat();
    return parts.reduce((all, groups) => all.flatMap((one) => groups.map((other) => [...one, ...other])), [[]]);
  }

  function conditionOf(groups) {
    const parts = groups.filter((rows) => rows.length).map((rows) => ({ kind: "all", parts: rows }));
    if (!parts.length) return null;
    return parts.length === 1 ? parts[0] : { kind: "any", parts };
  }

  // -- in words -------------------------------------------------------------------------------------

  function words(condition, { fields, operators, names, texts }) {
    return groupsOf(condition)
      .map((rows) => rows.map((row) => rowWords(row, fields, operators, names, texts)).join(` ${texts.and} `))
      .filter(Boolean)
      .join(` ${texts.or} `);
  }

  function rowWords(row, fields, operators, names, texts) {
    const field = fields.find((each) => each.name === row.field);
    const comparison = (operators[field?.kind] ?? operators[""]).find(([key]) => key === row.operator)?.[1] ?? "";
    if (WITHOUT_VALUE.has(row.operator)) return `${field?.label ?? row.field} ${comparison}`;
    const values = (Array.isArray(row.value) ? row.value : [row.value]).filter((value) => value !== null && value !== "");
    const told = values.map((value) => valueWords(value, field, names, texts)).join("、");
    return `${field?.label ?? row.field} ${comparison} ${told || "…"}`;
  }

  function valueWords(value, field, names, texts) {
    if (field?.kind === "yes") return String(value) === "true" ? texts.yes : texts.no;
    if (field?.kind === "number") return numbers.tidy(String(value));
    return field?.choices.find(([key]) => key === String(value))?.[1] ?? names[field?.lookup]?.[value] ?? value;
  }

  // -- drawing --------------------------------------------------------------------------------------

  function draw(box, options) {
    const groups = groupsOf(options.condition).filter((rows) => rows.length).map((rows) => rows.map((row) => ({ ...row })));
    const { fields, operators, names, texts, onChange, canEdit = true } = options;
    const tell = () => onChange(conditionOf(groups));
    const blank = () => fresh(fields[0], operators);

    function paint() {
      box.replaceChildren(...groups.flatMap((rows, position) => [
        position ? h("p", { class: "cond-or" }, texts.or) : null,
        group(rows, position),
      ]).filter(Boolean));
      if (!groups.length) box.append(h("p", { class: "t-2 mb-2" }, texts.noCondition));
      if (canEdit) box.append(button(groups.length ? texts.addGroup : texts.addCondition, "plus", () => {
        groups.push([blank()]);
        changed();
      }));
      refresh(box);
    }

    function changed() {
      tell();
      paint();
    }

    const button = (label, name, onclick) =>
      h("button", { class: "btn btn-sm", type: "button", onclick }, icon(name), label);

    function group(rows, position) {
      return h("div", { class: "cond-group" },
        rows.map((row, place) => line(rows, row, place, position)),
        canEdit && button(texts.addRow, "plus", () => {
          rows.push(blank());
          changed();
        }));
    }

    function line(rows, row, place, position) {
      const field = fields.find((each) => each.name === row.field) ?? fields[0];
      const known = operators[field.kind] ?? operators[""];
      const label = (text) => `${text} ${position + 1}.${place + 1}`;
      return h("div", { class: "cond-row" },
        select(fields.map((each) => [each.name, each.label]), row.field, {
          "aria-label": label(texts.field), disabled: !canEdit, onchange: (event) => {
            Object.assign(row, fresh(fields.find((each) => each.name === event.target.value), operators));
            changed();
          },
        }),
        select(known, row.operator, {
          "aria-label": label(texts.operator), disabled: !canEdit, onchange: (event) => {
            row.value = converted(row.value, event.target.value);
            row.operator = event.target.value;
            changed();
          },
        }),
        WITHOUT_VALUE.has(row.operator) ? null : value(row, field, label(texts.value)),
        canEdit && h("button", {
          class: "btn btn-icon btn-ghost-secondary", type: "button", "aria-label": texts.remove, onclick: () => {
            rows.splice(place, 1);
            if (!rows.length) groups.splice(position, 1);
            changed();
          },
        }, icon("x")));
    }

    function value(row, field, label) {
      const isList = LISTS.has(row.operator);
      const set = (event) => {
        row.value = chosen(event.target);
        if (field.lookup) learn(event.target, field.lookup, names);
        tell();
      };
      const common = { "aria-label": label, disabled: !canEdit, onchange: set };
      if (field.kind === "yes") return select([["", "—"], ["true", texts.yes], ["false", texts.no]], row.value, common);
      if (field.choices.length) {
        return select(isList ? field.choices : [["", "—"], ...field.choices], row.value, { ...common, multiple: isList });
      }
      if (field.lookup) return asyncSelect(field.lookup, row.value, names, { ...common, multiple: isList });
      const text = Array.isArray(row.value) ? row.value.join("，") : row.value ?? "";
      return h("input", {
        ...common, class: "form-control", value: text, placeholder: isList ? texts.several : null,
        type: field.kind === "date" ? "date" : "text", inputmode: field.kind === "number" ? "decimal" : null,
        onchange: ({ target }) => {
          if (field.kind === "number") target.value = numbers.clean(target.value);
          row.value = isList ? target.value.split(/[,，、]/).map((each) => each.trim()).filter(Boolean) : target.value.trim();
          tell();
        },
      });
    }

    paint();
  }

  const fresh = (field, operators) => ({
    kind: "compare",
    field: field.name,
    operator: (operators[field.kind] ?? operators[""])[field.kind === "number" ? 5 : 0][0],
    value: "",
  });

  /** The value as another comparison takes it. */
  function converted(value, operator) {
    if (LISTS.has(operator)) return Array.isArray(value) ? value : value ? [String(value)] : [];
    return Array.isArray(value) ? value[0] ?? "" : value ?? "";
  }

  return { asyncSelect, chosen, draw, h, icon, learn, select, words };
})();
