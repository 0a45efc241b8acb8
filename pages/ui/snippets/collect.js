// Saves the addresses of the pictures that this page shows as a text file, one a line. It sends nothing anywhere.
(() => {
  const LEAST_SIDE = 100;                                    // pixels: what is smaller is an icon
  const PICTURE = /\.(jpe?g|jfif|png|webp|gif|bmp|tiff?)$/i;
  const found = new Set();

  const parsed = (text) => {
    try {
      const url = new URL(text, document.baseURI);
      return /^https?:$/.test(url.protocol) ? url : null;   // no data:, no blob:
    } catch {
      return null;
    }
  };
  const add = (url) => {
    url.hash = "";
    found.add(url.href);
  };

  // The picture to which a link leads: by its own name, or named in its query, as search pages do.
  const behind = (link) => {
    const url = link && parsed(link.href);
    if (!url) return null;
    for (const value of url.searchParams.values()) {
      const inside = /^https?:\/\//i.test(value) && parsed(value);
      if (inside && PICTURE.test(inside.pathname)) return inside;
    }
    return PICTURE.test(url.pathname) && !url.pathname.includes("/wiki/") ? url : null;
  };

  // The largest file that an image offers ("a.jpg 320w, b.jpg 1280w").
  const largest = (image) => {
    const offers = (image.srcset || "").split(/,\s+/).map((offer) => offer.trim().split(/\s+/));
    offers.sort((one, other) => (parseFloat(other[1]) || 0) - (parseFloat(one[1]) || 0));
    return parsed(offers[0][0] || image.currentSrc || image.src);
  };

  for (const link of document.querySelectorAll("a[href]")) {
    const url = behind(link);
    if (url) add(url);
  }
  for (const image of document.images) {
    if (behind(image.closest("a[href]"))) continue;          // the link leads to the large one
    if (Math.min(image.naturalWidth, image.naturalHeight) < LEAST_SIDE) continue;
    const url = image.src && largest(image);
    if (url) add(url);
  }

  const search = new URL(location.href).searchParams.get("q") || document.title;
  const name = search.replace(/[^\p{L}\p{M}\p{N} _-]+/gu, " ").trim().slice(0, 60) || "pictures";
  const file = new Blob([[...found].join("\n") + "\n"], { type: "text/plain" });
  const saved = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: `${name}.txt` });
  if (found.size) saved.click();
  console.log(found.size ? `${found.size} addresses saved as ${name}.txt` : "No pictures found: scroll down first.");
})();
