// A picture that was chosen, and what can be done with it.
import type { Model } from '../api.js';
import { element } from '../element.js';
import type { Query } from '../page-state.js';
import { asImage, nameOf, type Picture, type StoredPicture } from '../picture.js';
import type { TaskName } from '../task-name.js';
import { createAbout } from './about.js';
import type { PanelContext } from './panel.js';
import { createStage, type Stage } from './stage.js';
import { createNotOffered } from './task-form.js';
import { createWorkbench } from './workbench.js';

export interface Detail {
  open(): void;
  close(): void;
  showTask(task: TaskName): void;
}

interface Loaded {
  picture: Picture;
  models: Model[];
  others: StoredPicture[];
}

export interface DetailOptions {
  load(): Promise<Loaded>;
  /** What was searched for. */
  words: string | undefined;
  onTask(task: TaskName): void;
  onClose(): void;
  onMore(query: Query): void;
}

function contextOf({ picture, models, others }: Loaded, words: string | undefined, stage: Stage): PanelContext {
  const caption = picture.kind === 'item' ? picture.caption : undefined;
  return {
    picture,
    image: () => asImage(picture),
    words: words ?? caption ?? '',
    stage,
    models,
    others: others.filter(({ id, imageUrl }) => imageUrl && (picture.kind === 'file' || id !== picture.id)),
  };
}

/** A dialog for one picture. It is there at once, and filled when the picture is known. */
export function createDetail({ load, words, onTask, onClose, onMore }: DetailOptions): Detail {
  const heading = element('h2', { class: 'detail-title', id: 'detail-title' }, ' ');
  const close = element('button', { type: 'button', class: 'plain', 'aria-label': 'Close', onclick: onClose }, '×');
  const looked = element('div', { class: 'detail-picture' });
  const work = element('div', { class: 'detail-work' });
  const known = element('div', { class: 'detail-about' });
  const dialog = element(
    'dialog',
    { class: 'sheet detail', 'aria-labelledby': 'detail-title' },
    element('header', { class: 'sheet-top' }, heading, close),
    element('div', { class: 'detail-body' }, looked, work, known),
  );
  let show: ((task: TaskName) => void) | undefined;
  let task: TaskName = 'ask';
  const pick = (name: TaskName): void => {
    onTask(name);
    showTask(name);
  };
  function showTask(name: TaskName): void {
    task = name;
    show?.(name);
  }

  async function fill(): Promise<void> {
    const loaded = await load();
    const { picture } = loaded;
    heading.textContent = nameOf(picture);
    known.replaceChildren(createAbout(picture, onMore));
    if (picture.kind === 'item' && !picture.imageUrl) {
      looked.replaceChildren(element('p', { class: 'verdict' }, nameOf(picture)));
      work.replaceChildren(
        createNotOffered('This item is a caption without a picture; questions are asked about pictures.'),
      );
      return;
    }
    const stage = createStage(picture);
    const bench = createWorkbench(contextOf(loaded, words, stage), pick);
    looked.replaceChildren(stage.element);
    work.replaceChildren(...bench.parts);
    ({ show } = bench);
    show(task);
    bench.focus();
  }

  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    onClose();
  });
  return {
    open() {
      document.body.append(dialog);
      dialog.showModal();
      fill().catch((error: Error) => {
        heading.textContent = 'This picture cannot be shown';
        work.replaceChildren(element('p', { class: 'problem', role: 'alert' }, error.message));
      });
    },
    close() {
      show = undefined;
      dialog.close();
      dialog.remove();
    },
    showTask,
  };
}
