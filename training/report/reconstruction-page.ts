import type { Reconstruction } from '../reconstruction/reconstruct.js';
import type { ReconstructionRasters } from '../reconstruction/reconstruction-rasters.js';
import type { Html } from './html.js';
import { page } from './page.js';
import { guessTable, reconstructionCard } from './reconstruction-cards.js';

/** One reconstruction as a document that loads nothing and runs nothing. */
export async function reconstructionPage(
  model: string,
  reconstruction: Reconstruction,
  rasters: ReconstructionRasters,
): Promise<Html> {
  const { text, truncated, tokens, imageMask } = reconstruction;
  const masked = tokens.filter((token) => token.masked);
  const right = (guesses: 'withPicture' | 'withMaskedPicture') =>
    `${masked.filter((token) => token[guesses][0]!.token === token.text).length} of ${masked.length}`;
  const patches = imageMask.reduce((sum, flag) => sum + flag, 0);
  const tiles = [
    { name: 'Masked patches', value: `${patches} of ${imageMask.length}` },
    { name: 'Masked tokens', value: `${masked.length} of ${tokens.length}`, note: truncated ? 'text cut' : undefined },
    { name: 'Right with the picture', value: right('withPicture') },
    { name: 'Right with the masked picture', value: right('withMaskedPicture') },
  ];
  const sections = [
    { title: 'Restored', body: await reconstructionCard(reconstruction, rasters) },
    { title: 'Guesses', body: guessTable(tokens) },
  ];
  return page('Reconstruction', `by ${model}: “${text}”`, tiles, sections, 'MaskVLM');
}
