import { type Image, showBlob, showStored } from './api.js';

/** An item of a collection; one without `imageUrl` is a caption only. */
export interface StoredPicture {
  kind: 'item';
  collection: string;
  id: string;
  imageUrl?: string;
  caption?: string;
  metadata?: Record<string, unknown>;
}

/** A picture of this computer, which the server does not keep. */
export interface LocalPicture {
  kind: 'file';
  file: Blob;
  name: string;
}

export type Picture = StoredPicture | LocalPicture;

/** What people call it. */
export function nameOf(picture: Picture): string {
  return picture.kind === 'file' ? picture.name : (picture.caption ?? picture.id);
}

/** Shows the picture in an <img>, from the server as one that fits into a square of `size` pixels. */
export function showIn(image: HTMLImageElement, picture: Picture, size: number): void {
  if (picture.kind === 'file') showBlob(image, picture.file);
  else if (picture.imageUrl) showStored(image, picture.imageUrl, size);
}

/** The picture as requests take it. */
export function asImage(picture: Picture): Promise<Image> {
  if (picture.kind === 'item') return Promise.resolve({ itemId: picture.id, collection: picture.collection });
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve({ dataUrl: String(reader.result) }));
    reader.addEventListener('error', () => reject(new Error(`${picture.name} cannot be read.`)));
    reader.readAsDataURL(picture.file);
  });
}

/** The pictures among dropped, pasted or chosen things. */
export function picturesIn(files: Iterable<File> | null | undefined): File[] {
  return [...(files ?? [])].filter((file) => file.type.startsWith('image/'));
}
