import { readFile } from 'node:fs/promises';
import { type ImageSettings, preparePixels } from '../../model/image/picture.js';
import { pixelsToRaster } from '../../model/image/pixels-to-raster.js';
import type { ParameterSource } from '../../model/layers/scope.js';
import type { SessionOptions } from '../../model/onnx/session.js';
import type { PairRecord } from '../data/records.js';
import type { RetrievalModel } from '../evaluation/retrieval-model.js';
import { openExplainer } from '../explain/explainer.js';
import { explainerGraph } from '../explain/explainer-graph.js';
import { type Pair, reconstructPairs } from '../reconstruction/reconstruct.js';
import { reconstructionRasters } from '../reconstruction/reconstruction-rasters.js';
import { openRestorer } from '../reconstruction/restorer.js';
import { explains, reconstructs, restorerGraphs } from '../run/bundle-graphs.js';
import type { RunFolder } from '../run/run-folder.js';
import { imageSettings } from '../run/run-model.js';
import { explanationCard } from './explanation-cards.js';
import { type Html, html } from './html.js';
import type { Section } from './page.js';
import { reconstructionCard } from './reconstruction-cards.js';
import { spread } from './retrieval-samples.js';

/** Pairs that are shown in each section. */
const SHOWN = { reconstructions: 6, explanations: 4 };

/** Some of the records, evenly spread, each with its first text. */
const pairsOf = (records: readonly PairRecord[], count: number, image: ImageSettings): Promise<Pair[]> =>
  Promise.all(
    spread(count, records.length).map(async (at) => {
      const { imageFile, texts } = records[at]!;
      return { pixels: await preparePixels(await readFile(imageFile), image), text: texts[0]! };
    }),
  );

/**
 * What a run's model sees in validation samples: reconstructions where it learned to restore, attention maps where it learned to match.
 * Nothing for others. Throws where a picture does not decode.
 */
export async function inspectedSamples(
  run: RunFolder,
  model: RetrievalModel,
  source: ParameterSource,
  records: readonly PairRecord[],
  options: SessionOptions,
): Promise<Section[]> {
  const sections: Section[] = [];
  if (reconstructs(run)) {
    const body = await drawReconstructions(run, model, source, records, options);
    sections.push({ title: 'Reconstructions', body });
  }
  if (explains(run)) {
    const body = await drawExplanations(run, model, source, records, options);
    sections.push({ title: 'Attention maps', body });
  }
  return sections;
}

async function drawReconstructions(
  run: RunFolder,
  model: RetrievalModel,
  source: ParameterSource,
  records: readonly PairRecord[],
  options: SessionOptions,
): Promise<Html> {
  const { config, tokenizer, recipe } = run;
  const { masking, seed, text } = recipe;
  const image = imageSettings(run);
  const restorer = await openRestorer(restorerGraphs(run, source), options);
  try {
    const pairs = await pairsOf(records, SHOWN.reconstructions, image);
    const settings = { config, tokenizer, maxLength: text.maxLength, masking, seed };
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
  run: RunFolder,
  model: RetrievalModel,
  source: ParameterSource,
  records: readonly PairRecord[],
  options: SessionOptions,
): Promise<Html> {
  const { config, tokenizer, recipe } = run;
  const image = imageSettings(run);
  const explainer = await openExplainer(explainerGraph(config, source), options);
  try {
    const pairs = await pairsOf(records, SHOWN.explanations, image);
    const encoded = pairs.map(({ text }) => tokenizer.encode(text, recipe.text.maxLength));
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
