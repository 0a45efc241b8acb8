// A picture that is pasted anywhere on the page goes the way of a dropped one: into the uploader that is named.
// Where anything is not as expected (no uploader, another Streamlit, a text that is pasted) nothing happens here.
export default function ({ data }) {
  const paste = (event) => {
    const files = [...((event.clipboardData && event.clipboardData.files) || [])];
    const field = document.querySelector(`.st-key-${data.uploader} input[type="file"]`);
    const writing = event.target && event.target.closest && event.target.closest("input:not([type=file]), textarea");
    if (!files.length || !field || field.disabled || writing) return;
    const carried = new DataTransfer();
    for (const file of files) carried.items.add(file);
    field.files = carried.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    event.preventDefault();
  };
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}
