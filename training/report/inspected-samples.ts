import { type ImageSettings, preparePixels } from '../../model/image/picture.js';
import { pixelsToRaster } from '../../model/image/pixels-to-raster.js';
import type { SessionOptions } from '../../model/onnx/session.js';
import { readImage } from '../data/image-source.js';
import type { PairRecord } from '../data/records.js';
import type { MeasuredModel } from '../evaluation/measured-model.js';
import type { RetrievalModel } from '../evaluation/retrieval-model.js';
import { openExplainer } from '../explain/explainer.js';
import type { Recipe } from '../recipe/recipe.js';
import { type Pair, reconstructPairs } from '../reconstruction/reconstruct.js';
import { reconstructionRasters } from '../reconstruction/reconstruction-rasters.js';
import { openRestorer } from '../reconstruction/restorer.js';
import { explains, reconstructs } from '../run/bundle-graphs.js';
import { explanationCard } from './explanation-cards.js';
import { type Html, html } from './html.js';
import type { Section } from './page.js';
import { reconstructionCard } from './reconstruction-cards.js';
import { spread } from './retrieval-samples.js';

/** Pairs that are shown in each section. */
const SHOWN = { reconstructions: 6, explanations: 4 };

/** Some of the records, evenly spread, each with its first text. */
const pairsOf = (records: readonly PairRecord[], count: number, settings: ImageSettings): Promise<Pair[]> =>
  Promise.all(
    spread(count, records.length).map(async (at) => {
      const { image, texts } = records[at]!;
      return { pixels: await preparePixels(await readImage(image), settings), text: texts[0]! };
    }),
  );

/**
 * What a model sees in validation samples: reconstructions where it learned to restore, attention maps where it learned to match. Nothing for
 * others. Throws where a picture does not decode.
 */
export async function inspectedSamples(
  measured: MeasuredModel,
  recipe: Recipe,
  model: RetrievalModel,
  records: readonly PairRecord[],
  options: SessionOptions,
): Promise<Section[]> {
  const sections: Section[] = [];
  if (reconstructs({ recipe })) {
    const body = await drawReconstructions(measured, recipe, model, records, options);
    sections.push({ title: 'Reconstructions', body });
  }
  if (explains({ recipe, config: measured.config })) {
    const body = await drawExplanations(measured, model, records, options);
    sections.push({ title: 'Attention maps', body });
  }
  return sections;
}

async function drawReconstructions(
  measured: MeasuredModel,
  { masking, seed }: Recipe,
  model: RetrievalModel,
  records: readonly PairRecord[],
  options: SessionOptions,
): Promise<Html> {
  const { config, tokenizer, maxLength, image } = measured;
  const restorer = await openRestorer(measured, options);
  try {
    const pairs = await pairsOf(records, SHOWN.reconstructions, image);
    const settings = { config, tokenizer, maxLength, masking, seed };
    const found = await reconstructPairs(model, restorer, pairs, settings);
    const cards = await Promise.all(
      found.map((one) => reconstructionCard(one, reconstructionRasters(one, config, image))),
    );
    return html`<p>Validation pairs, masked as in training: the picture restored from the whole text, and the words from the whole and from the
masked picture. Green is the masked word itself; a tooltip has the best guesses.</p><div class="cards">${cards}</div>`;
  } finally {
    await restorer.release();
  }
}

async function drawExplanations(
  measured: MeasuredModel,
  model: RetrievalModel,
  records: readonly PairRecord[],
  options: SessionOptions,
): Promise<Html> {
  const { tokenizer, maxLength, image } = measured;
  const explainer = await openExplainer(measured, options);
  try {
    const pairs = await pairsOf(records, SHOWN.explanations, image);
    const encoded = pairs.map(({ text }) => tokenizer.encode(text, maxLength));
    const images = await model.encodeImages(pairs.length, async (i) => pairs[i]!.pixels);
    const explanations = await explainer.explain(images, await model.encodeTexts(encoded, tokenizer.special.pad));
    const cards = await Promise.all(
      explanations.map((explanation, i) => {
        const { pixels, text } = pairs[i]!;
        const pair = { ...explanation, raster: pixelsToRaster(pixels, image), text, inputIds: encoded[i]!.inputIds };
        return explanationCard(pair, tokenizer);
      }),
    );
    return html`<p>Where each word looks when the model decides whether text and picture match: Grad-CAM over the cross-attention of the text.
The first picture has the probability of a match; the number of a word is its highest heat, in % of the highest of all words.</p>
<div class="cards">${cards}</div>`;
  } finally {
    await explainer.release();
  }
}
