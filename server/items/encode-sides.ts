import type { PictureError, PictureInfo } from '../../model/image/picture.js';
import type { OpenedCollection } from '../collection-model.js';
import type { StoredSide } from '../collections/stored-item.js';
import type { EncodedPicture, EncodedText, EncodeOptions } from '../inference/loaded-model.js';

/** The parts of an item that are encoded; one that is left out has no side. */
export interface Parts {
  picture?: Uint8Array | undefined;
  caption?: string | undefined;
}

/** An item as the model sees it, ready for the store. */
export interface EncodedSides {
  image?: StoredSide;
  /** What the header of the picture says. */
  info?: Omit<PictureInfo, 'format'>;
  text?: StoredSide;
  /** Whether the caption was longer than the model reads. */
  truncated: boolean;
  /** Why its picture could not be encoded. */
  error?: PictureError;
}

/** What the matcher needs of pictures whatever the text is, for as many of them as the store has room for. */
async function prepare(
  pictures: readonly EncodedPicture[],
  { model, collection }: OpenedCollection,
  options: EncodeOptions,
): Promise<Map<EncodedPicture, Uint16Array>> {
  const chosen = pictures.slice(0, Math.floor(collection.preparedRoom() / model.preparedBytes));
  const prepared = await model.prepareImages(chosen, options);
  return new Map(chosen.map((picture, i) => [picture, prepared[i]!]));
}

function sidesOf(
  image: EncodedPicture | PictureError | undefined,
  prepared: Uint16Array | undefined,
  text: EncodedText | undefined,
): EncodedSides {
  const side = ({ embedding, tokens, rows }: StoredSide): StoredSide => ({ embedding, tokens, rows });
  const sides: EncodedSides = { truncated: text?.truncated ?? false, ...(text ? { text: side(text) } : {}) };
  if (image === undefined) return sides;
  if (image instanceof Error) return { ...sides, error: image };
  const { mediaType, width, height } = image;
  return { ...sides, info: { mediaType, width, height }, image: { ...side(image), ...(prepared ? { prepared } : {}) } };
}

/**
 * Encodes pictures and captions of items, all in few batches. A picture that cannot be used has its error in its place.
 * @throws OverloadedError, AbortedError, DeadlineError
 */
export async function encodeSides(
  items: readonly Parts[],
  opened: OpenedCollection,
  options: EncodeOptions,
): Promise<EncodedSides[]> {
  const { model } = opened;
  const pictured = items.filter(({ picture }) => picture);
  const captioned = items.filter(({ caption }) => caption !== undefined);
  const [images, texts] = await Promise.all([
    model.encodeImages(
      pictured.map(({ picture }) => picture!),
      options,
    ),
    model.encodeTexts(
      captioned.map(({ caption }) => caption!),
      options,
    ),
  ]);
  const usable = images.filter((image): image is EncodedPicture => !(image instanceof Error));
  const prepared = await prepare(usable, opened, options);
  const imageOf = new Map(pictured.map((item, i) => [item, images[i]!]));
  const textOf = new Map(captioned.map((item, i) => [item, texts[i]!]));
  return items.map((item) => {
    const image = imageOf.get(item);
    return sidesOf(image, prepared.get(image as EncodedPicture), textOf.get(item));
  });
}
