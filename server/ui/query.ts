/** What is searched for: words, a picture from this computer, or an item of the collection. */
export type Query =
  | { kind: 'none' }
  | { kind: 'text'; text: string }
  | { kind: 'file'; file: Blob; name: string }
  | { kind: 'item'; id: string; imageUrl?: string; caption?: string };

export type Target = 'image' | 'text';

/** Everything that decides what the page shows. */
export interface PageState {
  collection: string;
  target: Target;
  rerank: boolean;
  query: Query;
}

/** The state as the address of the page, so that a search can be shared and gone back to. A file cannot be told that way. */
export function toAddress({ collection, target, rerank, query }: PageState): string {
  const parameters = new URLSearchParams();
  if (query.kind === 'text') parameters.set('q', query.text);
  if (query.kind === 'item') parameters.set('item', query.id);
  if (collection !== 'examples') parameters.set('collection', collection);
  if (target === 'text') parameters.set('find', 'captions');
  if (!rerank) parameters.set('rerank', 'off');
  const text = parameters.toString();
  return text ? `/?${text}` : '/';
}

export function fromAddress(address: string): PageState {
  const parameters = new URL(address).searchParams;
  const text = parameters.get('q');
  const id = parameters.get('item');
  return {
    collection: parameters.get('collection') ?? 'examples',
    target: parameters.get('find') === 'captions' ? 'text' : 'image',
    rerank: parameters.get('rerank') !== 'off',
    query: text ? { kind: 'text', text } : id ? { kind: 'item', id } : { kind: 'none' },
  };
}
