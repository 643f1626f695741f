/** The print button of a paper page. */
"use strict";

document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => print()));
