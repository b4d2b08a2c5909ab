// Builds static/ from src/ and the packages named in package.json: `npm ci && npm run build`.
import { build } from "esbuild";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";

const out = "static";
rmSync(out, { recursive: true, force: true });
mkdirSync(out);

const common = { bundle: true, minify: true, format: "esm", target: "es2022", outdir: out, legalComments: "none", charset: "utf8", metafile: true };
const scripts = await build({ ...common, entryPoints: ["src/graph.js", "src/map.js"], external: ["./maplibre-gl.mjs"] });
await build({ ...common, entryPoints: ["src/console.js"], format: "iife" });
await build({ ...common, entryPoints: ["src/console.css"], external: ["*.woff2"] });

const copies = { "src/manara.svg": "manara.svg", "src/passkey.js": "passkey.js", "src/risk.js": "risk.js", "node_modules/world-atlas/land-50m.json": "land.json" };
for (const name of ["maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css"]) copies[`node_modules/maplibre-gl/dist/${name}`] = name;
for (const weight of [400, 700]) copies[`node_modules/@fontsource/noto-sans-arabic/files/noto-sans-arabic-arabic-${weight}-normal.woff2`] = `noto-sans-arabic-${weight}.woff2`;
for (const [from, to] of Object.entries(copies)) copyFileSync(from, `${out}/${to}`);

// Every package that is inside a built file, with its licence in full.
const inside = new Set(["maplibre-gl", "world-atlas", "@fontsource/noto-sans-arabic"]);
for (const file of Object.keys(scripts.metafile.inputs)) {
  const found = file.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) inside.add(found[1]);
}
const licences = [...inside].sort().map((name) => {
  const folder = `node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(`${folder}/${file}`, "utf8").trim() : "See the licence named above."}\n`;
});
writeFileSync(`${out}/LICENSES.txt`, licences.join(`\n${"-".repeat(78)}\n\n`));
