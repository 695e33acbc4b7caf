// A picture that was chosen, and what can be done with it.
import type { Model } from '../api.js';
import { element } from '../element.js';
import type { Query } from '../page-state.js';
import { asImage, nameOf, type Picture, type StoredPicture } from '../picture.js';
import { isTask, TASK_NAMES, type TaskName } from '../task-name.js';
import { createAbout } from './about.js';
import type { Panel, PanelContext } from './panel.js';
import { createStage, type Stage } from './stage.js';
import { createTabs, type Tabs } from './tabs.js';
import { createNotOffered } from './task-form.js';
import { isOffered, TASKS } from './tasks.js';

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

const PANEL_ID = 'task-panel';

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

/** The panels of one picture, each made when it is first wanted and kept from then on. */
function createWorkbench(
  context: PanelContext,
  onTask: (task: TaskName) => void,
): { parts: HTMLElement[]; tabs: Tabs; show(task: TaskName): void } {
  const { models, stage } = context;
  const place = element('div', { id: PANEL_ID, class: 'task-panel', role: 'tabpanel' });
  const names = TASK_NAMES.map((name) => {
    const { label, title } = TASKS[name];
    return { name, label, title, offered: isOffered(TASKS[name], models) };
  });
  const tabs = createTabs('What to do with this picture', PANEL_ID, names, (name) => {
    if (isTask(name)) onTask(name);
  });
  const panels = new Map<TaskName, Panel>();
  const panelOf = (name: TaskName): Panel => {
    const task = TASKS[name];
    const made =
      panels.get(name) ??
      (isOffered(task, models)
        ? task.create(context, task.notOffered)
        : { element: createNotOffered(task.notOffered) });
    panels.set(name, made);
    return made;
  };
  let front: Panel | undefined;
  return {
    parts: [tabs.element, place],
    tabs,
    show(name) {
      const panel = panelOf(name);
      tabs.show(name);
      place.setAttribute('aria-labelledby', `tab-${name}`);
      if (panel === front) return;
      front?.back?.();
      stage.cover();
      front = panel;
      place.replaceChildren(element('h3', { class: 'task-title' }, TASKS[name].title), panel.element);
      panel.front?.();
    },
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
    bench.tabs.focus();
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
