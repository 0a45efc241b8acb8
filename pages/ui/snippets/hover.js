// Shows a picture beside the pointer while it rests on a dot of a plotly chart, and tells of a click on the dot, which
// Streamlit does not while the lasso is the tool. A dot's customdata is the picture's id.
// Where anything is not as expected (no chart, no picture, another plotly) nothing is shown, and nothing else changes.
export default function ({ data, setTriggerValue }) {
  const SIDE = 148;                                          // pixels of the shown square
  const AWAY = 18;                                           // from the pointer
  const listening = new WeakSet();
  const frame = document.createElement("img");
  frame.className = "dot-picture";
  frame.alt = "";
  Object.assign(frame.style, {
    position: "fixed", width: `${SIDE}px`, height: `${SIDE}px`, objectFit: "cover", borderRadius: "8px",
    border: "3px solid rgba(128, 136, 150, .9)", boxShadow: "0 4px 16px rgba(0, 0, 0, .35)", background: "#8b919c",
    pointerEvents: "none", zIndex: "1000000", display: "none",
  });
  document.body.appendChild(frame);

  const hide = () => {
    frame.style.display = "none";
    delete frame.dataset.id;
  };
  frame.addEventListener("error", hide);                     // not kept, or another's
  const idOf = ({ points }) => points && points[0] && points[0].customdata;
  const click = (told) => {
    const id = idOf(told);
    if (typeof id === "string") setTriggerValue("clicked", id);
  };
  const show = ({ points, event }) => {
    const id = idOf({ points });
    if (typeof id !== "string" || !event) return hide();
    const { clientX: x, clientY: y } = event;
    const left = x + AWAY + SIDE < window.innerWidth ? x + AWAY : x - AWAY - SIDE;
    const top = y + AWAY + SIDE < window.innerHeight ? y + AWAY : y - AWAY - SIDE;
    if (frame.dataset.id !== id) {
      frame.dataset.id = id;
      frame.src = `${data.address}/${encodeURIComponent(id)}${data.behind}`;
    }
    Object.assign(frame.style, { left: `${left}px`, top: `${top}px`, display: "block" });
  };

  // A chart is made anew whenever it changes, so it is looked for when the pointer comes to it.
  const enter = ({ target }) => {
    const place = target.closest && target.closest(`.st-key-${data.chart}`);
    const chart = place && place.querySelector(".js-plotly-plot");
    if (!chart) return hide();
    if (listening.has(chart) || typeof chart.on !== "function") return;
    listening.add(chart);
    chart.on("plotly_hover", show);
    chart.on("plotly_unhover", hide);
    chart.on("plotly_selecting", hide);
    chart.on("plotly_click", click);
  };
  document.addEventListener("pointerover", enter);
  document.addEventListener("scroll", hide, true);
  return () => {
    document.removeEventListener("pointerover", enter);
    document.removeEventListener("scroll", hide, true);
    frame.remove();
  };
}
