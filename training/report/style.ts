import { Html } from './html.js';

/** The look of the report: light, dark where the reader's system is, and light again on paper. */
export const STYLE = new Html(`
:root { --page: #f6f7f9; --card: #fff; --ink: #1b1f27; --soft: #5d6675; --line: #dfe3e9; --right: #12924f; --miss: #b3541e;
  --c0: #2f6bde; --c1: #d9730d; --c2: #12924f; --c3: #9250d8; --c4: #c23a6b; --c5: #0c8599; --band: rgb(47 107 222 / .1); }
@media (prefers-color-scheme: dark) { :root { --page: #14171c; --card: #1d2128; --ink: #e8ebf0; --soft: #9aa4b2; --line: #333a45;
  --right: #3ecf8e; --miss: #f0a06a; --c0: #7ba7ff; --c1: #f5ab4b; --c2: #3ecf8e; --c3: #c09bff; --c4: #ff8fb4; --c5: #55c7dc;
  --band: rgb(123 167 255 / .16); } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
header, main { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 32px; }
h1 { margin: 0; font-size: 30px; line-height: 1.2; overflow-wrap: anywhere; }
header > p { margin: 4px 0 20px; color: var(--soft); }
h2 { margin: 40px 0 12px; font-size: 20px; }
h3 { margin: 0 0 4px; font-size: 15px; }
section > h3 { margin-top: 20px; margin-bottom: 8px; }
h4 { margin: 0 0 10px; font-size: 15px; font-weight: 600; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 0; }
dl > div, figure, article, table, pre { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
dl > div { padding: 12px 16px; }
dt { color: var(--soft); font-size: 13px; }
dd { margin: 0; font-size: 22px; font-weight: 650; font-variant-numeric: tabular-nums; }
dd.note { font-size: 13px; font-weight: 400; color: var(--soft); }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 14px; }
figure { margin: 0; padding: 14px 16px 8px; }
.legend { margin: 0 0 4px; color: var(--soft); font-size: 13px; display: flex; flex-wrap: wrap; gap: 0 14px; }
.legend i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: middle; }
.legend b { color: var(--ink); font-variant-numeric: tabular-nums; }
.none { color: var(--soft); margin: 8px 0; }
svg { display: block; width: 100%; height: auto; font: 11px system-ui, "Segoe UI", Roboto, Arial, sans-serif; }
.grid path { stroke: var(--line); }
.ticks text, .axis-names text, .mark-name { fill: var(--soft); }
.ticks text { font-variant-numeric: tabular-nums; }
.line, .raw { fill: none; stroke-linejoin: round; stroke-linecap: round; }
.line { stroke-width: 2; }
.raw { stroke-width: 1; opacity: .32; }
.mark { stroke: var(--soft); stroke-dasharray: 3 4; }
.hover rect { fill: transparent; }
.hover rect:hover { fill: var(--band); }
${[0, 1, 2, 3, 4, 5].map((i) => `.s${i} { stroke: var(--c${i}); } .f${i} { fill: var(--c${i}); } .c${i} { background: var(--c${i}); }`).join('\n')}
article { padding: 14px 16px; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 470px), 1fr)); gap: 12px; }
img { display: block; border-radius: 6px; }
.pictures { display: grid; grid-template-columns: repeat(5, minmax(0, 132px)); gap: 10px; margin: 0; padding: 0; list-style: none; }
.pictures img, .by-image > img { width: 100%; aspect-ratio: 1; object-fit: cover; border: 3px solid transparent; }
.pictures .right img { border-color: var(--right); }
.pictures p { margin: 4px 2px 0; font-variant-numeric: tabular-nums; }
small { color: var(--soft); font-size: 12px; }
.tick { color: var(--right); font-weight: 700; margin-left: 6px; }
.missed { margin: 8px 0 0; color: var(--miss); font-size: 13px; }
.by-image { display: grid; grid-template-columns: 132px 1fr; gap: 16px; align-items: start; }
.restored .pictures { grid-template-columns: repeat(3, minmax(0, 132px)); }
.restored .pictures img { width: 100%; }
.restored table { margin-top: 10px; border: 0; font-size: 14px; }
.restored th, .restored td { padding: 4px 12px 4px 0; vertical-align: baseline; }
.restored td { width: 100%; }
.restored th { white-space: nowrap; }
mark { background: var(--band); color: var(--soft); border-radius: 3px; padding: 0 3px; font-size: 12px; }
.hit { color: var(--right); } .slip { color: var(--miss); }
.texts { margin: 0; padding: 0; list-style: none; font-size: 14px; }
.texts li { display: grid; grid-template-columns: 1fr auto; gap: 12px; padding: 3px 0; border-bottom: 1px solid var(--line); }
.texts li:last-child { border: 0; }
.texts .right > span:first-child { font-weight: 600; }
.scores { white-space: nowrap; font-variant-numeric: tabular-nums; }
.table { overflow-x: auto; }
table { border-collapse: separate; border-spacing: 0; width: 100%; }
th, td { padding: 7px 14px; text-align: left; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 500; font-size: 13px; }
tr:last-child td, tbody tr:last-child th { border-bottom: 0; }
.number { text-align: right; }
code, pre { font: 12.5px/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { margin: 0; padding: 16px; columns: 300px; column-gap: 28px; white-space: pre-wrap; overflow-wrap: anywhere; }
main { padding-bottom: 48px; }
@media (max-width: 560px) {
  header, main { padding-left: 14px; padding-right: 14px; }
  .by-image { grid-template-columns: 1fr; }
  .by-image > img { width: 132px; }
  .pictures { gap: 5px; }
}
@media print {
  :root { --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; --right: #12753f; --miss: #8a3d12;
    --c0: #2353b3; --c1: #b35c05; --c2: #12753f; --c3: #7436b5; --c4: #a32957; --c5: #0a6b7a; }
  body { font-size: 11px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  header, main { max-width: none; padding: 0; }
  h2 { break-after: avoid; margin-top: 20px; }
  figure, article, tr, dl > div { break-inside: avoid; }
  .charts, .cards { grid-template-columns: 1fr 1fr; }
  .by-image { grid-template-columns: 84px 1fr; }
  .hover { display: none; }
}
`);
