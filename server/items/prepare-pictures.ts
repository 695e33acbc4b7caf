import type { PictureError } from '../../model/image/picture.js';
import type { Collection } from '../collections/collection.js';
import type { EncodedPicture, EncodeOptions, LoadedModel } from '../inference/loaded-model.js';

/** An encoded picture, with what the matcher needs of it whatever the text is where that was prepared. */
export type PreparedPicture = EncodedPicture & { prepared?: Uint16Array };

/** Prepares as many of the pictures as the store has room for, so that no match computes again what does not depend on its text. */
export async function preparePictures(
  pictures: readonly (EncodedPicture | PictureError)[],
  { model, collection }: { model: LoadedModel; collection: Collection },
  options: EncodeOptions,
): Promise<(PreparedPicture | PictureError)[]> {
  const usable = pictures.filter((picture): picture is EncodedPicture => !(picture instanceof Error));
  const chosen = usable.slice(0, Math.floor(collection.preparedRoom() / model.preparedBytes));
  const prepared = await model.prepareImages(chosen, options);
  const preparedOf = new Map(chosen.map((picture, i) => [picture, prepared[i]!]));
  return pictures.map((picture) => {
    if (picture instanceof Error) return picture;
    const found = preparedOf.get(picture);
    return found ? { ...picture, prepared: found } : picture;
  });
}
