"""What the browser is told: colours, and scripts for what Streamlit has no words for."""

import streamlit as st

from dashboard.theme import Theme, look

ARRIVAL_SCRIPT = """<script>
(() => {
  const stop = Date.now() + 20000;
  let moved = false;
  let quiet = 0;
  for (const kind of ["wheel", "touchstart", "keydown", "pointerdown"]) {
    window.addEventListener(kind, () => { moved = true; }, { once: true, passive: true });
  }
  // What stands above it grows while charts are drawn.
  const look = () => {
    const app = document.querySelector("[data-testid='stApp']");
    quiet = app?.dataset.testScriptState === "running" ? 0 : quiet + 150;
    if (moved || quiet > 1500 || Date.now() > stop) return;
    document.querySelector(".st-key-%s")?.scrollIntoView({ block: "start" });
    setTimeout(look, 150);
  };
  look();
})();
</script>"""


MENU_SCRIPT = """<script>
if (!window.menuCloses) {
  window.menuCloses = true;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-testid='stSidebarNavLink']");
    if (!link || window.innerWidth > 768) return;
    document.querySelector("[data-testid='stSidebarCollapseButton'] button")?.click();
  });
}
</script>"""


# Streamlit adds what widgets have in the address to a link's own values. A filter that both name
# would be there twice, and one of the old page's widgets would not fit the new page; the server
# corrects either, which is an entry of the browser's history of its own, and takes Back a second
# press. So the address is without them while Streamlit reads it: a link has what it says, and one
# of the menu the filters.
LINK_SCRIPT = """<script>
if (!window.linksAreWhole) {
  window.linksAreWhole = true;
  const filters = ["segment", "country", "as_of"];
  document.addEventListener("click", (event) => {
    const link = event.target.closest(
      "[data-testid='stPageLink-NavLink'], [data-testid='stSidebarNavLink']");
    if (!link) return;
    const kept = link.dataset.testid === "stSidebarNavLink" ? filters : [];
    const here = location.href;
    const without = new URL(here);
    for (const name of [...without.searchParams.keys()])
      if (!kept.includes(name)) without.searchParams.delete(name);
    history.replaceState(history.state, "", without);
    setTimeout(() => {
      if (location.href === without.href) history.replaceState(history.state, "", here);
    });
  }, { capture: true });
}
</script>"""


def browser_look() -> Theme:
    """Return the look of the theme that the browser shows."""
    return look(st.context.theme.type)


def colours(look: Theme) -> str:
    """Return the colours of a look that the style sheet names, as HTML."""
    # White on the dark theme's accent is too faint to read.
    on_accent = look.inverse
    return (
        f"<style>:root {{ --rise: {look.accent}; --fall: {look.negative}; --soft: {look.muted}; "
        f"--accent: {look.accent}; --on-accent: {on_accent}; }}</style>"
    )


def close_menu_on_phones() -> None:
    """Close the menu, which covers a phone's screen, when a page of it is chosen."""
    st.html(MENU_SCRIPT, unsafe_allow_javascript=True)


def make_links_whole() -> None:
    """Have a link lead to what it says and nothing else, in one entry of the browser's history."""
    st.html(LINK_SCRIPT, unsafe_allow_javascript=True)


def arrive(key: str, promised: str) -> None:
    """Scroll to what the link that led here promises, once.

    Parameters
    ----------
    key : str
        Of the container to scroll to.
    promised : str
        What of the link promises it: another one scrolls again.
    """
    if promised and st.session_state.get("arrived") != (key, promised):
        st.html(ARRIVAL_SCRIPT % key, unsafe_allow_javascript=True)
    st.session_state["arrived"] = (key, promised)
