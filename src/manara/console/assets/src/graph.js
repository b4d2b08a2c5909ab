// The graph: drawn at once where the server put it, then pulled by its ties in a worker.
import { UndirectedGraph } from "graphology";
import forceAtlas2 from "graphology-layout-forceatlas2";
import Layout from "graphology-layout-forceatlas2/worker";
import Sigma from "sigma";
import { EdgeLineProgram } from "sigma/rendering";
import { asGraphml, asSvg, save, savePicture } from "./graph-files.js";

const COLOURS = ["#2f7ea8", "#c2410c", "#15803d", "#7c3aed", "#b45309", "#be185d", "#0f766e", "#4d7c0f", "#4338ca", "#9f1239"];
const OTHER = "#7b8794";
const root = document.getElementById("graph");
const texts = JSON.parse(root.dataset.texts);
const at = (id) => document.getElementById(`graph-${id}`);
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const comma = document.documentElement.lang === "ar" ? "، " : ", ";
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => Number(values[key]).toLocaleString(document.documentElement.lang));
// Asked for once: looking a colour up takes longer than drawing a tie.
const look = Object.fromEntries(["ink", "surface", "edge", "line", "tie", "strong"].map((name) => [name, css(`--${name}`)]));
const graph = new UndirectedGraph();
const state = { kinds: {}, off: new Set(), first: "", last: "", chosen: "", start: "", path: new Set(), days: [], colours: new Map() };
let sigma, layout;

const json = async (url) => {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
};

function add(told, near) {
  const names = told.nodes.map((node) => node.id);
  for (const node of told.nodes) {
    if (graph.hasNode(node.id)) continue;
    const spread = () => (Math.random() - 0.5) * 4;
    const place = near ? { x: graph.getNodeAttribute(near, "x") + spread(), y: graph.getNodeAttribute(near, "y") + spread() } : { x: node.x, y: node.y };
    graph.addNode(node.id, { ...place, label: node.name, schema: node.schema, kind: node.kind, group: node.group, all: node.all, size: sizeOf(node.ties, told.nodes.length) });
  }
  for (const [a, b, kinds, first, last, weight] of told.ties)
    if (!graph.hasEdge(names[a], names[b])) graph.addEdge(names[a], names[b], { kinds, first, last, weight, size: Math.min(0.6 + 0.4 * Math.log2(weight), 3) });
  Object.assign(state.kinds, told.kinds);
}

const sizeOf = (ties, count) => Math.min(count > 2000 ? 0.8 + 0.45 * Math.sqrt(ties) : (count > 300 ? 1.5 : 3.5) + Math.sqrt(ties), 12);

const all = () => !state.off.size && !state.first && !state.last;
const open = (edge) => all() || (edge.kinds.some((kind) => !state.off.has(kind)) && !(edge.last && state.first && edge.last < state.first) && !(edge.first && state.last && edge.first > state.last));

function colourOf(node) {
  const value = String(node[at("colour").value]);
  if (!state.colours.has(value)) state.colours.set(value, COLOURS[state.colours.size] ?? OTHER);
  return state.colours.get(value);
}

function paint() {
  state.colours.clear();
  const order = graph.nodes().sort((a, b) => graph.degree(b) - graph.degree(a));
  const colours = new Map(order.map((node) => [node, colourOf(graph.getNodeAttributes(node))]));
  graph.updateEachNodeAttributes((node, of) => ({ ...of, color: colours.get(node) }));
}

function draw() {
  paint();
  sigma.refresh();
}

// Sigma hands over copies, which may be changed: another copy of each would cost as much again.
function nodeLook(id, shown) {
  if (!state.path.size && !state.chosen) return shown;
  const on = state.path.size ? state.path.has(id) : !state.chosen || id === state.chosen || graph.areNeighbors(id, state.chosen);
  if (!on) Object.assign(shown, { color: look.line, label: "", zIndex: 0 });
  if (id === state.chosen) Object.assign(shown, { highlighted: true, forceLabel: true });
  if (state.path.has(id)) Object.assign(shown, { forceLabel: true, zIndex: 2 });
  return shown;
}

function edgeLook(id, edge) {
  edge.hidden = !open(edge);
  edge.color = look.tie;
  if (!state.path.size && !state.chosen) return edge;
  const [a, b] = graph.extremities(id);
  const along = state.path.has(a) && state.path.has(b);
  const near = !state.chosen || a === state.chosen || b === state.chosen;
  const fine = state.path.size ? along : near;
  if (along || (state.chosen && near && !state.path.size)) edge.color = look.strong;
  else if (!fine) edge.color = look.line;
  if (along) edge.size = 3;
  return edge;
}

function tick(days) {
  for (const [id, value] of [["first", 0], ["last", days.length]]) {
    at(id).max = String(days.length);
    at(id).value = String(value);
    at(id).disabled = days.length < 2;
  }
  state.days = days;
  onDays();
}

function onDays() {
  state.first = Number(at("first").value) ? state.days[Number(at("first").value) - 1] : "";
  state.last = Number(at("last").value) < state.days.length ? state.days[Number(at("last").value)] : "";
  at("days").textContent = state.first || state.last ? `${state.first || "…"} – ${state.last || "…"}` : texts.any;
  sigma?.refresh();
}

function kindBoxes() {
  at("kinds").replaceChildren(
    ...Object.entries(state.kinds).map(([kind, name]) => {
      const label = document.createElement("label");
      const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: !state.off.has(kind) });
      box.addEventListener("change", () => {
        state.off[box.checked ? "delete" : "add"](kind);
        sigma.refresh();
        table();
      });
      label.append(box, name);
      return label;
    }),
  );
}

function button(text, press) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: text });
  made.addEventListener("click", press);
  return made;
}

function choose(id) {
  if (state.start && id && id !== state.start) return void findPath(state.start, id);
  state.chosen = id;
  state.path.clear();
  const panel = at("chosen");
  panel.hidden = !id;
  if (id) {
    const node = graph.getNodeAttributes(id);
    const title = document.createElement("h2");
    title.append(Object.assign(document.createElement("bdi"), { textContent: node.label }));
    const line = Object.assign(document.createElement("p"), { className: "muted", textContent: `${node.kind} · ${node.all} ${texts.ties}` });
    const tools = Object.assign(document.createElement("p"), { className: "row" });
    const link = Object.assign(document.createElement("a"), { className: "button", href: `/entity/${encodeURIComponent(id)}`, textContent: texts.page });
    tools.append(link, button(texts.expand, () => expand(id)), button(texts.from, () => begin(id)));
    panel.replaceChildren(title, line, tools);
  }
  sigma.refresh();
}

function begin(id) {
  state.start = id;
  at("says").textContent = texts.start;
}

async function findPath(a, b) {
  state.start = "";
  at("says").textContent = texts.wait;
  const told = await json(`/graph/path?${new URLSearchParams({ a, b })}`).catch(() => ({ paths: [] }));
  state.chosen = "";
  const panel = at("chosen");
  panel.hidden = false;
  at("says").textContent = told.paths.length ? fill(texts.path, { number: told.paths.length }) : texts.nopath;
  const list = document.createElement("ol");
  for (const path of told.paths) {
    const item = document.createElement("li");
    path.entities.forEach((one, place) => {
      if (place) item.append(` — ${path.hops[place - 1].join(comma)} — `);
      const link = Object.assign(document.createElement("a"), { href: `/entity/${encodeURIComponent(one.id)}` });
      link.append(Object.assign(document.createElement("bdi"), { textContent: one.name }));
      item.append(link);
    });
    item.append(` (${path.confidence})`);
    list.append(item);
  }
  panel.replaceChildren(list);
  const first = told.paths[0]?.entities.map((one) => one.id) ?? [];
  for (const id of first) if (!graph.hasNode(id)) await grow(id, [...first].find((one) => graph.hasNode(one)));
  state.path = new Set(first);
  sigma.refresh();
}

async function grow(id, near) {
  add(await json(`/graph/data?${new URLSearchParams({ entity: id, depth: "1", most: "200" })}`), near);
  draw();
  after();
}

async function expand(id) {
  await grow(id, id);
  move(1500);
}

function table() {
  const body = at("table").tBodies[0];
  const order = graph.nodes().sort((a, b) => graph.degree(b) - graph.degree(a));
  body.replaceChildren();
  for (const id of order.slice(0, 200)) {
    const row = body.insertRow();
    const node = graph.getNodeAttributes(id);
    const ends = graph.filterEdges(id, (edge, of) => open(of)).map((edge) => graph.getNodeAttribute(graph.opposite(id, edge), "label"));
    const link = Object.assign(document.createElement("a"), { href: `/entity/${encodeURIComponent(id)}` });
    link.append(Object.assign(document.createElement("bdi"), { textContent: node.label }));
    row.insertCell().append(link);
    row.insertCell().textContent = node.kind;
    row.insertCell().textContent = String(ends.length);
    row.insertCell().append(...ends.slice(0, 8).flatMap((name, place) => [place ? comma : "", Object.assign(document.createElement("bdi"), { textContent: name })]), ends.length > 8 ? " …" : "");
    row.insertCell().append(button(texts.select, () => choose(id)));
  }
}

function after() {
  kindBoxes();
  table();
  at("names").replaceChildren(...graph.nodes().slice(0, 3000).map((id) => Object.assign(document.createElement("option"), { value: graph.getNodeAttribute(id, "label") })));
}

function move(time) {
  if (graph.order < 2) return;
  layout ??= new Layout(graph, { settings: { ...forceAtlas2.inferSettings(graph), barnesHutOptimize: graph.order > 300, slowDown: 2 + Math.log(graph.order), gravity: 0.4, strongGravityMode: true, scalingRatio: 6 } });
  layout.start();
  at("move").textContent = texts.hold;
  clearTimeout(state.timer);
  if (time) state.timer = setTimeout(hold, time);
}

function hold() {
  layout?.stop();
  at("move").textContent = texts.move;
}

function listen() {
  sigma.on("clickNode", ({ node }) => choose(node));
  sigma.on("clickStage", () => choose(""));
  at("colour").addEventListener("change", draw);
  for (const id of ["first", "last"]) at(id).addEventListener("input", onDays);
  for (const id of ["first", "last"]) at(id).addEventListener("change", table);
  at("move").addEventListener("click", () => (layout?.isRunning() ? hold() : move(0)));
  at("fit").addEventListener("click", () => sigma.getCamera().animatedReset());
  at("tools").addEventListener("submit", (event) => event.preventDefault());
  at("find").addEventListener("change", () => {
    const found = graph.findNode((id, node) => node.label === at("find").value);
    if (!found) return;
    choose(found);
    const { x, y } = sigma.getNodeDisplayData(found);
    sigma.getCamera().animate({ x, y, ratio: 0.3 });
  });
  const shown = (edge) => open(graph.getEdgeAttributes(edge));
  for (const one of root.querySelectorAll("[data-save]"))
    one.addEventListener("click", () => {
      if (one.dataset.save === "png") savePicture(sigma, look.surface);
      else if (one.dataset.save === "svg") save("graph.svg", "image/svg+xml", asSvg(graph, shown));
      else save("graph.graphml", "application/graphml+xml", asGraphml(graph, shown));
    });
}

const large = () => graph.order > 1500 || graph.size > 6000;

async function begins() {
  const told = await json(root.dataset.source);
  if (!told.shown) {
    at("says").textContent = texts.none;
    root.dataset.ready = "yes";
    return;
  }
  add(told);
  const few = told.shown < told.total;
  at("says").textContent = fill(few ? texts.shown : texts.all, { ...told, ties: told.ties.length });
  if (few) at("says").append(" ", Object.assign(document.createElement("a"), { href: root.dataset.page, textContent: fill(texts.more, { number: 10000 }) }));
  paint();
  tick([...new Set(told.ties.flatMap((tie) => [tie[3], tie[4]]).filter(Boolean))].sort());
  // A page that is being left has no width any more, while the last pictures are still drawn.
  sigma = new Sigma(graph, at("canvas"), { allowInvalidContainer: true, nodeReducer: nodeLook, edgeReducer: edgeLook, labelColor: { color: look.ink }, labelFont: "system-ui, 'Noto Sans Arabic', sans-serif", labelRenderedSizeThreshold: graph.order > 2000 ? 3.2 : graph.order > 300 ? 4.5 : 3, labelDensity: 0.7, hideEdgesOnMove: graph.size > 4000, ...(graph.size > 4000 && { edgeProgramClasses: { line: EdgeLineProgram } }), zIndex: true, defaultDrawNodeHover: hover });
  listen();
  root.dataset.ready = "yes";
  setTimeout(after, large() ? 300 : 0);
  if (root.dataset.entity && graph.hasNode(root.dataset.entity)) choose(root.dataset.entity);
  // Of a large graph every step takes as long as opening it: it stays where the server put it until somebody lets it move.
  if (!large() && !matchMedia("(prefers-reduced-motion: reduce)").matches) move(3000);
}

function hover(context, node, settings) {
  const size = settings.labelSize;
  context.font = `${settings.labelWeight} ${size}px ${settings.labelFont}`;
  const wide = context.measureText(node.label ?? "").width;
  context.fillStyle = look.surface;
  context.strokeStyle = look.edge;
  context.beginPath();
  context.roundRect(node.x - node.size - 4, node.y - size, node.size * 2 + wide + 16, size * 2, 6);
  context.fill();
  context.stroke();
  context.fillStyle = node.color;
  context.beginPath();
  context.arc(node.x, node.y, node.size, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = look.ink;
  context.textAlign = "left";
  context.fillText(node.label ?? "", node.x + node.size + 4, node.y + size / 3);
}

begins().catch(() => (at("says").textContent = texts.failed));
