import { splitByMessage } from './encoder-outputs.js';
import { floatsOf, type GraphCodec, type Tensors } from './graph-codec.js';
import {
  imageFeeds,
  joinPairs,
  type PairMessage,
  packPairs,
  rowFeeds,
  type TextAndPictures,
  textFeeds,
} from './pair-feeds.js';
import { preparedImages } from './prepared-images.js';
import type { TokenSource } from './token-batch.js';

/** A picture and a text whose match is asked for. */
export interface Pair {
  image: TokenSource;
  text: TextAndPictures['text'];
}

/** Where the pictures that are not ready are in their own tensor; -1 for those that are, and those that the store has lost. */
function placesOfOthers(ready: readonly number[], rows: readonly number[]): number[] {
  let next = 0;
  return ready.map((place) => {
    if (place >= 0) return -1;
    const own = next++;
    return rows[own]! > 0 ? own : -1;
  });
}

/**
 * Picture and text -> match logit minus no-match logit; its sigmoid is the probability of a match. Null for a pair whose tokens the store
 * has no more. Of pictures that are prepared nothing is computed that does not depend on the text.
 */
export const matcher: GraphCodec<Pair, PairMessage, number | null> = {
  roles: ['matcher', 'prepared_matcher'],

  pack: (pairs) => packPairs(pairs.map(({ image, text }) => ({ images: [image], text }))),

  async run(messages, context) {
    const [plain, fast] = [context.graph('matcher'), context.graph('prepared_matcher')];
    const { pictures, sentences, sides, textOf } = joinPairs(messages);
    const [imageOf] = sides as [number[]];
    const texts = textFeeds(sentences, plain, context);
    const margins = new Array<number | null>(textOf.length).fill(null);
    const match = async (graph: typeof plain, places: readonly number[], images: Tensors): Promise<void> => {
      const pairs = [...textOf.keys()].filter((k) => places[imageOf[k]!]! >= 0 && texts.rows[textOf[k]!]! > 0);
      if (pairs.length === 0) return;
      const imageRows = pairs.map((k) => places[imageOf[k]!]!);
      const rows = rowFeeds(
        [imageRows],
        pairs.map((k) => textOf[k]!),
      );
      const { data } = floatsOf(await graph.run({ ...images, ...texts.feeds, ...rows }), 'itm_logits'); // [K,2]
      for (const [i, k] of pairs.entries()) margins[k] = data[2 * i + 1]! - data[2 * i]!;
    };

    const ready = preparedImages(pictures, fast.input('prepared_images'), context);
    await match(fast, ready.places, { prepared_images: ready.tensor });
    if (ready.places.some((place) => place < 0)) {
      const { feeds, rows } = imageFeeds(ready.others, plain, context);
      await match(plain, placesOfOthers(ready.places, rows), feeds);
    }
    return splitByMessage(
      margins,
      messages.map((message) => message.textOf),
    );
  },

  transfer: () => [],
};
