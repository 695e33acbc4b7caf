import { dataUrl, plainPicture } from '../pictures.js';

/** What an item is made of; `picture` is a number in {@link somePictures}. */
export interface SentItem {
  caption?: string;
  picture?: number;
  /** Grows with every change, so that no two states of an item are the same. */
  version: number;
}

/** Pictures that can be told apart by their bytes, as data URLs. */
export function somePictures(): Promise<string[]> {
  const colours = ['#d02020', '#20d020', '#2020d0', '#d0d020', '#20d0d0', '#d020d0'];
  return Promise.all(colours.map(async (colour) => dataUrl(await plainPicture(colour))));
}

/** The state of an item as a ledger has it. */
export const stateOf = ({ caption, picture, version }: SentItem): string =>
  JSON.stringify([caption ?? null, picture ?? null, version]);

export function itemOf(state: string): SentItem {
  const [caption, picture, version] = JSON.parse(state) as [string | null, number | null, number];
  return { version, ...(caption === null ? {} : { caption }), ...(picture === null ? {} : { picture }) };
}

/** An item as a request has it; without an `id` the server gives it one. */
export function requestOf({ caption, picture, version }: SentItem, pictures: readonly string[], id?: string) {
  return {
    ...(id === undefined ? {} : { id }),
    ...(caption === undefined ? {} : { caption }),
    ...(picture === undefined ? {} : { image: { dataUrl: pictures[picture]! } }),
    metadata: { version },
  };
}
