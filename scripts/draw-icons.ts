/** Draws the phone app's icons as PNG from web/app/public/icon.svg, in Chromium: npx tsx scripts/draw-icons.ts [CHROMIUM] */
import { readFile, writeFile } from "node:fs/promises";
import { chromium } from "playwright-core";
import { encodePalettePng } from "./palette-png.ts";

const [executablePath = "/usr/bin/chromium"] = process.argv.slice(2);
const folder = new URL("../web/app/public/", import.meta.url).pathname;
const svg = await readFile(`${folder}icon.svg`, "utf8");
// A mask may cut away all but the inner 80 % (W3C, Web Application Manifest, "maskable"): the drawing shrinks, its ground fills the square.
const masked = svg
  .replace('rx="112" ', "")
  .replace("/><path", '/><g transform="translate(64 64) scale(.75)"><path')
  .replace("</svg>", "</g></svg>");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
for (const [name, size, source] of [
  ["icon-180", 180, svg.replace('rx="112" ', "")],
  ["icon-192", 192, svg],
  ["icon-512", 512, svg],
  ["icon-mask-512", 512, masked],
] as const) {
  const page = await browser.newPage();
  const pixels = await page.evaluate(
    async ([drawing, side]) => {
      const image = new Image(side, side);
      image.src = `data:image/svg+xml,${encodeURIComponent(drawing)}`;
      await image.decode();
      const canvas = new OffscreenCanvas(side, side).getContext("2d")!;
      canvas.drawImage(image, 0, 0, side, side);
      return [...canvas.getImageData(0, 0, side, side).data];
    },
    [source, size] as const,
  );
  await writeFile(`${folder}${name}.png`, encodePalettePng(Uint8ClampedArray.from(pixels), size));
  await page.close();
}
await browser.close();
