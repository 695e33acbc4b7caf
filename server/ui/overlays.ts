// What lies over the results. Its code is loaded when it is first wanted, so that the page itself is there at once.
import { type Collection, getItem, type Hit, type Item, listModels, type Model } from './api.js';
import type { Detail } from './detail/detail-view.js';
import type { ImportDialog } from './import/import-dialog.js';
import type { Overlay, PageState, Query } from './page-state.js';
import type { Picture, StoredPicture } from './picture.js';

export interface OverlayOptions {
  /** What the page shows beneath. */
  others(): Promise<(Hit | Item)[]>;
  onChange(overlay: Overlay): void;
  onClose(): void;
  onMore(query: Query): void;
  /** The collections have changed. */
  onAdded(): void;
  onImported(collection: string): void;
}

type Shown = (Detail & { key: string }) | (ImportDialog & { key: string });

function keyOf({ overlay, collection }: PageState): string {
  if (!overlay) return '';
  return overlay.kind === 'item' ? JSON.stringify([collection, overlay.id]) : overlay.kind;
}

const toPicture = (item: Hit | Item, collection: string): StoredPicture => ({
  kind: 'item',
  collection,
  ...item,
});

export function createOverlays(options: OverlayOptions): {
  show(state: PageState, collections: Collection[]): Promise<void>;
} {
  let shown: Shown | undefined;
  let wanted = '';
  let models: Promise<Model[]> | undefined;

  async function pictureOf({ overlay, collection, query }: PageState): Promise<Picture> {
    if (overlay?.kind === 'dropped' && query.kind === 'file') return query;
    const { id } = overlay as { id: string };
    const item = (await options.others()).find((other) => other.id === id) ?? (await getItem(collection, id));
    return toPicture(item, collection);
  }

  async function openDetail(state: PageState): Promise<Detail> {
    const { createDetail } = await import('./detail/detail-view.js');
    models ??= listModels();
    models.catch(() => {
      models = undefined;
    });
    const { query } = state;
    const overlay = state.overlay as Exclude<Overlay, { kind: 'import' }>;
    return createDetail({
      load: async () => ({
        picture: await pictureOf(state),
        models: await models!,
        others: (await options.others()).map((item) => toPicture(item, state.collection)),
      }),
      words: query.kind === 'text' ? query.text : undefined,
      onTask: (task) => options.onChange({ ...overlay, task }),
      onClose: options.onClose,
      onMore: (picture) => options.onMore(picture),
    });
  }

  async function open(state: PageState, collections: Collection[]): Promise<Detail | ImportDialog> {
    if (state.overlay?.kind !== 'import') return openDetail(state);
    const { createImportDialog } = await import('./import/import-dialog.js');
    const { onClose, onAdded, onImported } = options;
    return createImportDialog({
      collections,
      collection: state.collection,
      models: listModels(),
      onClose,
      onAdded,
      onImported,
    });
  }

  return {
    async show(state, collections) {
      const key = keyOf(state);
      wanted = key;
      if (shown && shown.key !== key) {
        shown.close();
        shown = undefined;
      }
      if (!shown && state.overlay) {
        const opened = await open(state, collections);
        if (wanted !== key || shown) return opened.close();
        shown = { ...opened, key };
        shown.open();
      }
      if (shown && state.overlay && 'showTask' in shown && 'task' in state.overlay) shown.showTask(state.overlay.task);
    },
  };
}
