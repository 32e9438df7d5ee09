// What is wrong with each frame as it is laid out: {entry: [sentences]}. Frames are a phone's width, wherever they stand.
() => {
  const SLACK = 1; // pixels: browsers round
  const LEAST = 3; // pixels that two texts must share in both directions
  const about = (element) =>
    `<${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> “${element.textContent.slice(0, 40)}”`;

  function* cut(frame) {
    const edge = frame.getBoundingClientRect();
    for (const element of frame.querySelectorAll("*")) {
      const { overflowX, overflowY, textOverflow, position, visibility } = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      if (!box.width || !box.height || visibility === "hidden") continue;
      if (box.right > edge.right + SLACK || box.left < edge.left - SLACK) yield `stands outside: ${about(element)}`;
      if (element instanceof HTMLSelectElement || element instanceof HTMLInputElement) continue;
      const wide = element.clientWidth && element.scrollWidth > element.clientWidth + SLACK;
      const high = element.clientHeight && element.scrollHeight > element.clientHeight + SLACK;
      if (wide && /auto|scroll/.test(overflowX)) yield `scrolls sideways: ${about(element)}`;
      if (wide && (/hidden|clip/.test(overflowX) || textOverflow === "ellipsis") && position !== "absolute") {
        yield `is cut at the side: ${about(element)}`;
      }
      if (high && /hidden|clip/.test(overflowY)) yield `is cut below: ${about(element)}`;
    }
  }

  /** A menu that is closed shows its words cut, without a sign in the layout. */
  function* menus(frame) {
    const pen = document.createElement("canvas").getContext("2d");
    for (const menu of frame.querySelectorAll("select")) {
      pen.font = getComputedStyle(menu).font;
      const words = menu.selectedOptions[0]?.textContent ?? "";
      const { paddingLeft, paddingRight } = getComputedStyle(menu);
      const room = menu.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
      if (pen.measureText(words).width > room + SLACK) yield `a menu cuts its words: ${words}`;
    }
  }

  function* lines(frame) {
    const walker = document.createTreeWalker(frame, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!node.data.trim() || node.parentElement.closest("option, svg")) continue;
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) if (box.width > LEAST) yield { node, box };
    }
  }

  function* overlaps(frame) {
    const found = [...lines(frame)].sort((one, other) => one.box.top - other.box.top);
    for (const [place, one] of found.entries()) {
      for (const other of found.slice(place + 1)) {
        if (other.box.top > one.box.bottom) break;
        const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const high = Math.min(one.box.bottom, other.box.bottom) - other.box.top;
        const most = Math.min(one.box.height, other.box.height) / 3;
        if (wide > LEAST && high > Math.max(LEAST, most)) {
          yield `“${one.node.data.slice(0, 30)}” lies on “${other.node.data.slice(0, 30)}”`;
        }
      }
    }
  }

  function* undrawn(frame) {
    for (const each of frame.querySelectorAll("[data-undrawn]")) yield `is not drawn: ${each.dataset.undrawn}`;
    if (!frame.textContent.trim()) yield "shows nothing";
  }

  const faults = {};
  for (const entry of document.querySelectorAll("[data-entry]")) {
    const frame = entry.querySelector(".frame");
    const found = [...undrawn(frame), ...cut(frame), ...menus(frame), ...overlaps(frame)];
    if (found.length) faults[`${entry.dataset.entry} ${entry.querySelector("header").textContent}`] = [...new Set(found)];
  }
  return faults;
}
