/* Comments and files: suggestions after @, files by drop, progress of an upload. Everything is delegated, so that
   parts which htmx puts in later work as well. */
(() => {
  const SHOWN = 150;
  let timer, list, active = 0, anchor = null;

  const close = () => { list?.remove(); list = null; };
  const typed = (area) => /(?:^|\s|[，。；、（])@([^\s@]{0,20})$/.exec(area.value.slice(0, area.selectionStart));

  const mark = () => [...list.children].forEach((item, i) => item.classList.toggle("active", i === active));

  const choose = (area, person) => {
    const before = area.value.slice(0, area.selectionStart).replace(/@[^\s@]*$/, `@${person.name} `);
    area.value = before + area.value.slice(area.selectionStart);
    area.setSelectionRange(before.length, before.length);
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name: "mentions", value: person.id });
    area.form.append(input);
    close();
    area.focus();
  };

  const show = (area, people) => {
    close();
    if (!people.length) return;
    list = document.createElement("div");
    list.className = "dropdown-menu show w-100";
    list.setAttribute("role", "listbox");
    people.forEach((person) => {
      const item = document.createElement("button");
      Object.assign(item, { type: "button", className: "dropdown-item", textContent: person.name });
      item.setAttribute("role", "option");
      item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(area, person); });
      item.person = person;
      list.append(item);
    });
    active = 0;
    anchor = area;
    area.parentElement.append(list);
    mark();
  };

  const suggest = (area) => {
    clearTimeout(timer);
    const found = typed(area);
    if (!found) { close(); return; }
    timer = setTimeout(async () => {
      const url = `${area.dataset.people}?q=${encodeURIComponent(found[1])}`;
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (answer.ok && typed(area)?.[1] === found[1]) show(area, (await answer.json()).people);
    }, SHOWN);
  };

  document.addEventListener("input", (event) => { if (event.target.matches("textarea[data-people]")) suggest(event.target); });
  document.addEventListener("focusout", (event) => { if (event.target === anchor) close(); });
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("textarea[data-people]")) return;
    if (list) {
      const last = list.children.length - 1;
      if (event.key === "ArrowDown") active = Math.min(last, active + 1);
      else if (event.key === "ArrowUp") active = Math.max(0, active - 1);
      else if (event.key === "Enter" || event.key === "Tab") choose(event.target, list.children[active].person);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      if (list) mark();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });

  document.addEventListener("click", (event) => {
    const mention = event.target.closest("[data-mention]");
    if (mention) {
      const area = mention.form.elements.body, at = area.selectionStart;
      const gap = at && !/\s/.test(area.value[at - 1]) ? " @" : "@";
      area.setRangeText(gap, at, area.selectionEnd, "end");
      area.focus();
      suggest(area);
    }
    if (event.target.closest("[data-choose-files]")) document.querySelector("form[data-upload] input[type=file]")?.click();
  });

  const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  ["dragover", "dragleave", "drop"].forEach((name) => document.addEventListener(name, (event) => {
    const card = event.target.closest?.("#files");
    if (!card || !holdsFiles(event)) return;
    event.preventDefault();
    card.querySelector("[data-drop]").classList.toggle("drop-over", name === "dragover");
    if (name !== "drop") return;
    const form = card.querySelector("form[data-upload]");
    form.elements.files.files = event.dataTransfer.files;
    form.requestSubmit();
  }));

  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector?.(":scope progress");
    if (!event.target.matches?.("form[data-upload]") || !bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = (100 * event.detail.loaded) / event.detail.total;
  });
})();
