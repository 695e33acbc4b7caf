import type { BundleRole } from '../../../model/bundle/bundle-role.js';
import { softmax } from '../../../model/classification/softmax.js';
import { splitByMessage } from './encoder-outputs.js';
import { floatsOf, type GraphCodec } from './graph-codec.js';
import { type PairMessage, packPairs, pairFeeds, type TextAndPictures } from './pair-feeds.js';

/** A graph that classifies a text by what its pictures show -> the probability of each class, [C]. */
function classifier(role: BundleRole): GraphCodec<TextAndPictures, PairMessage, Float32Array> {
  return {
    roles: [role],
    pack: packPairs,

    async run(messages, context) {
      const graph = context.graph(role);
      const { data, dims } = floatsOf(await graph.run(pairFeeds(messages, graph, context).feeds), 'logits');
      const [count = 0, classes = 0] = dims;
      const probabilities = Array.from({ length: count }, (_, k) =>
        softmax(data.subarray(k * classes, (k + 1) * classes)),
      );
      return splitByMessage(
        probabilities,
        messages.map(({ textOf }) => textOf),
      );
    },

    transfer: ({ buffer }) => [buffer as ArrayBuffer],
  };
}

/** Left picture, right picture and statement -> false, true. */
export const nlvr2Classifier = classifier('nlvr2_classifier');

/** Picture and hypothesis -> entailment, neutral, contradiction, in the order of ENTAILMENT_LABELS. */
export const entailmentClassifier = classifier('ve_classifier');
