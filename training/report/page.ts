import { type Html, html } from './html.js';
import { STYLE } from './style.js';

export interface Section {
  title: string;
  body: Html;
}

/** Title of what a model says of validation data. */
export const SAMPLES = 'Sample predictions';

/** One HTML document that loads nothing and runs nothing; `kind` is what its title says that it is. */
export function page(
  title: string,
  subtitle: string,
  tiles: readonly Tile[],
  sections: readonly Section[],
  kind = 'training report',
): Html {
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title}: ${kind}</title><style>${STYLE}</style></head>
<body><header><h1>${title}</h1><p>${subtitle}</p><dl>${tiles.map(tile)}</dl></header>
<main>${sections.map(({ title: name, body }) => html`<section><h2>${name}</h2>${body}</section>\n`)}</main></body></html>
`;
}

/** One number of the head of the report. */
export interface Tile {
  name: string;
  value: string;
  note?: string | undefined;
}

const tile = ({ name, value, note }: Tile): Html =>
  html`<div><dt>${name}</dt><dd>${value}</dd>${note === undefined ? null : html`<dd class="note">${note}</dd>`}</div>`;
