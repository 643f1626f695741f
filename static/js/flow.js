/**
 * The designer of flows: a tree of cards on a line; what is chosen is changed in the panel beside it.
 *
 * `[data-flow-designer]` holds the addresses, `#flow-data` the nodes and all that can be chosen. Nothing is kept on the
 * server before it is saved; every change can be undone.
 */
"use strict";

suite.enhance("[data-flow-designer]", (root) => {
  const { $, ask, refresh, toast } = suite;
  const { h, icon, asyncSelect, learn } = flowConditions;
  const data = JSON.parse($("#flow-data").textContent);
  const t = data.texts, canvas = $("[data-flow-canvas]", root), panel = $("[data-flow-panel]", root);
  const ICONS = { approve: "rubber-stamp", handle: "checklist", copy: "mail-forward", branch: "git-branch", parallel: "git-fork", inclusive: "arrows-split-2", subflow: "sitemap" };
  let graph = data.graph, version = data.version, faults = [], past = [], cut = null, adding = null;
  let view = { kind: "flow" }, isDirty = false;
  // A press on a card ends the entry of a field first: the card must still be there when the press is released.
  let isPressed = false, isStale = false;

  // -- the nodes ------------------------------------------------------------------------------------

  /** Every node and way with where it stands: the list it is in, its place there, and the branch of a way. */
  function* everything(list = graph.nodes) {
    for (const [place, node] of list.entries()) {
      yield { node, list, place };
      for (const [at, arm] of (node.arms ?? []).entries()) {
        yield { node: arm, list: node.arms, place: at, branch: node };
        yield* everything(arm.nodes);
      }
    }
  }

  const find = (key) => [...everything()].find(({ node }) => node.key === key);

  function freshKey() {
    const key = `n${Math.random().toString(36).slice(2, 10)}`;
    return find(key) ? freshKey() : key;
  }

  const way = (condition = null) => ({ key: freshKey(), title: "", condition, nodes: [] });

  function fresh(kind) {
    const common = { key: freshKey(), title: t[kind] };
    const resolvers = [{ kind: "MANAGER", values: [], level: 1, field: "" }];
    if (kind === "copy") return { kind, ...common, resolvers: [{ kind: "PERSON", values: [], level: 1, field: "" }] };
    if (kind === "subflow") return { kind, ...common, flow: "" };
    if (kind === "approve" || kind === "handle") {
      return {
        kind, ...common, resolvers, mode: "ALL", ratio: "1", reject_rule: "FIRST", refusal: "END", on_empty: "ADMIN", stand_in: "",
        on_self: "MANAGER", timeout: null, editable: [], required: [], hidden: [], may_transfer: true, may_add: true, may_return: true,
      };
    }
    const gateway = { branch: "EXCLUSIVE", parallel: "PARALLEL", inclusive: "INCLUSIVE" }[kind];
    const arms = [way(kind === "parallel" ? null : { kind: "all", parts: [] }), way()];
    return { kind: "branch", ...common, gateway, arms };
  }

  /** A copy with keys of its own. */
  function twin(node) {
    const made = structuredClone(node);
    const rename = (each) => {
      each.key = freshKey();
      (each.arms ?? each.nodes ?? []).forEach(rename);
    };
    rename(made);
    made.title = t.copyOf.replace("{title}", node.title).slice(0, 100);
    return made;
  }

  // -- changing -------------------------------------------------------------------------------------

  /** Change the flow so that it can be undone; `again` draws the panel anew as well. */
  function change(work, again = false) {
    const entry = document.activeElement;
    // What is being entered counts before the panel is drawn anew.
    if (again && panel.contains(entry) && entry.matches("input[type=text]")) entry.blur();
    past.push(JSON.stringify(graph));
    past = past.slice(-100);
    work();
    touched(again);
  }

  function touched(again) {
    isDirty = true;
    if ("key" in view && !find(view.key)) view = { kind: "flow" };
    paint();
    if (again) paintPanel(true);
  }

  function undo() {
    if (!past.length) return;
    graph = JSON.parse(past.pop());
    touched(true);
  }

  function choose(key) {
    view = { kind: "node", key };
    paint();
    paintPanel();
    open();
    $("[data-first]", panel)?.focus({ preventScroll: true });
  }

  const open = () => root.classList.add("is-open");

  function close() {
    root.classList.remove("is-open");
    if (view.key) $(`[data-key="${view.key}"]`, canvas)?.focus();
  }

  // -- what a card says -----------------------------------------------------------------------------

  const labelOf = (name, value) => data.labels[name].find(([key]) => key === value)?.[1] ?? value;

  function whoWords(resolver) {
    const known = { PERSON: "suite.user", POSITION: "hrm.position", HEAD_OF: "hrm.department" }[resolver.kind];
    if (resolver.kind === "ROLE") return named(resolver, (key) => data.roles.find(([role]) => role === key)?.[1]);
    if (known) return named(resolver, (key) => data.names[known]?.[key]);
    if (resolver.kind === "FIELD") return data.fields.find(({ name }) => name === resolver.field)?.label ?? t.nobody;
    const isHigher = resolver.level > 1 && ["MANAGER", "MANAGERS", "HEAD"].includes(resolver.kind);
    return labelOf("resolver", resolver.kind) + (isHigher ? ` ${resolver.level}` : "");
  }

  const named = ({ kind, values }, nameOf) =>
    values.length ? values.map((key) => nameOf(key) ?? key).join("、") : `${labelOf("resolver", kind)}：${t.nobody}`;

  function summary(node) {
    if (node.kind === "subflow") return data.flows.find(([code]) => code === node.flow)?.[1] ?? t.noFlow;
    if (node.kind === "branch") return labelOf("gateway", node.gateway);
    return node.resolvers.map(whoWords).join("、") || t.nobody;
  }

  const kindOf = (node) => ({ PARALLEL: "parallel", INCLUSIVE: "inclusive" })[node.gateway] ?? node.kind;
  const armTitle = (node, arm) => arm.title || (arm.condition || node.gateway === "PARALLEL" ? `${t.way} ${node.arms.indexOf(arm) + 1}` : t.otherwise);

  function armWords(node, arm) {
    if (node.gateway === "PARALLEL") return t.always;
    return arm.condition ? flowConditions.words(arm.condition, { ...data, texts: t }) || t.noConditionYet : t.isDefault;
  }

  // -- drawing the tree -----------------------------------------------------------------------------

  function card(key, kind, title, text, more = "") {
    const mine = faults.filter((fault) => fault.node === key);
    const tone = mine.some(({ severity }) => severity === "ERROR") ? " has-error" : mine.length ? " has-warning" : "";
    return h("button", {
      class: `flow-card flow-${kind}${more}${tone}`, type: "button", "data-key": key, "aria-pressed": String(view.key === key),
      onclick: () => choose(key),
    },
    h("span", { class: "flow-title" }, ICONS[kind] && icon(ICONS[kind]), h("span", {}, title), mine.length > 0 && icon("alert-triangle")),
    h("span", { class: "flow-text" }, text));
  }

  function sequence(list, key) {
    return h("ol", { class: "flow-list" }, adder(list, 0, key), list.flatMap((node, place) => [
      h("li", { class: "flow-node" }, node.kind === "branch" ? branch(node) : card(node.key, node.kind, node.title || t[node.kind], summary(node))),
      adder(list, place + 1, key),
    ]));
  }

  function branch(node) {
    return [
      card(node.key, kindOf(node), node.title || t[kindOf(node)], summary(node), " flow-fork"),
      h("div", { class: "flow-arms" },
        node.arms.map((arm) => h("div", { class: "flow-arm" },
          card(arm.key, "arm", armTitle(node, arm), armWords(node, arm)), sequence(arm.nodes, arm.key))),
      ),
    ];
  }

  /** The point on the line at which something can be added. */
  function adder(list, place, owner) {
    const id = `${owner}:${place}`;
    if (!data.canEdit) return h("li", { class: "flow-gap", "aria-hidden": "true" });
    const isOpen = adding === id;
    return h("li", { class: "flow-gap" },
      h("button", {
        class: "flow-add", type: "button", "aria-label": t.add, title: t.add, "aria-expanded": String(isOpen), "data-add": id,
        onclick: () => {
          adding = isOpen ? null : id;
          paint();
          (isOpen ? $(`[data-add="${id}"]`, canvas) : $(".flow-menu button", canvas))?.focus();
        },
      }, icon(isOpen ? "x" : "plus")),
      isOpen && menu(list, place, id));
  }

  function menu(list, place, id) {
    const insert = (node) => {
      adding = null;
      change(() => list.splice(place, 0, node));
      choose(node.key);
    };
    const item = (name, label, onclick) => h("button", { class: `btn flow-pick flow-${name}`, type: "button", onclick }, icon(ICONS[name] ?? "clipboard"), label);
    return h("div", {
      class: "flow-menu", role: "group", "aria-label": t.add,
      onkeydown: (event) => {
        const items = [...event.currentTarget.children], at = items.indexOf(document.activeElement);
        const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
        if (step) {
          event.preventDefault();
          items[(at + step + items.length) % items.length].focus();
        } else if (event.key === "Escape") {
          event.stopPropagation();
          adding = null;
          paint();
          $(`[data-add="${id}"]`, canvas)?.focus();
        }
      },
    },
    Object.keys(ICONS).map((kind) => item(kind, t[kind], () => insert(fresh(kind)))),
    cut && item("paste", t.paste, () => {
      const node = cut;
      cut = null;
      insert(node);
    }));
  }

  function paint() {
    isStale = isPressed;
    if (isPressed) return;
    const left = canvas.scrollLeft, top = canvas.scrollTop;
    const focused = document.activeElement?.closest?.("[data-key]")?.dataset.key;
    canvas.replaceChildren(h("div", { class: "flow-tree" },
      h("div", { class: "flow-end is-start" }, h("strong", {}, t.start), h("small", {}, t.startNote)),
      sequence(graph.nodes, "flow"),
      h("div", { class: "flow-end" }, h("strong", {}, t.end))));
    canvas.scrollTo(left, top);
    if (focused) $(`[data-key="${focused}"]`, canvas)?.focus({ preventScroll: true });
    $("[data-do=undo]", root)?.toggleAttribute("disabled", !past.length);
    $("[data-flow-state]", root).textContent = isDirty ? t.unsaved : "";
  }

  // -- the panel ------------------------------------------------------------------------------------

  const panels = flowPanels({ data, change, choose, armTitle });

  const controls = () => [...panel.querySelectorAll("input, select, textarea, button, summary")];

  function paintPanel(keepsPlace = false) {
    const top = panel.scrollTop, held = keepsPlace ? controls().indexOf(document.activeElement) : -1;
    const found = view.key ? find(view.key) : null;
    const [title, ...content] = found ? nodePanel(found) : other[view.kind]();
    panel.replaceChildren(
      h("header", { class: "flow-head" }, h("h2", {}, title), h("button", {
        class: "btn btn-icon btn-ghost-secondary flow-close", type: "button", "aria-label": t.close, onclick: close,
      }, icon("x"))),
      h("div", { class: "flow-body" }, content.flat(2).filter(Boolean)));
    refresh(panel);
    panel.scrollTop = keepsPlace ? top : 0;
    // Whoever works by keyboard goes on where they were.
    if (held >= 0) controls()[held]?.focus({ preventScroll: true });
  }

  function nodePanel(found) {
    const { node, branch: owner } = found;
    const kind = owner ? "arm" : node.kind;
    return [owner ? armTitle(owner, node) : t[kindOf(node)], mine(node), data.canEdit && tools(found), panels[kind](node, owner)];
  }

  const mine = (node) => faultList(faults.filter((fault) => fault.node === node.key), false);

  function tools({ node, list, place, branch: owner }) {
    const tool = (label, name, work, disabled = false) => h("button", {
      class: "btn btn-icon", type: "button", title: label, "aria-label": label, disabled, onclick: () => change(work, true),
    }, icon(name));
    const move = (by) => () => list.splice(place + by, 0, ...list.splice(place, 1));
    return h("div", { class: "flow-tools", role: "group" },
      tool(owner ? t.left : t.up, owner ? "arrow-left" : "arrow-up", move(-1), place === 0),
      tool(owner ? t.right : t.down, owner ? "arrow-right" : "arrow-down", move(1), place === list.length - 1),
      tool(t.duplicate, "copy", () => list.splice(place + 1, 0, twin(node))),
      !owner && tool(t.cut, "cut", () => { [cut] = list.splice(place, 1); }),
      node.arms && tool(t.addArm, "git-branch", () => node.arms.splice(Math.max(0, node.arms.length - 1), 0, way(node.gateway === "PARALLEL" ? null : { kind: "all", parts: [] }))),
      tool(t.delete, "trash", () => list.splice(place, 1), Boolean(owner) && list.length <= 2));
  }

  function faultList(found, jumps = true) {
    return found.length > 0 && h("ul", { class: "flow-faults" }, found.map((fault) => {
      const text = [icon(fault.severity === "ERROR" ? "circle-x" : "alert-triangle"), h("span", {}, fault.message)];
      const tone = fault.severity === "ERROR" ? "is-error" : "is-warning";
      return h("li", { class: tone }, jumps && find(fault.node) ? h("button", { type: "button", onclick: () => {
        choose(fault.node);
        $(`[data-key="${fault.node}"]`, canvas)?.scrollIntoView({ block: "center", inline: "center" });
      } }, text) : h("span", {}, text));
    }));
  }

  const thread = (steps) => (steps.length ? h("ol", { class: "flow-route" }, steps.map((step) => h("li", {},
    h("strong", {}, step.title || t[step.kind]), h("span", {}, step.people.join("、") || (step.is_refused ? t.refusedHere : "—")),
    step.rule && h("small", {}, step.rule)))) : h("p", { class: "t-2" }, t.noSteps));

  const other = {
    flow: () => [t.flowSettings, panels.flow(graph)],
    check: () => [t.check, faults.length
      ? ["ERROR", "WARNING"].map((severity) => {
        const found = faults.filter((fault) => fault.severity === severity);
        return found.length > 0 && [h("h3", {}, `${severity === "ERROR" ? t.errors : t.warnings} ${found.length}`), faultList(found)];
      })
      : h("p", { class: "flow-sound" }, icon("circle-check"), t.sound)],
    preview: () => [t.preview, h("p", { class: "t-2" }, t.previewNote), previewForm(), h("div", { "data-result": true, "aria-live": "polite" })],
    replay: () => [t.replay, h("p", { class: "t-2" }, t.replayNote), h("div", { "data-result": true, "aria-live": "polite" }, view.content ?? "")],
  };

  // -- what the server is asked ---------------------------------------------------------------------

  async function send(name, body) {
    let response;
    try {
      response = await fetch(root.dataset[name], {
        method: "POST",
        headers: { "X-CSRFToken": $('meta[name="csrf-token"]').content, "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(body),
      });
    } catch {
      throw new Error(suite.text("offline"));
    }
    const answer = await response.text();
    if (response.ok) return JSON.parse(answer);
    const error = new Error(suite.problemText(response.status, answer));
    try {
      error.faults = JSON.parse(answer).faults ?? [];
    } catch {
      error.faults = [];
    }
    throw error;
  }

  /** Ask the server for something; what it finds wrong is shown at the nodes. */
  async function attempt(name, body) {
    root.setAttribute("aria-busy", "true");
    try {
      return await send(name, body);
    } catch (error) {
      if (error.faults?.length) showFaults(error.faults);
      toast(error.message || t.failed);
      return null;
    } finally {
      root.removeAttribute("aria-busy");
    }
  }

  function showFaults(found) {
    faults = found;
    view = { kind: "check" };
    paint();
    paintPanel();
    open();
  }

  async function save() {
    const sent = JSON.stringify(graph);
    const answer = await attempt("save", { graph: JSON.parse(sent), version });
    if (!answer) return false;
    version = answer.version;
    faults = answer.faults;
    isDirty = JSON.stringify(graph) !== sent;
    paint();
    // What was wrong with the chosen node may be right now.
    if (view.key || view.kind === "check") paintPanel(true);
    return !isDirty;
  }

  let facts = {}, person = String(data.me[0]), sample = "";
  (data.names["suite.user"] ??= {})[person] = data.me[1];

  /** The fields that decide the way, and those that name people. */
  function asked() {
    const names = new Set();
    const walk = (condition) => (condition?.kind === "compare" ? names.add(condition.field) : condition?.parts?.forEach(walk));
    for (const { node, branch: owner } of everything()) {
      if (owner) walk(node.condition);
      for (const resolver of node.resolvers ?? []) if (resolver.kind === "FIELD") names.add(resolver.field);
    }
    return data.fields.filter((field) => names.has(field.name) && !field.name.startsWith("initiator"));
  }

  function previewForm() {
    const result = async (event) => {
      event.preventDefault();
      const given = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== ""));
      const answer = await attempt("preview", { graph, person, facts: given, document: sample });
      if (answer) $("[data-result]", panel)?.replaceChildren(thread(answer.steps));
    };
    const set = (name) => (event) => { facts[name] = event.target.value; };
    const control = (field) => {
      if (field.kind === "yes") return flowConditions.select([["", "—"], ["true", t.yes], ["false", t.no]], facts[field.name], { onchange: set(field.name) });
      if (field.choices.length) return flowConditions.select([["", "—"], ...field.choices], facts[field.name], { onchange: set(field.name) });
      if (field.lookup) return asyncSelect(field.lookup, facts[field.name], data.names, { onchange: (event) => { set(field.name)(event); learn(event.target, field.lookup, data.names); } });
      return h("input", { class: "form-control", type: field.kind === "date" ? "date" : "text", inputmode: field.kind === "number" ? "decimal" : null, value: facts[field.name] ?? "", onchange: (event) => {
        if (field.kind === "number") event.target.value = numbers.clean(event.target.value);
        set(field.name)(event);
      } });
    };
    return h("form", { onsubmit: result },
      panels.labelled(t.asker, asyncSelect("suite.user", person, data.names, { required: true, onchange: (event) => {
        person = event.target.value;
        learn(event.target, "suite.user", data.names);
      } })),
      asked().map((field) => panels.labelled(field.label, control(field))),
      data.document && panels.labelled(t.document, asyncSelect(data.document, sample, data.names, { onchange: (event) => {
        sample = event.target.value;
        learn(event.target, data.document, data.names);
      } })),
      h("button", { class: "btn btn-primary w-100 mb-3", type: "submit" }, icon("route"), t.showRoute));
  }

  function replayed({ total, changes, job_url: job }) {
    if (job) return [h("p", {}, t.replayJob), h("a", { class: "btn", href: job }, t.openJob)];
    const words = (changes.length ? t.replaySome : t.replayNone).replace("{changed}", changes.length).replace("{total}", total);
    return [h("p", { class: "flow-sound" }, words), ...changes.map((each) => h("details", { class: "flow-change" },
      h("summary", {}, h("strong", {}, each.title), h("small", {}, `${each.asker} · ${each.on}`)),
      h("div", { class: "flow-compare" },
        h("div", {}, h("h4", {}, t.before), thread(each.before)),
        h("div", {}, h("h4", {}, t.after), each.problem ? h("p", { class: "text-danger" }, each.problem) : thread(each.after))),
      h("a", { href: each.url, target: "_blank", rel: "noopener" }, each.title)))];
  }

  async function tryPast(body = {}) {
    if (isDirty && data.canEdit && !(await save())) return;
    view = { kind: "replay" };
    const answer = await attempt("replay", body);
    if (!answer) return;
    view.content = h("div", {}, replayed(answer));
    paintPanel();
    open();
  }

  const show = (kind) => {
    view = { kind };
    paint();
    paintPanel();
    open();
  };
  const actions = {
    undo,
    settings: () => show("flow"),
    preview: () => show("preview"),
    replay: () => tryPast(),
    async save() {
      if (await save()) toast(t.saved, "success");
    },
    async check() {
      const answer = await attempt("check", { graph });
      if (answer) showFaults(answer.faults);
    },
    async publish() {
      if (isDirty && !(await save())) return;
      if (faults.some(({ severity }) => severity === "ERROR")) return showFaults(faults);
      if (!(await ask(t.publishQuestion))) return;
      const answer = await attempt("publish", {});
      if (answer) location.assign(answer.url);
    },
  };

  const released = () => {
    isPressed = false;
    if (isStale) paint();
  };
  document.addEventListener("pointerdown", () => { isPressed = true; }, true);
  document.addEventListener("click", () => { isPressed = false; }, true);
  document.addEventListener("click", released);
  for (const kind of ["pointerup", "pointercancel"]) document.addEventListener(kind, () => setTimeout(released));
  root.addEventListener("click", (event) => actions[event.target.closest("[data-do]")?.dataset.do]?.());
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches?.("input, textarea, select");
    if ((event.ctrlKey || event.metaKey) && event.key === "s" && data.canEdit) {
      event.preventDefault();
      document.activeElement?.blur();
      actions.save();
    } else if ((event.ctrlKey || event.metaKey) && event.key === "z" && !isTyping) {
      event.preventDefault();
      undo();
    } else if (event.key === "Escape" && root.classList.contains("is-open") && !isTyping) close();
    else if (event.key === "Delete" && !isTyping && data.canEdit && event.target.dataset?.key) {
      const found = find(event.target.dataset.key);
      if (found && !(found.branch && found.list.length <= 2)) change(() => found.list.splice(found.place, 1), true);
    }
  });
  addEventListener("beforeunload", (event) => {
    if (isDirty) event.preventDefault();
  });

  paint();
  paintPanel();
  if (data.replay) tryPast({ job: data.replay });
});
