import type { Raster } from '../../model/image/picture.js';
import type { Tokenizer } from '../../model/tokenizer/tokenizer.js';
import type { Explanation } from '../explain/explainer.js';
import { heatOverlay } from './heat-overlay.js';
import { type Html, html } from './html.js';
import { pictureUrl } from './picture-url.js';

/** A pair that is explained: the picture as the model sees it, and the text's tokens. */
export interface ExplainedPair extends Explanation {
  raster: Raster;
  text: string;
  inputIds: readonly number[];
}

/** An explanation as a card: for every token of the text, special ones left out, the picture with the heat of the token. */
export async function explanationCard(
  { raster, text, inputIds, heatmaps, score }: ExplainedPair,
  tokenizer: Tokenizer,
): Promise<Html> {
  const { start, end } = tokenizer.special;
  const words = inputIds.flatMap((id, at) => (id === start || id === end ? [] : [{ id, heat: heatmaps[at]! }]));
  const peak = (heat: Float32Array) => heat.reduce((a, b) => Math.max(a, b), 0);
  const most = words.reduce((a, { heat }) => Math.max(a, peak(heat)), 0);
  const maps: Html[] = [];
  for (const { id, heat } of words) {
    const strength = most > 0 ? Math.round((100 * peak(heat)) / most) : 0;
    maps.push(
      html`<li><img src="${await pictureUrl(heatOverlay(raster, heat))}" alt=""><p>${tokenizer.tokenText(id).trim()} <small>${strength}</small></p></li>`,
    );
  }
  return html`<article><h4>&#8220;${text}&#8221;</h4><ol class="pictures"><li><img src="${await pictureUrl(raster)}" alt=""><p><b>${(100 * score).toFixed(1)} %</b></p></li>${maps}</ol></article>`;
}
