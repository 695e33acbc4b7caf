import { splitByMessage } from './encoder-outputs.js';
import { floatsOf, type GraphCodec } from './graph-codec.js';
import { type PairMessage, packPairs, pairFeeds, type TextAndPictures } from './pair-feeds.js';

/** A picture and a text whose match is asked for. */
export interface Pair {
  image: TextAndPictures['images'][number];
  text: TextAndPictures['text'];
}

/**
 * Picture and text -> match logit minus no-match logit; its sigmoid is the probability of a match. Null for a pair whose tokens the store
 * has no more.
 */
export const matcher: GraphCodec<Pair, PairMessage, number | null> = {
  roles: ['matcher'],

  pack: (pairs) => packPairs(pairs.map(({ image, text }) => ({ images: [image], text }))),

  async run(messages, context) {
    const graph = context.graph('matcher');
    const { feeds, isThere } = pairFeeds(messages, graph, context);
    const { data } = floatsOf(await graph.run(feeds), 'itm_logits'); // [K,2]
    const margins = Array.from({ length: data.length / 2 }, (_, k) =>
      isThere(k) ? data[2 * k + 1]! - data[2 * k]! : null,
    );
    return splitByMessage(
      margins,
      messages.map(({ textOf }) => textOf),
    );
  },

  transfer: () => [],
};
