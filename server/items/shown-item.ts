import type { ItemRecord } from '../collections/stored-item.js';
import type { components } from '../http/api.js';

/** Path under which the picture of an item is served. */
export function imageUrl(collection: string, id: string): string {
  return `/v1/collections/${encodeURIComponent(collection)}/items/${encodeURIComponent(id)}/image`;
}

/** An item as the contract shows it. */
export function shownItem(collection: string, record: ItemRecord): components['schemas']['Item'] {
  const { id, caption, metadata, picture, createdAt, updatedAt } = record;
  return {
    id,
    ...(caption === undefined ? {} : { caption }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(picture
      ? {
          imageUrl: imageUrl(collection, id),
          imageType: picture.mediaType,
          imageWidth: picture.width,
          imageHeight: picture.height,
        }
      : {}),
    createdAt,
    updatedAt,
  };
}
