/**
 * The side panels of the designer: the settings of a step, of a branch and its ways, and of the whole flow.
 *
 * `flowPanels(designer)` gives one function for each; `designer` is what flow.js knows and does.
 */
"use strict";

const flowPanels = (designer) => {
  const { data, change } = designer;
  const { h, icon, select, asyncSelect, chosen, learn } = flowConditions;
  const t = data.texts, locked = !data.canEdit;
  let count = 0;

  function labelled(label, control, note = "") {
    control.id ||= `flow-field-${++count}`;
    return h("div", { class: "mb-3" },
      h("label", { class: "form-label", for: control.id }, label), control, note && h("div", { class: "form-hint" }, note));
  }

  const section = (title, ...children) =>
    h("fieldset", { class: "flow-section", disabled: locked }, h("legend", {}, title), children);

  const input = (value, set, attributes = {}) =>
    h("input", { class: "form-control", value, type: "text", onchange: (event) => change(() => set(event.target.value.trim())), ...attributes });

  /** A setting that is chosen among few; `again` draws the panel anew, where others depend on it. */
  const choice = (node, name, label, again = false, options = data.labels[name]) =>
    labelled(label, select(options, node[name], {
      onchange: (event) => change(() => { node[name] = event.target.value; }, again),
    }));

  const tick = (node, name, label) =>
    h("label", { class: "form-check" },
      h("input", {
        class: "form-check-input", type: "checkbox", checked: node[name],
        onchange: (event) => change(() => { node[name] = event.target.checked; }),
      }), h("span", { class: "form-check-label" }, label));

  const number = (value, set, attributes = {}) =>
    input(value ?? "", (text) => set(numbers.clean(text)), { inputmode: "decimal", ...attributes });

  // -- who is asked ---------------------------------------------------------------------------------

  const NAMED = { PERSON: ["suite.user", "people"], POSITION: ["hrm.position", "positions"], HEAD_OF: ["hrm.department", "departments"] };
  const LEVELS = new Set(["MANAGER", "MANAGERS", "HEAD"]);

  function who(node, title) {
    const rows = node.resolvers.map((resolver, place) =>
      h("div", { class: "flow-who" },
        h("div", { class: "d-flex gap-2" },
          select(data.labels.resolver, resolver.kind, {
            "aria-label": `${title} ${place + 1}`,
            onchange: (event) => change(() => {
              node.resolvers[place] = { kind: event.target.value, values: [], level: 1, field: "" };
            }, true),
          }),
          h("button", {
            class: "btn btn-icon btn-ghost-secondary", type: "button", "aria-label": t.remove,
            onclick: () => change(() => node.resolvers.splice(place, 1), true),
          }, icon("x"))),
        whom(resolver)));
    return section(title, rows, h("button", {
      class: "btn btn-sm", type: "button",
      onclick: () => change(() => node.resolvers.push({ kind: "PERSON", values: [], level: 1, field: "" }), true),
    }, icon("plus"), t.addWho));
  }

  function whom(resolver) {
    const keep = (lookup) => (event) => change(() => {
      resolver.values = chosen(event.target);
      if (lookup) learn(event.target, lookup, data.names);
    });
    if (NAMED[resolver.kind]) {
      const [lookup, name] = NAMED[resolver.kind];
      return asyncSelect(lookup, resolver.values, data.names, {
        multiple: true, disabled: locked, "aria-label": t[name], onchange: keep(lookup),
      });
    }
    if (resolver.kind === "ROLE") {
      return select(data.roles, resolver.values, { multiple: true, disabled: locked, "aria-label": t.roles, onchange: keep() });
    }
    if (LEVELS.has(resolver.kind)) {
      return labelled(t.level, input(resolver.level, (text) => {
        resolver.level = Math.min(20, Math.max(1, Number.parseInt(text, 10) || 1));
      }, { type: "number", min: 1, max: 20 }), t.levelNote);
    }
    if (resolver.kind !== "FIELD") return null;
    const fields = data.fields.filter(({ kind }) => kind === "person" || kind === "department");
    return labelled(t.formField, select([["", t.choose], ...fields.map(({ name, label }) => [name, label])], resolver.field, {
      onchange: (event) => change(() => { resolver.field = event.target.value; }),
    }));
  }

  // -- steps ----------------------------------------------------------------------------------------

  const name = (node) => labelled(t.name, input(node.title, (text) => { node.title = text; }, { maxlength: 100, disabled: locked, "data-first": true }));

  function step(node) {
    const isApproval = node.kind === "approve";
    return [
      name(node),
      who(node, t.who),
      section(t.decision,
        choice(node, "mode", t.mode, true),
        node.mode === "RATIO" && labelled(t.share, number(Math.round(node.ratio * 10000) / 100, (text) => {
          node.ratio = String(Math.min(100, Math.max(1, Number(text) || 100)) / 100);
        })),
        node.mode === "ANY" && isApproval && choice(node, "reject_rule", t.rejectRule),
        isApproval && choice(node, "refusal", t.refusal)),
      section(t.special,
        choice(node, "on_empty", t.onEmpty, true),
        node.on_empty === "PERSON" && labelled(t.standIn, asyncSelect("suite.user", node.stand_in, data.names, {
          disabled: locked,
          onchange: (event) => change(() => {
            node.stand_in = event.target.value;
            learn(event.target, "suite.user", data.names);
          }),
        })),
        choice(node, "on_self", t.onSelf)),
      timeout(node),
      section(t.permissions, tick(node, "may_transfer", t.mayTransfer), tick(node, "may_add", t.mayAdd), tick(node, "may_return", t.mayReturn)),
      fieldRights(node),
    ];
  }

  function timeout(node) {
    const due = node.timeout;
    return section(t.timeout,
      h("label", { class: "form-check" },
        h("input", {
          class: "form-check-input", type: "checkbox", checked: Boolean(due),
          onchange: (event) => change(() => {
            node.timeout = event.target.checked ? { hours: "8", action: "REMIND", times: 1 } : null;
          }, true),
        }), h("span", { class: "form-check-label" }, t.hasTimeout)),
      due && [
        labelled(t.hours, number(due.hours, (text) => { due.hours = text || "8"; })),
        choice(due, "action", t.action, true, data.labels.action.filter(([key]) => key !== "REJECT" || node.kind === "approve")),
        due.action === "REMIND" && labelled(t.times, input(due.times, (text) => {
          due.times = Math.min(10, Math.max(1, Number.parseInt(text, 10) || 1));
        }, { type: "number", min: 1, max: 10 })),
      ]);
  }

  function fieldRights(node) {
    // The fields of the forms that use the flow; without any, what is known of its documents.
    const facts = data.fields.filter((field) => !field.name.startsWith("initiator"));
    const own = data.rights.length ? data.rights.map(([name, label, mayChange]) => ({ name, label, mayChange })) : facts;
    if (!own.length) return null;
    node.required ??= [];
    const has = (name, field) => node[name].includes(field);
    const right = (field) => (has("required", field) ? "require" : has("editable", field) ? "edit" : has("hidden", field) ? "hide" : "read");
    const RIGHTS = { editable: ["edit", "require"], required: ["require"], hidden: ["hide"] };
    const set = (field, value) => {
      for (const [name, values] of Object.entries(RIGHTS)) {
        node[name] = node[name].filter((each) => each !== field).concat(values.includes(value) ? field : []);
      }
    };
    const offered = (field) => [
      ["read", t.read],
      ...(field.mayChange ?? true ? [["edit", t.edit], ...(data.rights.length ? [["require", t.require]] : [])] : []),
      ["hide", t.hide],
    ];
    return h("details", { class: "flow-section", open: node.editable.length + node.hidden.length > 0 },
      h("summary", {}, t.fields),
      own.map((field) => h("div", { class: "flow-right" },
        h("span", {}, field.label),
        select(offered(field), right(field.name), {
          "aria-label": field.label, disabled: locked,
          onchange: (event) => change(() => set(field.name, event.target.value)),
        }))));
  }

  const copy = (node) => [name(node), who(node, t.whoTold)];

  const subflow = (node) => [
    name(node),
    section(t.subflow, choice(node, "flow", t.runs, false, [["", t.choose], ...data.flows])),
  ];

  // -- branches -------------------------------------------------------------------------------------

  const branch = (node) => [
    name(node),
    section(t.ways, choice(node, "gateway", t.gateway, true), h("ol", { class: "flow-ways" }, node.arms.map((arm) =>
      h("li", {}, h("button", { class: "btn btn-sm", type: "button", onclick: () => designer.choose(arm.key) }, designer.armTitle(node, arm)))))),
  ];

  function arm(arm, node) {
    const box = h("div", { class: "condition-box" });
    const parts = [name(arm)];
    if (node.gateway === "PARALLEL") return parts;
    parts.push(section(t.condition,
      h("label", { class: "form-check" },
        h("input", {
          class: "form-check-input", type: "checkbox", checked: !arm.condition,
          onchange: (event) => change(() => {
            arm.condition = event.target.checked ? null : { kind: "all", parts: [] };
          }, true),
        }), h("span", { class: "form-check-label" }, t.isDefault)),
      arm.condition && box));
    if (arm.condition) {
      flowConditions.draw(box, {
        ...data, texts: t, condition: arm.condition,
        onChange: (condition) => change(() => { arm.condition = condition ?? { kind: "all", parts: [] }; }),
      });
    }
    return parts;
  }

  // -- the flow -------------------------------------------------------------------------------------

  const flow = (graph) => [
    section(t.special,
      choice(graph, "repeat", t.repeat),
      tick(graph, "may_withdraw", t.mayWithdraw),
      tick(graph, "may_take_back", t.mayTakeBack),
      labelled(t.ownLimit, number(graph.own_limit, (text) => { graph.own_limit = text || null; }))),
  ];

  return { approve: step, handle: step, copy, subflow, branch, arm, flow, labelled };
};
