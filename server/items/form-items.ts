import { fieldProblem } from '../http/problems.js';

/** The fields of a form that adds items: lists in the same order. What else it has is left to the contract to refuse. */
interface ItemsForm {
  image?: unknown[];
  caption?: unknown[];
  id?: unknown[];
  metadata?: unknown[];
}

/**
 * Puts the lists of a form together as the items of a JSON body. A list is left out or has a value for each item; an empty caption is
 * none, since a form cannot leave out one of several.
 * @throws Problem that names a list of another length
 */
export function formItems({ image = [], caption = [], id = [], metadata = [], ...rest }: ItemsForm): {
  items: object[];
} {
  const count = image.length || caption.length;
  if (count === 0) throw fieldProblem('bad-request', 'image', 'expected a file, or a caption without one');
  for (const [field, list] of Object.entries({ caption, id, metadata })) {
    if (list.length === 0 || list.length === count) continue;
    throw fieldProblem('bad-request', field, `expected one for each of the ${count} items, got ${list.length}`);
  }
  const items = Array.from({ length: count }, (_, index) => ({
    ...(image[index] ? { image: image[index] } : {}),
    ...(caption[index] ? { caption: caption[index] } : {}),
    ...(id[index] === undefined ? {} : { id: id[index] }),
    ...(metadata[index] === undefined ? {} : { metadata: metadata[index] }),
  }));
  return { items, ...rest };
}
