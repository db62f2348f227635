// The three things that a page of the Data Docs does when it is clicked.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-toggle='collapse']");
  if (!opener) return;
  event.preventDefault();
  const body = document.querySelector(opener.getAttribute("href") || opener.dataset.target);
  if (body) opener.setAttribute("aria-expanded", String(body.classList.toggle("show")));
});

function showSucceeded(shown) {
  for (const held of document.querySelectorAll(".hide-succeeded-validation-target-child")) {
    held.parentElement.hidden = !shown;
  }
  for (const part of document.querySelectorAll(".hide-succeeded-validations-column-section-target-child")) {
    const section = part.parentElement.parentElement;
    section.hidden = !shown;
    const entry = document.querySelector(`a[href$='#${section.id}']`);
    if (entry) entry.hidden = !shown;
  }
}

function showAllValidations() { showSucceeded(true); }
function hideSucceededValidations() { showSucceeded(false); }
