/** Forms: asking before something is done, no double submit, a warning before leaving unsaved input. */
"use strict";

(() => {
  const { $, $$, ask, enhance } = suite;

  // -- data-confirm on a form, a submit button or a link -------------------------------------------

  const agreed = new WeakSet();

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target, button = event.submitter;
      const question = button?.dataset.confirm ?? form.dataset.confirm;
      if (!question || agreed.delete(form)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(question, button?.dataset.confirmLabel).then((yes) => {
        if (!yes) return;
        agreed.add(form);
        form.requestSubmit(button);
      });
    },
    true,
  );
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-confirm]");
    if (!link || event.defaultPrevented) return;
    event.preventDefault();
    ask(link.dataset.confirm, link.dataset.confirmLabel).then((yes) => yes && location.assign(link.href));
  });

  // -- no double submit ----------------------------------------------------------------------------

  // A file may be the answer, and then the page stays: the buttons come back after a while.
  const RELEASE_AFTER = 10_000;
  const held = new Map();

  const release = (form) => {
    for (const button of held.get(form) ?? []) {
      button.disabled = false;
      button.classList.remove("btn-loading");
    }
    held.delete(form);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.target) return;
    if (held.has(form)) {
      event.preventDefault();
      return;
    }
    const buttons = $$("button[type=submit], button:not([type])", form).filter((button) => !button.disabled);
    held.set(form, buttons);
    const isDownload = form.hasAttribute("data-download") || event.submitter?.hasAttribute("data-download");
    // After the browser has read the form: a disabled button would not be sent.
    setTimeout(() => {
      if (!isDownload) event.submitter?.classList.add("btn-loading");
      buttons.forEach((button) => (button.disabled = true));
    });
    setTimeout(() => release(form), isDownload ? 1500 : RELEASE_AFTER);
  });
  // Forms that htmx sends answer into the page: their buttons rest only while the request is under way.
  for (const [name, isBusy] of [["htmx:beforeRequest", true], ["htmx:afterRequest", false]]) {
    document.addEventListener(name, ({ detail }) => {
      if (!detail.elt.matches("form")) return;
      $$("button[type=submit], button:not([type])", detail.elt).forEach((button) => (button.disabled = isBusy));
    });
  }
  addEventListener("pageshow", () => [...held.keys()].forEach(release));

  // -- unsaved input -------------------------------------------------------------------------------

  const dirty = new Set();

  enhance("form[data-guard]", (form) => {
    const mark = (event) => {
      // Only what a person does counts; scripts that fill a field raise events too.
      if (event && !event.isTrusted && !event.detail?.typed) return;
      dirty.add(form);
      $$("[data-dirty]").forEach((note) => (note.hidden = false));
    };
    form.addEventListener("input", mark);
    form.addEventListener("change", mark);
    form.addEventListener("suite:changed", () => mark());
    form.addEventListener("submit", () => setTimeout(() => held.has(form) && dirty.delete(form)));
    if (form.dataset.guard === "dirty" || $(".is-invalid", form)) mark();
  });
  addEventListener("beforeunload", (event) => {
    if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
  });

  // The first wrong field gets the cursor; a select that would open its list is only brought into sight.
  enhance("form .is-invalid, form [aria-invalid=true]", (field) => {
    if ($(".is-invalid, [aria-invalid=true]", field.closest("form")) !== field) return;
    setTimeout(() => (field.tomselect ? field.tomselect.wrapper.scrollIntoView({ block: "center" }) : field.focus()));
  });
})();
