import type { GraphInput, ModelContext, TensorValue } from './graph-codec.js';
import type { TokenMessage } from './token-batch.js';

/** Pictures that the message or the store holds prepared, and the others. */
export interface PreparedImages {
  /** prepared_images [I,F]. */
  tensor: TensorValue;
  /** Where each picture of all messages is in the tensor; -1 where it is not prepared. */
  places: number[];
  /** The messages without the pictures that are prepared. */
  others: TokenMessage[];
}

/** Reads what is prepared of the pictures of all messages, for the graph input `prepared_images`. */
export function preparedImages(
  pictures: readonly TokenMessage[],
  { dims }: GraphInput,
  { halves, prepared }: ModelContext,
): PreparedImages {
  const size = dims[1] as number;
  const memory = halves('prepared_images', pictures.reduce((sum, { items }) => sum + items.length, 0) * size);
  const places: number[] = [];
  let count = 0;
  const others = pictures.map(({ held, items }) => {
    const left = items.filter((item) => {
      const found = typeof item === 'number' ? undefined : 'prepared' in item ? item.prepared : prepared(item);
      // Of another size it is another model's, from before the collection got this one.
      const isReady = found?.length === size;
      if (isReady) memory.set(found, count * size);
      places.push(isReady ? count++ : -1);
      return !isReady;
    });
    return { held, items: left };
  });
  const tensor: TensorValue = { type: 'float16', data: memory.subarray(0, count * size), dims: [count, size] };
  return { tensor, places, others };
}
