/**
 * What the other scripts share: enhancing what the server sends (also by htmx), requests, notices, questions, the sheet.
 *
 * Everything hangs on the one name `suite`; scripts are classic and deferred, so they run in the order of the page.
 */
"use strict";

const suite = (() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const enhancers = [];

  /** Run all enhancers on a part of the page that was just added. */
  function refresh(root) {
    for (const { selector, work, seen } of enhancers) {
      const found = $$(selector, root);
      if (root.matches?.(selector)) found.unshift(root);
      for (const element of found) {
        if (seen.has(element) || element.closest("template")) continue;
        seen.add(element);
        work(element);
      }
    }
  }

  /** Call `work` once for each element that matches, now and whenever htmx or a script adds one. */
  function enhance(selector, work) {
    enhancers.push({ selector, work, seen: new WeakSet() });
    const last = enhancers[enhancers.length - 1];
    for (const element of $$(selector)) {
      last.seen.add(element);
      work(element);
    }
  }

  /** A text of the page in the reader's language; `{name}` is replaced by `values.name`. */
  function text(name, values = {}) {
    const found = $("#texts")?.dataset[name] ?? "";
    return Object.entries(values).reduce((line, [key, value]) => line.replaceAll(`{${key}}`, value), found);
  }

  const csrfToken = () => $('meta[name="csrf-token"]').content;

  /** What to tell a person about a failed answer: the problem's own words, else a general sentence. */
  function problemText(status, body) {
    try {
      const problem = JSON.parse(body);
      if (problem.detail || problem.title) return problem.detail || problem.title;
    } catch {
      // Not a problem+json document: the general sentences below are all there is to say.
    }
    return text({ 0: "offline", 403: "forbidden", 404: "gone", 429: "busy" }[status] ?? "failed");
  }

  /**
   * Send a form and return the JSON answer.
   *
   * Rejects with an Error whose message can be shown, and whose `status` is 0 without a connection.
   */
  async function post(url, fields) {
    let response;
    try {
      response = await fetch(url, {
        method: "POST",
        headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
        body: new URLSearchParams(fields),
      });
    } catch {
      throw Object.assign(new Error(text("offline")), { status: 0 });
    }
    const body = await response.text();
    if (!response.ok) throw Object.assign(new Error(problemText(response.status, body)), { status: response.status });
    return body ? JSON.parse(body) : {};
  }

  // -- notices ---------------------------------------------------------------------------------

  const STAYS = new Set(["error", "warning"]);

  /** Show a notice; errors and warnings stay until closed. */
  function toast(words, tone = "error") {
    const notice = $("#toast-blank").content.firstElementChild.cloneNode(true);
    notice.classList.replace("notice-info", `notice-${tone}`);
    $(".notice-text", notice).textContent = words;
    $("#toasts").append(notice);
    refresh(notice);
  }

  enhance("[data-notice]", (notice) => {
    $("[data-notice-close]", notice).addEventListener("click", () => notice.remove());
    if ([...STAYS].some((tone) => notice.classList.contains(`notice-${tone}`))) return;
    let timer;
    const leave = () => (timer = setTimeout(() => notice.remove(), 6000));
    const stay = () => clearTimeout(timer);
    notice.addEventListener("mouseenter", stay);
    notice.addEventListener("focusin", stay);
    notice.addEventListener("mouseleave", leave);
    leave();
  });

  // -- questions -------------------------------------------------------------------------------

  /** Ask before doing something; resolves to whether the person agreed. */
  function ask(question, label = "") {
    const dialog = $("#ask"), yes = $('[value="yes"]', dialog);
    $("#ask-text").textContent = question;
    yes.textContent = label || yes.dataset.text;
    dialog.returnValue = "no";
    dialog.showModal();
    yes.focus();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }

  // -- the sheet: a form of another page over this one -----------------------------------------

  /** Open the form at an address over the page; `onClose` is called when it is left without being sent. */
  function openSheet(url, onClose = null) {
    const sheet = $("#sheet"), body = $("#sheet-body");
    body.replaceChildren();
    htmx.ajax("GET", url, { target: body, swap: "innerHTML" }).then(() => {
      if (!body.children.length) return onClose?.();
      if (!sheet.open) sheet.showModal();
      $("[autofocus], input:not([type=hidden]), select, textarea", body)?.focus();
      if (onClose) sheet.addEventListener("close", onClose, { once: true });
    });
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-sheet]");
    if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      openSheet(opener.dataset.sheet || opener.href);
      return;
    }
    // A number or address opens the dialer or the mail; the form to record it comes up behind, for whoever may.
    const reached = event.target.closest("[data-reached]")?.dataset.reached;
    const address = reached?.split("?")[0];
    if (reached && $$("a[href]").some((link) => link.getAttribute("href") === address)) openSheet(reached);
    const closer = event.target.closest("[data-sheet-close], #sheet [data-close]");
    if (closer) {
      event.preventDefault();
      $("#sheet").close();
    }
  });

  // -- htmx --------------------------------------------------------------------------------------

  document.addEventListener("htmx:load", (event) => refresh(event.detail.elt));
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrfToken();
  });
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question).then((agreed) => agreed && event.detail.issueRequest(true));
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    // A session that has ended answers with the sign-in page; it must not land inside this one.
    const signIn = document.body.dataset.signIn, landed = event.detail.xhr.responseURL;
    if (!landed || new URL(landed).pathname !== signIn || location.pathname === signIn) return;
    event.detail.shouldSwap = false;
    location.assign(`${signIn}?${new URLSearchParams({ next: location.pathname + location.search })}`);
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { status, responseText } = event.detail.xhr;
    toast(problemText(status, responseText));
  });
  document.addEventListener("htmx:sendError", () => toast(text("offline")));
  document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.tone));

  return { $, $$, ask, enhance, openSheet, post, problemText, refresh, text, toast };
})();
