/**
 * Controls of forms: selects that ask the server, numbers, dates.
 *
 * `<select data-async="/lookup/app.model/" data-depends="field:lookup,…" data-create-url="…">`
 */
"use strict";

(() => {
  const { $, enhance, text } = suite;

  // -- selects that ask the server -----------------------------------------------------------------

  /** The control a dependency names: in the same line of a grid, else in the form. */
  function sibling(select, name) {
    const cut = select.name.lastIndexOf("-");
    const inLine = cut < 0 ? null : select.form.elements[`${select.name.slice(0, cut)}-${name}`];
    return inLine ?? select.form?.elements[name] ?? null;
  }

  const dependencies = (select) =>
    (select.dataset.depends ?? "")
      .split(",")
      .filter(Boolean)
      .map((pair) => pair.split(":"))
      .map(([name, lookup]) => ({ control: sibling(select, name), lookup: lookup ?? name }))
      .filter(({ control }) => control);

  /** The address to ask for rows that match what was typed. */
  function address(select, query, more = {}) {
    const url = new URL(select.dataset.async, location.href);
    for (const { control, lookup } of dependencies(select)) if (control.value) url.searchParams.set(lookup, control.value);
    Object.entries({ q: query, ...more }).forEach(([key, value]) => url.searchParams.set(key, value));
    return url;
  }

  async function lookUp(select, query, more = {}) {
    const response = await fetch(address(select, query, more), { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(suite.problemText(response.status, await response.text()));
    return response.json();
  }

  const row = (tag) => (data, escape) =>
    `<div class="${tag}">${escape(data.text)}${data.sub ? `<small>${escape(data.sub)}</small>` : ""}</div>`;

  function createLink(select, query) {
    const url = new URL(select.dataset.createUrl, location.href);
    if (query && select.dataset.createParam) url.searchParams.set(select.dataset.createParam, query);
    return url;
  }

  const label = (select) =>
    select.getAttribute("aria-label") || select.labels?.[0]?.textContent.trim() || select.closest("td")?.dataset.l || "";

  enhance("select[data-async]", (select) => {
    if (select.disabled) return;
    let asked = 0, isWaiting = false, takesFirst = false;
    const box = new TomSelect(select, {
      valueField: "id",
      labelField: "text",
      searchField: [],
      maxOptions: 100,
      refreshThrottle: 0,
      loadThrottle: 200,
      preload: "focus",
      hideSelected: select.multiple,
      closeAfterSelect: true,
      dropdownParent: select.closest(".table-responsive, dialog, .filter-panel") ? "body" : null,
      plugins: select.multiple ? ["remove_button"] : select.required ? [] : ["clear_button"],
      // The server has matched and ordered; nothing is to be hidden or sorted again here.
      score: () => () => 1,
      sortField: [{ field: "$order" }],
      shouldLoad: () => true,
      load(query, done) {
        const turn = ++asked;
        lookUp(select, query)
          .then(({ results }) => {
            if (turn !== asked) return done();
            this.clearOptions();
            done(results);
            isWaiting = false;
            if (takesFirst && results.length) this.addItem(String(results[0].id));
            takesFirst = false;
          })
          .catch((error) => {
            done();
            isWaiting = takesFirst = false;
            suite.toast(error.message || text("offline"));
          });
      },
      render: {
        option: row("option"),
        item: row("item"),
        no_results: () => `<div class="no-results">${text("nothing")}</div>`,
        loading: () => `<div class="no-results">${text("loading")}</div>`,
        not_loading: () => "",
      },
      // What was found for the word before is not to be chosen by an early Enter.
      onType() {
        isWaiting = true;
        takesFirst = false;
        this.clearOptions();
        this.refreshOptions(true);
      },
      onInitialize() {
        this.control_input.setAttribute("aria-label", label(select));
        if (select.matches("[aria-invalid=true]")) this.control_input.setAttribute("aria-invalid", "true");
      },
      onItemAdd() {
        if (select.multiple) this.setTextboxValue("");
      },
      onChange() {
        select.dispatchEvent(new CustomEvent("suite:chosen", { bubbles: true, detail: this.options[this.getValue()] }));
        select.dispatchEvent(new CustomEvent("suite:changed", { bubbles: true }));
      },
    });
    box.wrapper.classList.remove("num");
    // A scanner types a code and Enter faster than the server answers: the first found is taken when it arrives.
    box.control_input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !isWaiting || event.isComposing) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      takesFirst = true;
    }, true);
    dependencies(select).forEach(({ control }) =>
      control.addEventListener("change", () => {
        box.clear();
        box.clearOptions();
      }),
    );
    if (select.multiple) opensByEnter(box);
    if (select.dataset.createUrl) offerNew(select, box);
  });

  // Several of a few: the options are all here already.
  enhance("select[multiple]:not([data-async])", (select) => {
    const box = new TomSelect(select, {
      plugins: ["remove_button"],
      hideSelected: true,
      dropdownParent: select.closest("dialog, .filter-panel") ? "body" : null,
      render: { no_results: () => `<div class="no-results">${text("nothing")}</div>` },
      onInitialize() {
        this.control_input.setAttribute("aria-label", label(select));
      },
      // What was typed has found its row.
      onItemAdd() {
        this.setTextboxValue("");
        this.close();
      },
    });
    opensByEnter(box);
  });

  /** Enter in a box of several opens its list, as in a box of one, and never sends the form. */
  function opensByEnter(box) {
    box.control_input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      if (!box.isOpen) box.open();
    }, true);
  }

  /** A last line "create new", opening in a new tab; on return the select asks again. */
  function offerNew(select, box) {
    const link = Object.assign(document.createElement("a"), { className: "ts-create", target: "_blank", rel: "noopener" });
    link.innerHTML = '<i class="ti ti-plus" aria-hidden="true"></i>';
    link.append(text("createNew"));
    link.addEventListener("mousedown", (event) => event.preventDefault());
    link.addEventListener("click", () => {
      link.href = createLink(select, box.lastValue);
      addEventListener("focus", () => {
        box.clearOptions();
        box.focus();
        box.load(box.inputValue());
      }, { once: true });
    });
    box.on("dropdown_open", (dropdown) => dropdown.append(link));
  }

  // -- numbers -------------------------------------------------------------------------------------

  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches("input[inputmode=decimal], input[data-money]")) return;
    const form = input.form;
    input.value = form?.method === "post" ? numbers.tidy(input.value) : numbers.clean(input.value);
  }, true);
  enhance("form[method=post] input[inputmode=decimal]", (input) => {
    if (input.value) input.value = numbers.tidy(input.value);
  });

  // -- a choice by which the server fills in the rest anew, with what was entered so far ----------

  document.addEventListener("change", (event) => {
    const form = event.target.matches("select[data-refill]") && event.target.form;
    if (!form) return;
    const given = new FormData(form);
    ["csrfmiddlewaretoken", "form_token"].forEach((name) => given.delete(name));
    const url = new URL(form.action);
    url.search = new URLSearchParams([...given].filter(([, value]) => typeof value === "string" && value));
    if (form.hasAttribute("hx-post")) htmx.ajax("GET", url.href, { target: form, swap: "outerHTML" });
    else location.replace(url);
  });

  // -- dates: pasting 2026/11/20, 20261120 or 2026年11月20日 into the browser's own field ------------

  document.addEventListener("paste", (event) => {
    const input = event.target;
    if (!input.matches?.("input[type=date]")) return;
    const found = /(\d{4})\D?(\d{1,2})\D?(\d{1,2})/.exec(numbers.clean(event.clipboardData.getData("text")));
    if (!found) return;
    event.preventDefault();
    input.value = [found[1], found[2].padStart(2, "0"), found[3].padStart(2, "0")].join("-");
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  suite.lookUp = lookUp;
})();
