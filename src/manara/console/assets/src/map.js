// Places on an offline map: land of Natural Earth, points by kind, routes; a table says the same.
import { Map as Chart, NavigationControl, LngLatBounds } from "./maplibre-gl.mjs";
import { feature } from "topojson-client";

const COLOURS = { incidents: "#c2410c", movements: "#0e7490", custody: "#7c3aed", sightings: "#a16207", Site: "#15803d", Address: "#1d4ed8", Event: "#be185d" };
const root = document.getElementById("map");
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const json = async (url) => (await fetch(url, { headers: { Accept: "application/json" } })).json();
const points = (told) => ({ type: "FeatureCollection", features: told.points.map((point, at) => ({ type: "Feature", properties: { at, kind: point.kind, name: point.name }, geometry: { type: "Point", coordinates: point.at } })) });
const routes = (told) => ({ type: "FeatureCollection", features: told.routes.map((route) => ({ type: "Feature", properties: { name: route.name }, geometry: { type: "LineString", coordinates: route.line } })) });

function cell(row, text, href) {
  const made = row.insertCell();
  const bdi = document.createElement(href ? "a" : "bdi");
  bdi.textContent = text;
  if (href) bdi.href = href;
  made.append(bdi);
}

function table(told) {
  const body = document.getElementById(root.dataset.table).tBodies[0];
  body.replaceChildren();
  for (const point of told.points.slice(0, 500)) {
    const row = body.insertRow();
    cell(row, [point.label, point.what].filter(Boolean).join(": "));
    cell(row, point.name, point.href);
    cell(row, point.who.join(", "));
    cell(row, point.when);
    cell(row, `${point.at[1].toFixed(3)}, ${point.at[0].toFixed(3)}`);
  }
}

function key(told) {
  const used = [...new Map(told.points.map((point) => [point.kind, point.label]))];
  document.getElementById("map-key").replaceChildren(
    ...used.map(([kind, label]) => {
      const one = document.createElement("span");
      one.className = `place-${kind}`;
      one.textContent = label;
      return one;
    }),
  );
}

function say(text) {
  document.getElementById("map-says").textContent = text;
}

function fit(chart, told) {
  const bounds = new LngLatBounds();
  for (const point of told.points) bounds.extend(point.at);
  if (!bounds.isEmpty()) chart.fitBounds(bounds, { padding: 60, maxZoom: 6, animate: false });
}

async function start() {
  const [atlas, told] = await Promise.all([json(root.dataset.land), json(root.dataset.source)]);
  table(told);
  key(told);
  if (!told.points.length) say(root.dataset.none ?? "");
  const chart = new Chart({
    container: root.querySelector(".canvas"),
    attributionControl: false,
    center: [15, 30],
    zoom: 2,
    maxZoom: 9,
    preserveDrawingBuffer: true,
    style: {
      version: 8,
      sources: {
        land: { type: "geojson", data: feature(atlas, atlas.objects.land) },
        routes: { type: "geojson", data: routes(told) },
        points: { type: "geojson", data: points(told) },
      },
      layers: [
        { id: "sea", type: "background", paint: { "background-color": css("--sunken") } },
        { id: "land", type: "fill", source: "land", paint: { "fill-color": css("--surface"), "fill-outline-color": css("--edge") } },
        { id: "routes", type: "line", source: "routes", paint: { "line-color": "#0e7490", "line-width": 2, "line-dasharray": [2, 1.5] } },
        { id: "points", type: "circle", source: "points", paint: { "circle-radius": 7, "circle-stroke-width": 2, "circle-stroke-color": css("--surface"), "circle-color": ["match", ["get", "kind"], ...Object.entries(COLOURS).flat(), "#475569"] } },
      ],
    },
  });
  chart.addControl(new NavigationControl({ showCompass: false }), "top-right");
  let shown = told;
  fit(chart, told);
  chart.on("click", "points", (event) => {
    const point = shown.points[event.features[0].properties.at];
    say([point.label, point.what, point.name, point.who.join(", "), point.when].filter(Boolean).join(" · "));
  });
  chart.on("mouseenter", "points", () => (chart.getCanvas().style.cursor = "pointer"));
  chart.on("mouseleave", "points", () => (chart.getCanvas().style.cursor = ""));
  chart.once("idle", () => (root.dataset.ready = "yes"));
  document.getElementById("map-tools")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const days = new URLSearchParams({ first: document.getElementById("map-first").value, last: document.getElementById("map-last").value });
    shown = await json(`${root.dataset.source}?${days}`);
    chart.getSource("points").setData(points(shown));
    chart.getSource("routes").setData(routes(shown));
    table(shown);
    key(shown);
    say(shown.points.length ? "" : root.dataset.none);
  });
}

start();
