// A graph as a picture or a file for other tools.
const escape = (text) => String(text).replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

export function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(text instanceof Blob ? text : new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export function savePicture(sigma, ground) {
  const { width, height } = sigma.getDimensions();
  const ratio = window.devicePixelRatio || 1;
  const canvas = Object.assign(document.createElement("canvas"), { width: width * ratio, height: height * ratio });
  const context = canvas.getContext("2d");
  context.fillStyle = ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  sigma.refresh();
  const layers = sigma.getCanvases();
  for (const name of ["edges", "nodes", "labels"]) {
    // What is drawn by the graphics card is gone once shown: draw it and copy it at once.
    sigma.render?.();
    context.drawImage(layers[name], 0, 0, canvas.width, canvas.height);
  }
  canvas.toBlob((blob) => save("graph.png", "image/png", blob));
}

export function asSvg(graph, shown) {
  const nodes = graph.mapNodes((id, node) => node);
  const low = (key) => nodes.reduce((least, node) => Math.min(least, node[key]), Infinity);
  const high = (key) => nodes.reduce((most, node) => Math.max(most, node[key]), -Infinity);
  const [x0, y0] = [low("x"), low("y")];
  const scale = 1500 / Math.max(high("x") - x0, high("y") - y0, 1e-9);
  const place = (node) => [((node.x - x0) * scale + 60).toFixed(1), ((high("y") - node.y) * scale + 60).toFixed(1)];
  const places = new Map(graph.mapNodes((id, node) => [id, place(node)]));
  const lines = graph.filterEdges(shown).map((edge) => {
    const [[x1, y1], [x2, y2]] = graph.extremities(edge).map((id) => places.get(id));
    return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
  });
  const dots = graph.mapNodes((id, node) => {
    const [x, y] = places.get(id);
    const label = node.size > 5 || graph.order < 150 ? `<text x="${x}" y="${+y + node.size + 11}">${escape(node.label)}</text>` : "";
    return `<circle cx="${x}" cy="${y}" r="${node.size.toFixed(1)}" fill="${node.color}"><title>${escape(node.label)}</title></circle>${label}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1620 1620" font-family="sans-serif" font-size="11" text-anchor="middle"><rect width="1620" height="1620" fill="#fff"/><g stroke="#9aa5b1" stroke-opacity=".6">${lines.join("")}</g>${dots.join("")}</svg>`;
}

export function asGraphml(graph, shown) {
  const keys = '<key id="name" for="node" attr.name="name" attr.type="string"/><key id="schema" for="node" attr.name="schema" attr.type="string"/><key id="kinds" for="edge" attr.name="kinds" attr.type="string"/><key id="first" for="edge" attr.name="first" attr.type="string"/><key id="last" for="edge" attr.name="last" attr.type="string"/><key id="weight" for="edge" attr.name="weight" attr.type="double"/>';
  const data = (key, value) => `<data key="${key}">${escape(value)}</data>`;
  const nodes = graph.mapNodes((id, node) => `<node id="${escape(id)}">${data("name", node.label)}${data("schema", node.schema)}</node>`);
  const edges = graph.filterEdges(shown).map((edge) => {
    const of = graph.getEdgeAttributes(edge);
    const [a, b] = graph.extremities(edge);
    return `<edge source="${escape(a)}" target="${escape(b)}">${data("kinds", of.kinds.join("; "))}${data("first", of.first)}${data("last", of.last)}${data("weight", of.weight)}</edge>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">${keys}<graph edgedefault="undirected">${nodes.join("")}${edges.join("")}</graph></graphml>`;
}
