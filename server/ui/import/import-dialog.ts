// Pictures of this computer become items of a collection.
import type { Collection, Model } from '../api.js';
import { element } from '../element.js';
import { takeDrops } from '../file-drop.js';
import { createFileList } from './file-list.js';
import { createImportProgress } from './import-progress.js';
import { sendFiles } from './send-files.js';
import { createTargetChoice } from './target-choice.js';

export interface ImportDialog {
  open(): void;
  close(): void;
}

export interface ImportOptions {
  collections: Collection[];
  /** The one that is searched in. */
  collection: string;
  models: Promise<Model[]>;
  onClose(): void;
  /** Something was added. */
  onAdded(): void;
  /** Somebody wants to see what was added. */
  onImported(collection: string): void;
}

export function createImportDialog({
  collections,
  collection,
  models,
  onClose,
  onAdded,
  onImported,
}: ImportOptions): ImportDialog {
  const target = createTargetChoice(collections, collection, models);
  const progress = createImportProgress();
  const begin = element('button', { type: 'submit', class: 'go', disabled: true }, 'Import');
  const cancel = element(
    'button',
    { type: 'button', class: 'quiet', hidden: true, onclick: () => running.abort() },
    'Stop',
  );
  const look = element('button', { type: 'button', class: 'quiet', hidden: true }, 'Show the collection');
  let running = new AbortController();
  let busy = false;
  const list = createFileList((count) => {
    begin.disabled = count === 0 || busy;
  });
  const names = element('input', { type: 'checkbox' });
  const form = element(
    'form',
    { class: 'import-form' },
    target.element,
    list.element,
    element('label', { class: 'check' }, names, ' The file names describe the pictures: use them as captions'),
    element('div', { class: 'row' }, begin, cancel, look),
    progress.element,
  );
  const close = element('button', { type: 'button', class: 'plain', 'aria-label': 'Close', onclick: onClose }, '×');
  const dialog = element(
    'dialog',
    { class: 'sheet import', 'aria-labelledby': 'import-title' },
    element('header', { class: 'sheet-top' }, element('h2', { id: 'import-title' }, 'Import pictures'), close),
    form,
  );

  async function run(): Promise<void> {
    running = new AbortController();
    const { signal } = running;
    busy = true;
    const files = list.take();
    progress.begin(files.length);
    cancel.hidden = false;
    try {
      const into = await target.settle();
      look.onclick = () => onImported(into);
      await sendFiles(files, { collection: into, namesAreCaptions: names.checked, signal, onOutcomes: progress.add });
      progress.end();
      look.hidden = false;
      look.focus();
    } catch (error) {
      progress.end(
        signal.aborted
          ? 'You stopped the import. What was imported stays, and the last few files may be there too.'
          : (error as Error).message,
      );
      look.hidden = look.onclick === null;
    }
    cancel.hidden = true;
    busy = false;
    list.add([]);
    onAdded();
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run();
  });
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    onClose();
  });
  let release = (): void => {};
  return {
    open() {
      release = takeDrops(list.add);
      document.body.append(dialog);
      dialog.showModal();
    },
    close() {
      release();
      running.abort();
      dialog.close();
      dialog.remove();
    },
  };
}
