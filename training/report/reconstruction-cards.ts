import type { Prediction } from '../../model/maskvlm/guess-token.js';
import type { Reconstruction, RestoredToken } from '../reconstruction/reconstruct.js';
import type { ReconstructionRasters } from '../reconstruction/reconstruction-rasters.js';
import { type Html, html } from './html.js';
import { pictureUrl } from './picture-url.js';

type Guesses = 'withPicture' | 'withMaskedPicture';

const percent = (score: number): string => `${(100 * score).toFixed(score > 0.995 || score < 0.005 ? 1 : 0)} %`;
const guessText = ({ token, score }: Prediction): string => `${token.trim()} ${percent(score)}`;

/** The text with every masked token as `[MASK]`, a word of its own since nothing else is known of it. */
const withGaps = (tokens: readonly RestoredToken[]): Html =>
  html`${tokens.map(({ text, masked }) => (masked ? html` <mark>[MASK]</mark>` : text))}`;

/** The text with the best guess in the place of every masked token; what it is and what else was likely comes as a tooltip. */
const withGuesses = (tokens: readonly RestoredToken[], guesses: Guesses): Html =>
  html`${tokens.map((token) => {
    const [best] = token[guesses];
    if (!best) return token.text;
    const right = best.token === token.text;
    return html`${best.token.startsWith(' ') ? ' ' : ''}<b class="${right ? 'hit' : 'slip'}" title="${token[guesses].map(guessText).join(', ')}">${best.token.trim()}</b>`;
  })}`;

/** A reconstruction as a card: the three pictures, and below them the masked text, restored with the whole and with the masked picture. */
export async function reconstructionCard({ tokens }: Reconstruction, rasters: ReconstructionRasters): Promise<Html> {
  const picture = async (name: string, raster: ReconstructionRasters[keyof ReconstructionRasters]) =>
    html`<li><img src="${await pictureUrl(raster)}" alt="${name}"><p>${name}</p></li>`;
  return html`<article class="restored"><ol class="pictures">${[
    await picture('picture', rasters.original),
    await picture('masked', rasters.masked),
    await picture('restored', rasters.restored),
  ]}</ol><table><tbody><tr><th>masked text</th><td>${withGaps(tokens)}</td></tr>
<tr><th>with the picture</th><td>${withGuesses(tokens, 'withPicture')}</td></tr>
<tr><th>with the masked picture</th><td>${withGuesses(tokens, 'withMaskedPicture')}</td></tr></tbody></table></article>`;
}

/** All guesses at the masked tokens as a table. */
export function guessTable(tokens: readonly RestoredToken[]): Html {
  const rows = tokens.filter(({ masked }) => masked);
  const cells = (token: RestoredToken, guesses: Guesses) =>
    html`<td>${token[guesses].map((guess, i) => html`${i > 0 ? ', ' : ''}${guess.token === token.text ? html`<b class="hit">${guessText(guess)}</b>` : guessText(guess)}`)}</td>`;
  return html`<div class="table"><table><thead><tr><th>masked token</th><th>with the picture</th><th>with the masked picture</th></tr></thead><tbody>${rows.map(
    (token) =>
      html`<tr><td>${token.text.trim()}</td>${cells(token, 'withPicture')}${cells(token, 'withMaskedPicture')}</tr>`,
  )}</tbody></table></div>`;
}
