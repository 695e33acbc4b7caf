import type { BundleRole } from '../../../model/bundle/bundle-role.js';
import { splitByMessage } from './encoder-outputs.js';
import type { GraphCodec, ModelContext, Tensors } from './graph-codec.js';
import { type PairMessage, packPairs, pairFeeds, type TextAndPictures } from './pair-feeds.js';

/** A picture and a text that are looked at together. */
export interface LookedAt extends TextAndPictures {
  /** Rows of the text that are asked about, where a graph answers for single ones. */
  rows?: readonly number[];
}

interface Message {
  pair: PairMessage;
  asked: readonly number[];
}

/** Where a pair is in a run: its place in the batch, the rows of its text, and L, to which texts are padded. */
export interface PairPlace {
  b: number;
  rows: number;
  length: number;
  asked: readonly number[];
}

/** How a graph is run that reads picture i with text i; `read` takes the output of one pair from what comes out. */
export function pairCodec<Output>(
  role: BundleRole,
  read: (outputs: Tensors, place: PairPlace, context: ModelContext) => Output,
  transfer: (output: Output) => ArrayBuffer[] = () => [],
): GraphCodec<LookedAt, Message[], Output> {
  return {
    roles: [role],

    pack(pairs) {
      const packed = pairs.map((pair) => packPairs([pair]));
      return {
        message: packed.map(({ message }, i) => ({ pair: message, asked: pairs[i]!.rows ?? [] })),
        transfer: packed.flatMap((one) => one.transfer),
      };
    },

    async run(messages, context) {
      const graph = context.graph(role);
      const all = messages.flat();
      // Packed one by one, so that picture i and text i are there for each pair, also where several have the same picture.
      const { feeds } = pairFeeds(
        all.map(({ pair }) => pair),
        graph,
        context,
      );
      const { image_rows: _, text_rows: _rows, ...tokens } = feeds;
      const outputs = await graph.run(tokens);
      const { data, dims } = tokens.attention_mask!;
      const [isToken, length] = [data as BigInt64Array, dims[1]!];
      const places = all.map(({ asked }, b) => {
        const own = isToken.subarray(b * length, (b + 1) * length);
        return { b, rows: own.filter(Boolean).length, length, asked };
      });
      return splitByMessage(
        places.map((place) => read(outputs, place, context)),
        messages,
      );
    },

    transfer,
  };
}
