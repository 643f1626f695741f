/** The frame around the content: theme, search, tabs, threads on a phone, printing and copying. */
"use strict";

(() => {
  const { $, $$, enhance } = suite;

  // -- theme -------------------------------------------------------------------------------------

  enhance("[data-theme-toggle]", (button) => {
    button.addEventListener("click", () => {
      const root = document.documentElement;
      const theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      root.setAttribute("data-bs-theme", theme);
      try {
        localStorage.setItem("tabler-theme", theme);
      } catch {
        // Without storage the choice lasts for this page.
      }
      document.dispatchEvent(new CustomEvent("suite:theme", { detail: { theme } }));
    });
  });

  // -- search ------------------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "k") return;
    const box = $$("input[name=q][data-suggest]").find((input) => input.offsetParent);
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  enhance("[data-suggest]", (input) => {
    const list = document.getElementById(input.getAttribute("aria-controls"));
    const options = () => $$('[role="option"]', list);
    const chosen = () => $('[aria-selected="true"]', list);

    const close = () => {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const open = () => {
      list.hidden = !list.children.length || !input.value.trim();
      input.setAttribute("aria-expanded", String(!list.hidden));
    };
    const choose = (option) => {
      chosen()?.setAttribute("aria-selected", "false");
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      if (option) input.setAttribute("aria-activedescendant", option.id);
      else input.removeAttribute("aria-activedescendant");
    };

    list.addEventListener("htmx:afterSwap", () => {
      options().forEach((option, index) => (option.id ||= `suggest-${index}`));
      if (document.activeElement === input) open();
    });
    input.addEventListener("focus", open);
    input.addEventListener("input", () => !input.value.trim() && close());
    input.closest("form").addEventListener("focusout", (event) => {
      if (!event.currentTarget.contains(event.relatedTarget)) close();
    });
    input.addEventListener("keydown", (event) => {
      const all = options(), at = all.indexOf(chosen());
      if (event.key === "Escape" && !list.hidden) close();
      else if (event.key === "ArrowDown" && all.length) {
        open();
        choose(all[(at + 1) % all.length]);
      } else if (event.key === "ArrowUp" && all.length) choose(all[(at <= 0 ? all.length : at) - 1]);
      else if (event.key === "Enter" && !event.isComposing && !list.hidden && at >= 0) all[at].click();
      else return;
      event.preventDefault();
    });
  });

  // -- tabs whose content htmx fetches -----------------------------------------------------------

  enhance("[data-tabs]", (tabs) => {
    tabs.addEventListener("htmx:afterRequest", (event) => {
      const link = event.target.closest("a");
      if (!event.detail.successful || !link) return;
      $$("[aria-current]", tabs).forEach((each) => each.removeAttribute("aria-current"));
      link.setAttribute("aria-current", "page");
    });
  });

  // -- on a narrow screen a thread opens at its current step -------------------------------------

  enhance(".thread .now, .chain [aria-current], .views [aria-current]", (step) => {
    const box = step.closest(".thread-scroll, .chain, .views");
    if (box) box.scrollLeft = step.offsetLeft - box.clientWidth / 3;
  });

  // -- passwords ---------------------------------------------------------------------------------

  enhance("[data-reveal]", (button) => {
    const input = $("input", button.closest(".input-group"));
    button.addEventListener("click", () => {
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
      $(".ti", button).className = `ti ti-eye${shown ? "-off" : ""}`;
    });
  });

  // -- printing and copying ------------------------------------------------------------------------

  enhance("[data-print]", (button) => button.addEventListener("click", () => print()));
  enhance("[data-copy]", (button) => {
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
      suite.toast(button.dataset.copied, "success");
    });
  });
})();
