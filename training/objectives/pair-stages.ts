import type { Scope } from '../../model/layers/scope.js';
import { imageTokenCount, type ModelConfig } from '../../model/maskvlm/config.js';
import { additiveMask } from '../../model/maskvlm/text-encoder.js';
import { contrastPairs } from './contrast-pairs.js';
import { type CrossLoss, crossPairs } from './cross-pairs.js';
import { encodePairs, pairInputs } from './encode-pairs.js';
import type { Stage } from './forward.js';
import type { PretrainingSettings } from './pretraining.js';
import { wholeNumbers } from './whole-numbers.js';

/**
 * The forward pass of {@link pretraining} cut in three, for steps of more pairs than one graph can hold: samples meet in ITC and as hard
 * negatives of each other only, and there tokens are enough.
 *
 * First stage: encodes B pairs. Sends `image_tokens` and `text_tokens`, whole inputs before masked ones.
 */
export function encodingStage(root: Scope, config: ModelConfig, settings: PretrainingSettings): Stage {
  const { image, text } = encodePairs(root, pairInputs(root.graph, config, settings), config, settings);
  const sent = { image_tokens: image.tokens, text_tokens: text.tokens };
  return { losses: {}, stopped: [], outputs: {}, received: {}, sent };
}

/**
 * Second stage: compares all pairs of a step, `settings.batch` of them, by their first tokens `first_image_tokens` and `first_text_tokens`
 * [B,1,D]. Outputs `negative_images`, `negative_texts` int64 [B] and `negatives_exist` [B] where ITM is on.
 */
export function contrastingStage(root: Scope, config: ModelConfig, settings: PretrainingSettings): Stage {
  const first = (name: string) => root.graph.input(name, 'float32', [settings.batch, 1, config.width]);
  const received = { first_image_tokens: first('first_image_tokens'), first_text_tokens: first('first_text_tokens') };
  const tokens = { image: received.first_image_tokens, text: received.first_text_tokens };
  const { itc, negatives, stopped } = contrastPairs(root, tokens, config, { ...settings, negatives: 'sampled' });
  const outputs = negatives && {
    negative_images: negatives.images,
    negative_texts: negatives.texts,
    negatives_exist: negatives.exist!,
  };
  return { losses: itc ? { itc } : {}, stopped, outputs: outputs ?? {}, received, sent: {} };
}

/**
 * Third stage: ITM, MLM and MIM of B pairs. Receives `image_tokens` and `text_tokens`: those of the pairs, of their negatives where ITM is
 * on, and of the masked inputs, B rows each; `token_mask` is the attention mask of the text rows. Losses are divided by `<loss>_total`, the
 * weights of the whole step.
 */
export function crossingStage(root: Scope, config: ModelConfig, settings: PretrainingSettings): Stage {
  const { graph } = root;
  const { batch, length, losses } = settings;
  const wholeRows = losses.itm ? 2 * batch : batch;
  const rows = (masked: boolean) => wholeRows + (masked ? batch : 0);
  const textRows = rows(losses.mlm);
  const received = {
    image_tokens: graph.input('image_tokens', 'float32', [rows(losses.mim), imageTokenCount(config), config.width]),
    text_tokens: graph.input('text_tokens', 'float32', [textRows, length, config.width]),
  };
  const mask = additiveMask(graph.input('token_mask', 'int64', [textRows, length]));
  const total = (loss: CrossLoss) => graph.input(`${loss}_total`, 'float32', []);
  const negatives = () => {
    const own = wholeNumbers(graph, 'negative_rows', batch, (i) => batch + i);
    return { images: own, texts: own, exist: graph.input('negatives_exist', 'float32', [batch]) };
  };
  const crossed = crossPairs(
    root,
    {
      inputs: pairInputs(graph, config, settings),
      tokens: { image: { tokens: received.image_tokens, mask: null }, text: { tokens: received.text_tokens, mask } },
      wholeRows,
      negatives: losses.itm ? negatives() : null,
      totals: { itm: total('itm'), mlm: total('mlm'), mim: total('mim') },
    },
    config,
    settings,
  );
  return { losses: crossed.losses, stopped: [], outputs: {}, received, sent: {} };
}
